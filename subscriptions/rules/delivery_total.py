"""What a delivery asks for: quantity times price, with tax, rounded half up once. Nothing else ever decides its total.

1.333 kg at 75.01 is 99.98833, so 99.99; 1.1 litres at 3.00 is 3.30 exactly, because nothing here is a float.
"""

from decimal import Decimal

from billing.money import round_half_up


def delivery_total_cents(*, quantity: Decimal, unit_price_cents: int) -> int:
    """Multiply exactly, then round half a cent upwards.

    >>> delivery_total_cents(quantity=Decimal("1.333"), unit_price_cents=7501)
    9999
    >>> delivery_total_cents(quantity=Decimal("1.1"), unit_price_cents=300)
    330
    >>> delivery_total_cents(quantity=Decimal("0.5"), unit_price_cents=1)
    1
    """
    return round_half_up(quantity * unit_price_cents)
