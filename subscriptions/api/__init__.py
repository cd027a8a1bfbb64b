"""The dairy round and internet plans over HTTP."""
