"""Is a charge so far above the usual that a person must look at it before the customer is asked?

A plan costs 1,000 a month: more than 5,000 for what was used beyond its cap is *parked*. A customer who was charged 300, 0, 200
and 400 in the last periods was charged 250 in the middle: more than 2,500 is parked too. A wrong link, a counter that jumped or a
stolen line looks like this; nobody is billed for it unseen. Source: issue 5 section 4, settings USAGE_PARK_MONTHLY_PRICES and
USAGE_PARK_MEDIANS (0: not checked).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median
from typing import Final

LAST_PERIODS: Final = 6
FEWEST_PERIODS: Final = 3


@dataclass(frozen=True, slots=True)
class Limits:
    """Above how many monthly prices, and above how many times the median of the last periods, a charge is parked; 0: never."""

    monthly_prices: int = 5
    medians: int = 10


def why_parked(cents: int, *, monthly_price_cents: int, last_cents: Sequence[int], limits: Limits) -> str:
    """Say why a charge is to be parked; empty: it is not. *Money*: all in cents of one currency.

    `last_cents` are the charges of the periods before it, the latest last; fewer than three tell nothing of what is usual, and
    nothing is compared with a middle of nothing.

    >>> why_parked(5001, monthly_price_cents=1000, last_cents=[], limits=Limits())
    'above 5 times the monthly price'
    >>> why_parked(2501, monthly_price_cents=1000, last_cents=[300, 0, 200, 400], limits=Limits())
    'above 10 times what the last 4 periods cost in the middle'
    >>> why_parked(5000, monthly_price_cents=1000, last_cents=[0, 0, 900], limits=Limits())
    ''
    """
    if limits.monthly_prices and monthly_price_cents and cents > limits.monthly_prices * monthly_price_cents:
        return f"above {limits.monthly_prices} times the monthly price"
    last = list(last_cents)[-LAST_PERIODS:]
    if limits.medians and len(last) >= FEWEST_PERIODS and 0 < limits.medians * median(last) < cents:
        return f"above {limits.medians} times what the last {len(last)} periods cost in the middle"
    return ""
