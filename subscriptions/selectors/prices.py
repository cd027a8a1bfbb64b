"""What a product costs on a day: the newest price that is valid from that day or earlier."""

from datetime import date
from typing import Any

from django.db.models import F, OuterRef, QuerySet

from subscriptions.models import Product, ProductPrice


def price_on(product: Product, day: date) -> ProductPrice | None:
    """Answer the price of a product on a day; none before its first one.

    *Money*: `unit_price_cents`, tax included, and the `tax_rate_bps` in it. 70.00 from the 1st and 72.00 from the 15th: the price
    on the 14th is 70.00, on the 15th 72.00.
    """
    return ProductPrice.objects.filter(product=product, valid_from__lte=day).order_by("-valid_from").first()


def prices_then(day: date, *, product: str) -> QuerySet[Any]:
    """The price of the row's product (`product` names its column) on a day, as a subquery of one row."""
    valid = ProductPrice.objects.filter(product=OuterRef(product), valid_from__lte=day)
    return valid.order_by(F("valid_from").desc())[:1]
