"""Deliveries and credit sales of January and February 2026 that wait for their invoice, in a business on UTC."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

from billing.models import Customer, Invoice, InvoiceLine, Sale
from subscriptions.models import Delivery
from subscriptions.services import add_delivery
from subscriptions.services.invoicing import invoice_period
from tests import make
from tests.subscriptions.orders import a_product

JANUARY = date(2026, 1, 1), date(2026, 1, 31)
FEBRUARY = date(2026, 2, 1), date(2026, 2, 28)
FEBRUARY_1 = datetime(2026, 2, 1, 6, tzinfo=UTC)
MARCH_1 = datetime(2026, 3, 1, 6, tzinfo=UTC)


def delivered(
    to: Customer, on: int | date = 5, *, litres: Any = 1, cents: int = 4000, code: str = "CM", **fields: Any
) -> Delivery:
    """A litre of cow milk at 40.00 (tax of 5 % included), delivered on a day of January."""
    day = on if isinstance(on, date) else date(2026, 1, on)
    product = a_product(code, cents=cents, of=to.tenant, tax_rate_bps=500)
    return add_delivery(actor=None, customer=to, product=product, quantity=litres, day=day, now=MARCH_1, **fields)


def on_credit(to: Customer, cents: int = 5000, *, on: int | date = 6, **fields: Any) -> Sale:
    """A sale on credit on a day of January."""
    day = on if isinstance(on, date) else date(2026, 1, on)
    moment = datetime.combine(day, datetime.min.time(), UTC) + timedelta(hours=9)
    return make.sale(cents, to=to, sale_type=Sale.Type.CREDIT, sold_at=moment, **fields)


def bill(
    customer: Customer, period: tuple[date, date] = JANUARY, *, now: datetime = FEBRUARY_1, **fields: Any
) -> Invoice:
    """The customer's invoice of January, issued on 1 February."""
    actor = fields.pop("actor", None)
    return invoice_period(
        actor=actor, customer=customer, period_start=period[0], period_end=period[1], now=now, **fields
    )


def lines_of(invoice: Invoice) -> list[tuple[str, int]]:
    """What an invoice asks for, line by line."""
    return list(InvoiceLine.objects.filter(invoice=invoice).order_by("id").values_list("description", "total_cents"))
