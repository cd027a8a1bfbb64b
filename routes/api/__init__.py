"""The HTTP door of rounds."""
