"""What is a returned part of a line worth? Its share of the line, so that all parts together are worth the line, to the cent.

Three bottles were sold for 10.00. Returned one by one they are worth 3.33, then 3.34, then 3.33: 10.00 in all. Rounding each
by itself would give 9.99 and leave the customer owing a cent for goods that all came back.
"""

from decimal import Decimal

from billing.money import round_half_up


def returned_line_cents(
    *, line_cents: int, sold_quantity: Decimal, already_returned: Decimal, returned_now: Decimal
) -> int:
    """Value a return of part of a line: what all returns so far are worth, less what the earlier ones were.

    >>> one, three = Decimal(1), Decimal(3)
    >>> [
    ...     returned_line_cents(line_cents=1000, sold_quantity=three, already_returned=Decimal(n), returned_now=one)
    ...     for n in range(3)
    ... ]
    [333, 334, 333]
    """
    before = round_half_up(line_cents * already_returned / sold_quantity)
    return round_half_up(line_cents * (already_returned + returned_now) / sold_quantity) - before
