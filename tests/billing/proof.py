"""Proves the books in a test: every invariant of every app, with the numbers of the first that does not hold."""

from operations.invariants import invariants


def assert_books_are_right(part: str | None = None) -> None:
    """Fail with each invariant (of one part) that does not hold, where, and its numbers."""
    broken = {
        entry.name: violations
        for entry in invariants(part)
        if (violations := list(entry.find(using="default", tenant=None)))
    }
    assert not broken, broken
