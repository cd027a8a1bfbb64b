"""Money: whole minor units (cents) in one currency. Never a float; rounded half up once, here.

How many digits a currency's minor unit takes, and how an amount is written, is `accounts.currency`: evidence of a backfill is
written by the same words, below the floor of money.
"""

from decimal import ROUND_HALF_UP, Decimal

from accounts.currency import as_units, digits_after_unit, grouped

__all__ = ["as_units", "digits_after_unit", "grouped", "round_half_up"]


def round_half_up(cents: Decimal) -> int:
    """Round an exact number of cents to whole cents, half a cent upwards (away from zero).

    >>> round_half_up(Decimal("12.5")), round_half_up(Decimal("-12.5")), round_half_up(Decimal("12.49"))
    (13, -13, 12)
    """
    return int(cents.quantize(Decimal(1), rounding=ROUND_HALF_UP))
