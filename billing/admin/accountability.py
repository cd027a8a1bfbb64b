"""Accountability pages."""
