"""The HTTP door of everything with an amount, and of routes, whose every step means something for money."""
