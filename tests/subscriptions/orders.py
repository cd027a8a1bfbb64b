"""Orders of a day for tests of deliveries, and what was written for them."""

from datetime import date
from decimal import Decimal
from typing import Any

from billing.models import Customer
from routes.models import Round
from subscriptions.models import DailyOrder, Product
from subscriptions.services.products import create_product
from tests import make


def a_product(code: str = "CM", *, cents: int = 7500, of: Any = None, **fields: Any) -> Product:
    """Cow milk at 75.00 a litre since New Year, unless said otherwise; one per code and business."""
    tenant = of or make.tenant()
    return Product.objects.filter(tenant=tenant, code=code).first() or create_product(
        actor=None, tenant=tenant, code=code, name="Cow milk", unit="litre", unit_price_cents=cents,
        valid_from=date(2026, 1, 1), **fields,
    )  # fmt: skip


def a_round(name: str = "North", *, of: Any = None, rep: Any = None) -> Round:
    """A standing round, one per name."""
    tenant = of or make.tenant()
    return Round.objects.filter(tenant=tenant, name=name).first() or Round.objects.create(
        tenant=tenant, name=name, usual_rep=rep, slots=["morning", "evening"]
    )


def an_order(
    quantity: Any = 2,
    *,
    to: Customer | None = None,
    on: date = make.TODAY,
    product: Product | None = None,
    **fields: Any,
) -> DailyOrder:
    """An order of a day that waits for its delivery, to a new customer on the round unless said to whom."""
    round_ = fields.pop("round", None)
    customer = to or make.customer(round=round_)
    product = product or a_product(of=customer.tenant)
    fields.setdefault("unit_price_cents", 7500)
    return DailyOrder.objects.create(
        tenant=customer.tenant, customer=customer, product=product, round=customer.round, order_date=on,
        planned_quantity=Decimal(quantity), **fields,
    )  # fmt: skip
