"""The HTTP door of the ground floor."""
