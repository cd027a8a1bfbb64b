"""What a period will have used at its end, if it goes on as it began: the share of the time that is over, turned to the whole.

Example: 40 GB in the first 10 days of 30 is 120 GB at the end. A picture for people; nothing is billed by it.
"""

from datetime import datetime


def forecast(used_bytes: int, *, starts_at: datetime, ends_at: datetime, now: datetime) -> int | None:
    """Return the bytes at the end of the period; none before it began, and what was used once it is over.

    >>> from datetime import UTC
    >>> day = lambda number: datetime(2026, 1, number, tzinfo=UTC)
    >>> forecast(40, starts_at=day(1), ends_at=day(31), now=day(11)), forecast(40, starts_at=day(1), ends_at=day(11), now=day(31))
    (120, 40)
    """
    if now >= ends_at:
        return used_bytes
    over = (now - starts_at).total_seconds()
    if over <= 0:
        return None
    return int(used_bytes * (ends_at - starts_at).total_seconds() / over)
