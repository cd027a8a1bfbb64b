"""Answers about points, loans and trackers: nothing is written here."""
