"""Units of data: powers of 1024, so that 1 GB is 1024³ = 1,073,741,824 bytes, on the plan, the bill and every page.

Source: issue 5 section 4; in the system that this replaces a price per TB was charged per GB.
"""

from decimal import ROUND_HALF_UP, Decimal

MB, GB, TB = "MB", "GB", "TB"
BYTES_IN = {MB: 1024**2, GB: 1024**3, TB: 1024**4}


def bytes_of(quantity: Decimal, unit: str) -> int:
    """Return a quantity of a unit as bytes, rounded half up once.

    >>> bytes_of(Decimal("1.5"), "GB")
    1610612736
    """
    return int((quantity * BYTES_IN[unit]).quantize(Decimal(1), rounding=ROUND_HALF_UP))


def data_in_words(number: int) -> str:
    """Return a number of bytes as a person reads it: in the largest unit of which there is one, rounded to two places.

    >>> data_in_words(0), data_in_words(1536 * 1024**2), data_in_words(100 * 1024**3), data_in_words(1)
    ('0 MB', '1.5 GB', '100 GB', 'less than 0.01 MB')
    """
    unit = next((unit for unit in (TB, GB) if number >= BYTES_IN[unit]), MB)
    quantity = (Decimal(number) / BYTES_IN[unit]).quantize(Decimal("0.01"), rounding=ROUND_HALF_UP)
    if number and not quantity:
        return f"less than 0.01 {unit}"
    text = f"{quantity:,f}"
    return f"{text.rstrip('0').rstrip('.')} {unit}"
