"""A customer's account over a period, which reconciles to the balance on any day: opening, each event, closing.

Mrs Rahman owed 10.00. On the 3rd she gets milk for 50.00 (60.00), on the 5th she pays 40.00 (20.00). On the 31st the milk is
invoiced: the invoice stands there for information, with no effect, because each delivery has been counted on its own day.
An invoice for something else (a membership) asks with that part alone. So the closing balance of a period is the opening of the
next, and closing today is what the customer owes by transactions (`account_figures`).

Left out is what nobody owes or has: cancelled deliveries and sales, void and deleted invoices, payments that are no money in.
A payment that went back whole stays, with its refund. Days are those of the business.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final
from uuid import UUID

from django.db.models import Exists, F, OuterRef, Q, Sum

from billing.models import (
    Credit,
    Customer,
    Invoice,
    OpeningBalanceCorrection,
    Payment,
    PaymentRefund,
    Sale,
    SaleReturn,
)
from billing.rules.period import Period
from billing.selectors.credits import SPOKEN_FOR
from subscriptions.models import Delivery
from subscriptions.models.delivery import DELIVERY as DELIVERY_KIND
from subscriptions.selectors.account_figures import LEFT
from subscriptions.selectors.account_figures import SALE as SALE_KIND

CORRECTION, DELIVERY, SALE, RETURN, INVOICE, PAYMENT, REFUND, CREDIT, OLD_SYSTEM = KINDS = (
    "correction",
    "delivery",
    "sale",
    "return",
    "invoice",
    "payment",
    "refund",
    "credit",
    "old_system",
)
GROUPED_BY: Final = ("none", "month")


@dataclass(frozen=True, slots=True)
class Event:
    """One thing that happened to an account: `charged_cents` is owed more, `paid_cents` less; both nothing: for information."""

    day: date
    kind: str
    id: UUID | None
    text: str
    charged_cents: int = 0
    paid_cents: int = 0
    quantity: Any = None
    product: str = ""
    unit_price_cents: int | None = None
    at: datetime | None = None
    informs_cents: int | None = None

    @property
    def order(self) -> tuple[Any, ...]:
        """By day, what is owed first, then as it happened."""
        return self.day, KINDS.index(self.kind), self.at.timestamp() if self.at else 0, str(self.id)


def statement_of(
    customer: Customer, *, first: date | None = None, last: date | None = None, by: str = "none"
) -> dict[str, Any]:
    """Answer the account of a customer from `first` to `last`, days of the tenant's time zone, both included.

    *Money*: cents of the tenant's currency; balances are what the customer owes, negative when in credit. `by="month"` tells the
    deliveries of a product in a calendar month, at one price, as one line on the last of their days; the balances are the same.
    *Raises* PeriodReversed, PeriodOutOfRange.
    """
    period = Period(first, last)
    events = sorted(_events(customer), key=lambda event: event.order)
    before = [event for event in events if period.first and event.day < period.first]
    within = [
        event
        for event in events
        if (not period.first or event.day >= period.first) and (not period.last or event.day <= period.last)
    ]
    opening = opening_at_start(customer) + _effect(before)
    lines = list(_with_balances(_by_month(within) if by == "month" else within, opening))
    return {
        "customer_id": customer.pk,
        "customer_number": customer.number,
        "customer_name": customer.name,
        "currency": customer.tenant.currency,
        "from": first,
        "to": last,
        "opening_cents": opening,
        "charged_cents": sum(event.charged_cents for event in within),
        "paid_cents": sum(event.paid_cents for event in within),
        "closing_cents": opening + _effect(within),
        "lines": lines,
    }


def opening_at_start(customer: Customer) -> int:
    """What the customer owed before this system knew them, as it was first entered: corrections are events of their own."""
    corrections = OpeningBalanceCorrection.objects.filter(customer=customer).order_by("created_at", "id")
    first = corrections.values_list("before_cents", flat=True).first()
    return customer.opening_balance_cents if first is None else first


def _effect(events: list[Event]) -> int:
    return sum(event.charged_cents - event.paid_cents for event in events)


def _with_balances(events: list[Event], balance: int) -> Iterator[dict[str, Any]]:
    for event in events:
        balance += event.charged_cents - event.paid_cents
        line = {name: getattr(event, name) for name in Event.__slots__ if name != "at"}
        yield {**line, "balance_cents": balance}


def _by_month(events: list[Event]) -> list[Event]:
    """The events, with the deliveries of a product in a month at one price told as one."""
    grouped: dict[tuple[Any, ...], list[Event]] = {}
    for event in events:
        if event.kind == DELIVERY:
            key = event.day.year, event.day.month, event.product, event.unit_price_cents
            grouped.setdefault(key, []).append(event)
    others = [event for event in events if event.kind != DELIVERY]
    return sorted([*others, *map(_as_one, grouped.values())], key=lambda event: event.order)


def _as_one(deliveries: list[Event]) -> Event:
    newest = deliveries[-1]
    days = len({event.day for event in deliveries})
    return Event(
        day=newest.day,
        kind=DELIVERY,
        id=None,
        text=f"{newest.product}, {newest.day:%B %Y}: {days} day{'' if days == 1 else 's'}",
        charged_cents=sum(event.charged_cents for event in deliveries),
        quantity=sum(event.quantity for event in deliveries),
        product=newest.product,
        unit_price_cents=newest.unit_price_cents,
    )


def _events(customer: Customer) -> Iterator[Event]:
    currency = customer.tenant.currency
    yield from _corrections(customer)
    yield from _deliveries(customer, currency)
    yield from _sales(customer, currency)
    yield from _invoices(customer, currency)
    yield from _payments(customer, currency)
    credits_ = Credit.objects.filter(customer=customer, currency=currency).exclude(status=Credit.Status.VOIDED)
    for credit in credits_:
        text = f"{credit.get_kind_display()} {credit.number or ''}".rstrip()
        yield _at(customer, CREDIT, credit.pk, credit.created_at, text, paid_cents=credit.amount_cents)


def _corrections(customer: Customer) -> Iterator[Event]:
    for row in OpeningBalanceCorrection.objects.filter(customer=customer):
        cents = row.after_cents - row.before_cents
        text = f"Opening balance corrected: {row.reason}"
        yield _at(customer, CORRECTION, row.pk, row.created_at, text, charged_cents=cents)


def _deliveries(customer: Customer, currency: str) -> Iterator[Event]:
    rows = Delivery.objects.standing().filter(customer=customer, currency=currency).select_related("product")
    for row in rows:
        yield Event(
            day=row.delivery_date,
            kind=DELIVERY,
            id=row.pk,
            text=f"{row.product.name}{', extra' if row.daily_order_id is None else ''}",
            charged_cents=row.total_cents,
            quantity=row.quantity,
            product=row.product.name,
            unit_price_cents=row.unit_price_cents,
            at=row.confirmed_at,
        )


def _sales(customer: Customer, currency: str) -> Iterator[Event]:
    sales = Sale.objects.standing().filter(customer=customer, currency=currency)
    for row in sales:
        text = f"Sale {row.number}{', on credit' if row.sale_type == Sale.Type.CREDIT else ''}"
        yield _at(customer, SALE, row.pk, row.sold_at, text, charged_cents=row.total_cents)
    returns = SaleReturn.objects.filter(sale__in=sales.order_by().values("pk"))
    for pk, at, number, cents in returns.values_list("pk", "created_at", "sale__number", "amount_cents"):
        yield _at(customer, RETURN, pk, at, f"Return on sale {number}", paid_cents=cents)


def _invoices(customer: Customer, currency: str) -> Iterator[Event]:
    """Each invoice with what it asks for besides deliveries and sales; of one of the old system also what was paid there."""
    asking = Invoice.objects.asking().filter(customer=customer, currency=currency)
    counted = Sum(
        "lines__total_cents", filter=Q(lines__source_kind__in=[DELIVERY_KIND, SALE_KIND], lines__is_live=True)
    )
    for row in asking.annotate(counted=counted):
        apart = row.total_cents - (row.counted or 0)
        at = row.issued_at or row.created_at
        yield _at(customer, INVOICE, row.pk, at, _invoice_text(row), charged_cents=apart, informs_cents=row.total_cents)
    for row in asking.by_legacy_money().with_money().exclude(paid_cents=0):
        at = row.paid_at or row.issued_at or row.created_at
        text = f"Invoice {row.number}, paid in the old system"
        yield _at(customer, OLD_SYSTEM, row.pk, at, text, paid_cents=row.paid_cents)


def _invoice_text(invoice: Any) -> str:
    due = f", due {invoice.due_at:%-d %b %Y}" if invoice.due_at else ""
    return f"Invoice {invoice.number}{due}"


def _payments(customer: Customer, currency: str) -> Iterator[Event]:
    """Money in, and what of it went back; a payment that an old invoice counts by is told by that invoice."""
    payments = Payment.objects.filter(customer=customer, currency=currency)
    refunds = PaymentRefund.objects.filter(payment__in=payments.order_by().values("pk"))
    given_back = Q(status=Payment.Status.REFUNDED, refunded_cents=F("amount_cents")) & Exists(
        refunds.filter(payment=OuterRef("pk"))
    )
    told = payments.filter(Q(pk__in=payments.counting().order_by().values("pk")) | given_back)
    spoken_for = dict(payments.counting().filter(SPOKEN_FOR).annotate(left_cents=LEFT).values_list("pk", "left_cents"))
    for row in told:
        text = f"Payment, {row.get_channel_display().lower()}{f' ({row.reference})' if row.reference else ''}"
        cents = row.amount_cents - spoken_for.get(row.pk, 0)
        yield _at(customer, PAYMENT, row.pk, row.received_at, text, paid_cents=cents)
    backs = refunds.filter(payment__in=told.order_by().values("pk"))
    for pk, at, cents in backs.values_list("pk", "created_at", "amount_cents"):
        yield _at(customer, REFUND, pk, at, "Given back", charged_cents=cents)


def _at(customer: Customer, kind: str, pk: UUID, at: datetime, text: str, **figures: Any) -> Event:
    return Event(day=at.astimezone(customer.tenant.zone).date(), kind=kind, id=pk, text=text, at=at, **figures)
