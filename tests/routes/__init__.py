"""Rounds and routes."""
