"""Ids: time-ordered UUIDs (version 7), so that new rows land at the end of every index."""

import uuid

from uuid_utils.compat import uuid7


def new_id() -> uuid.UUID:
    """Make a new time-ordered id."""
    return uuid7()
