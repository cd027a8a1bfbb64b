"""Thresholds of a data cap: at which shares of it a customer is warned, and which warning is worth a message.

With a cap of 100 GB and thresholds of 80, 90 and 100 percent: at 79.999 GB nothing is said; at exactly 80 GB the first is said;
from 70 GB straight to 105 GB all three are noted, and the customer is told the highest alone. Bytes are whole numbers, so that
a threshold is reached exactly at its byte. Source: reference `dotmac` section 7, edge cases 15, 20 and 21.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Noted:
    """A threshold that was noted in this period before: does it still hold, and was the customer told?"""

    percent: int
    is_open: bool
    is_told: bool


def crossed(usage_bytes: int, cap_bytes: int, thresholds: Iterable[int]) -> list[int]:
    """Return the thresholds that this usage has reached, lowest first.

    >>> crossed(105, 100, [100, 80, 90]), crossed(80, 100, [80, 90]), crossed(79_999, 100_000, [80])
    ([80, 90, 100], [80], [])
    """
    return sorted({percent for percent in thresholds if usage_bytes * 100 >= percent * cap_bytes})


def worth_telling(reached: Collection[int], noted: Iterable[Noted]) -> int | None:
    """Return the threshold to tell the customer now, if any: the highest reached, unless it was told, or a higher one was.

    One that holds again after it did not is told again.

    >>> worth_telling([80, 90, 100], []), worth_telling([80, 90], [Noted(80, True, True)])
    (100, 90)
    >>> worth_telling([80], [Noted(80, True, False), Noted(100, False, True)])  # a larger cap; more than this was told before
    >>> worth_telling([80, 90], [Noted(80, True, True), Noted(90, False, True)])
    90
    """
    if not reached:
        return None
    highest = max(reached)
    known = {each.percent: each for each in noted}
    here = known.get(highest)
    if here is None or not here.is_open:
        return highest
    return None if any(each.is_told for each in known.values() if each.percent >= highest) else highest
