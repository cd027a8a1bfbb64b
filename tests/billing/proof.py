"""Proves the books in a test: every invariant of every app, with the numbers of the first that does not hold."""

from operations.invariants import invariants


def assert_books_are_right() -> None:
    """Fail with each invariant that does not hold, where, and its numbers."""
    broken = {
        entry.name: violations
        for entry in invariants()
        if (violations := list(entry.find(using="default", tenant=None)))
    }
    assert not broken, broken
