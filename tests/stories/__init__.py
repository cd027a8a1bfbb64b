"""Worked examples that an accountant can read."""
