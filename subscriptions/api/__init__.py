"""The dairy round over HTTP."""
