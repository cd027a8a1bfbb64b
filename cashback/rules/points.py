"""Points: whole hundredths of a point, and what a rule earns on a base.

interest 1,234 cents, 5 %        62 (61.70 rounded half up)
interest 10 cents, 5 %           1 (0.5 rounded half up)
interest 0, 5 %                  nothing is earned
interest 0, fixed 500            500: a fixed number is earned on a verified payment whatever it pays
"""

from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from accounts.currency import digits_after_unit

MOST_POINTS_CENTS = 10**15  # more is a mistake of typing: ten million million points


def is_points(points_cents: Any) -> bool:
    """Whether this is a number of points that can be booked.

    >>> is_points(1), is_points(0), is_points(True), is_points(1.0), is_points(10**15 + 1)
    (True, False, False, False, False)
    """
    return type(points_cents) is int and 0 < points_cents <= MOST_POINTS_CENTS


def points_of_share(base_cents: int, share: Decimal) -> int:
    """Reckon the points that a share (0.05 is 5 %) of a base earns, rounded half up once.

    >>> points_of_share(1234, Decimal("0.05")), points_of_share(10, Decimal("0.05")), points_of_share(0, Decimal("0.05"))
    (62, 1, 0)
    """
    return int((base_cents * share).quantize(Decimal(1), rounding=ROUND_HALF_UP))


def worth_in_minor_units(points_cents: int, currency: str) -> int:
    """What points are worth: one unit of currency each, in its minor unit; less than the smallest coin is not paid.

    >>> [worth_in_minor_units(10_050, currency) for currency in ("INR", "JPY", "KWD")]
    [10050, 100, 100500]
    """
    return points_cents * 10 ** digits_after_unit(currency) // 100


def in_points(points_cents: int) -> str:
    """Write a number of points for people.

    >>> in_points(123456), in_points(5)
    ('1,234.56', '0.05')
    """
    return f"{Decimal(points_cents).scaleb(-2):,.2f}"
