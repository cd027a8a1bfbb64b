"""What is decided on plain values about loans, trackers and points."""
