"""Usage over a border of time: how many bytes of a record were carried before a moment.

A record says that 1,000 bytes were carried from 23:00 to 01:00; the period ends at midnight. Time decides: 500 bytes belong to
it, and 500 to the next. What a window gets is what was carried until its end less what was carried until its start, each rounded
down, so that windows side by side add up to the record exactly. A record without length belongs to the window that holds its
instant. Seconds are whole: the network counts no finer, and a window begins on one.
Source: reference `dotmac` section 7, edge case 16: there a session counted as a whole on the day on which it stopped.
"""

from datetime import UTC, datetime, timedelta
from typing import Final

EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


def whole_second(moment: datetime) -> int:
    """Return the seconds since 1970, rounded down."""
    return (moment - EPOCH) // timedelta(seconds=1)


def bytes_until(carried_bytes: int, started_at: datetime, ended_at: datetime, moment: datetime) -> int:
    """Return how many bytes of the record were carried before the moment.

    >>> midnight = datetime(2026, 2, 1, tzinfo=UTC)
    >>> bytes_until(1_001, midnight - timedelta(hours=1), midnight + timedelta(hours=1), midnight)
    500
    """
    start, end, until = whole_second(started_at), whole_second(ended_at), whole_second(moment)
    if until <= start:
        return 0
    if until >= end:
        return carried_bytes
    return carried_bytes * (until - start) // (end - start)


def until_sql(carried_bytes: str, start: str, end: str, until: str) -> str:
    """The same in SQL (with parameters, hence `%%`), of whole seconds; the product, too large for 64 bits, is made in two."""
    length, passed = f"({end} - {start})", f"({until} - {start})"
    return (
        f"CASE WHEN {until} <= {start} THEN 0 WHEN {until} >= {end} THEN {carried_bytes} ELSE "
        f"{carried_bytes} / {length} * {passed} + {carried_bytes} %% {length} * {passed} / {length} END"
    )
