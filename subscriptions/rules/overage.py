"""What is charged for data beyond the cap: exact until the end, and rounded to whole cents half up, once.

A plan gives 100 GB in January at 2.00 for each GB more. The customer used 103.25 GB:

* by the byte (EXACT) that is 3.25 units, 6.50; each started unit counts whole (STARTED_UNIT): 4, 8.00; only whole ones
  (WHOLE_UNIT): 3, 6.00;
* the plan changed on 16 January: 15 days give 15/31 of its cap, 16 days 16/31 of the other's, and both together are the cap of
  the period, whenever in it the data was used. What goes beyond is what was used last, charged for by the plan of those days.
  Shares are rounded up together, so the customer never loses a byte, and the shares of one cap add up to it;
* days of an unlimited plan are never charged for, and give nothing to the other days.

Source: issue 5 section 4; reference `dotmac` edge cases 10 to 15: there the unit was ignored, what is less than a cent was cut
off, and everything was taken for hundredths.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from subscriptions.rules.data_units import BYTES_IN, TB

EXACT: Final = "EXACT"
STARTED_UNIT: Final = "STARTED_UNIT"
WHOLE_UNIT: Final = "WHOLE_UNIT"
PARTS_OF_A_CENT: Final = BYTES_IN[TB]  # every unit divides it: integers are exact, and much quicker than fractions


@dataclass(frozen=True, slots=True)
class Price:
    """What one unit beyond the cap costs. *Money*: cents of a currency, whose cents may be thousandths, or the unit itself."""

    cents: int
    unit: str = "GB"
    rounding: str = EXACT


@dataclass(frozen=True, slots=True)
class Part:
    """Days of a period under one plan: what was used, what they gave (none: unlimited), and what more than that costs."""

    usage_bytes: int
    cap_bytes: int | None
    price: Price


@dataclass(frozen=True, slots=True)
class Overage:
    """What was used beyond the caps of a period, and what that costs."""

    overage_bytes: int
    cents: int


def charged_bytes(overage_bytes: int, unit: str, rounding: str) -> int:
    """Count the bytes that are charged for: as they are, or in whole units.

    >>> GB = 1024**3
    >>> [charged_bytes(3 * GB + GB // 4, "GB", rounding) / GB for rounding in (EXACT, STARTED_UNIT, WHOLE_UNIT)]
    [3.25, 4.0, 3.0]
    """
    size = BYTES_IN[unit]
    if rounding == STARTED_UNIT:
        return -(-overage_bytes // size) * size
    if rounding == WHOLE_UNIT:
        return overage_bytes // size * size
    return overage_bytes


def overage_of(parts: Iterable[Part]) -> Overage:
    """Return what the parts of a period, oldest first, ask for together, rounded to whole cents once.

    >>> GB = 1024**3
    >>> overage_of([Part(3 * GB, GB, Price(200)), Part(GB // 2, GB, Price(101))])
    Overage(overage_bytes=1610612736, cents=251)
    """
    beyond = _bytes_beyond(list(parts))
    exact = sum([_cents_in_parts(count, price) for price, count in beyond.items()])
    return Overage(sum(beyond.values()), (2 * exact + PARTS_OF_A_CENT) // (2 * PARTS_OF_A_CENT))  # half up


def _cents_in_parts(overage_bytes: int, price: Price) -> int:
    return (
        charged_bytes(overage_bytes, price.unit, price.rounding)
        * price.cents
        * (PARTS_OF_A_CENT // BYTES_IN[price.unit])
    )


def _bytes_beyond(parts: Sequence[Part]) -> dict[Price, int]:
    """What goes beyond the caps together: the bytes used last, by the price of their days."""
    capped = [part for part in parts if part.cap_bytes is not None]
    beyond = sum([part.usage_bytes for part in capped]) - sum([part.cap_bytes or 0 for part in capped])
    by_price: dict[Price, int] = {}
    for part in reversed(capped):
        if beyond <= 0:
            break
        share = min(part.usage_bytes, beyond)
        by_price[part.price] = by_price.get(part.price, 0) + share
        beyond -= share
    return by_price


def share_of_cap(cap_bytes: int, *, days_before: int, days: int, whole_days: int) -> int:
    """Return the share that days of a period have in its cap, rounded up for the customer; shares side by side add up.

    >>> [share_of_cap(100, days_before=before, days=10, whole_days=30) for before in (0, 10, 20)]
    [34, 33, 33]
    """
    return _up_to(cap_bytes, days_before + days, whole_days) - _up_to(cap_bytes, days_before, whole_days)


def _up_to(cap_bytes: int, days: int, whole_days: int) -> int:
    return -(-cap_bytes * days // whole_days)
