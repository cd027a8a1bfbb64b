"""Money: whole minor units (cents) in one currency. Never a float; rounded half up once, here."""

from decimal import ROUND_HALF_UP, Decimal


def round_half_up(cents: Decimal) -> int:
    """Round an exact number of cents to whole cents, half a cent upwards (away from zero).

    >>> round_half_up(Decimal("12.5")), round_half_up(Decimal("-12.5")), round_half_up(Decimal("12.49"))
    (13, -13, 12)
    """
    return int(cents.quantize(Decimal(1), rounding=ROUND_HALF_UP))


def as_units(cents: int) -> str:
    """Write cents as a decimal string in units of currency.

    >>> as_units(1234567), as_units(-5), as_units(0)
    ('12345.67', '-0.05', '0.00')
    """
    sign = "-" if cents < 0 else ""
    return f"{sign}{abs(cents) // 100}.{abs(cents) % 100:02d}"
