"""Routes: who collects, where and when. Holds no money."""
