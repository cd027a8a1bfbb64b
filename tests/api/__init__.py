"""The API, asked as a client asks: with a token, over HTTP."""
