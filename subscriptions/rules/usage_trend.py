"""Whether a line carries more than it did: the last three days against those before, by their averages.

More than half again is rising fast, more than a fifth is rising, a fifth less is falling. Days of which nothing is known count on
neither side. Source: reference `dotmac` section 6, diagnostics.
"""

from collections.abc import Sequence
from typing import Final

RECENT_DAYS: Final = 3
INSUFFICIENT_DATA: Final = "insufficient_data"
INCREASING_RAPIDLY: Final = "increasing_rapidly"
INCREASING: Final = "increasing"
DECREASING: Final = "decreasing"
STABLE: Final = "stable"
TRENDS: Final = (INSUFFICIENT_DATA, INCREASING_RAPIDLY, INCREASING, DECREASING, STABLE)


def usage_trend(bytes_by_day: Sequence[int | None]) -> str:
    """Name the trend of what was carried day by day, oldest first; None is a day of which nothing is known.

    >>> usage_trend([10, 10, 10, 10, 16, 16, 16]), usage_trend([10, None, None, None, None, None, None])
    ('increasing_rapidly', 'insufficient_data')
    """
    older = [used for used in bytes_by_day[:-RECENT_DAYS] if used is not None]
    recent = [used for used in bytes_by_day[-RECENT_DAYS:] if used is not None]
    if not recent or not sum(older):
        return INSUFFICIENT_DATA
    now, before = sum(recent) * len(older) * 100, sum(older) * len(recent)  # percent of before, without a fraction
    if now > before * 150:
        return INCREASING_RAPIDLY
    if now > before * 120:
        return INCREASING
    return DECREASING if now < before * 80 else STABLE
