"""What happened to a customer's account, event by event: what each added to what they owe, and what it took off.

A sale counts on its own day, so an invoice that bills sales stands there for information; one for something else (a membership)
asks with that part alone. What an app above counts on its own day too (a delivery) it hands in through `ACCOUNT_SOURCES`, and an
invoice that bills it informs of it in the same way. A payment that went back whole stays, with its refund.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
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
from billing.selectors.credits import LEFT, SPOKEN_FOR

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
    def effect_cents(self) -> int:
        """What the customer owes more by it."""
        return self.charged_cents - self.paid_cents

    @property
    def order(self) -> tuple[Any, ...]:
        """By day, what is owed first, then as it happened."""
        return self.day, KINDS.index(self.kind), self.at.timestamp() if self.at else 0, str(self.id)


@dataclass(frozen=True, slots=True)
class AccountSource:
    """What an app above counts on its own day: its events, and how many cents of them no issued invoice asks for."""

    events: Callable[[Customer], Iterable[Event]]
    unbilled_cents: Callable[[Customer], int]


ACCOUNT_SOURCES: dict[str, AccountSource] = {}
"""The sources by the `source_kind` of the invoice lines that bill them. Filled by each app when it is ready."""


def events_of(customer: Customer) -> list[Event]:
    """Everything that happened to a customer's account, in the currency of their business, in order."""
    return sorted(_events(customer), key=lambda event: event.order)


def opening_at_start(customer: Customer) -> int:
    """What the customer owed before this system knew them, as it was first entered: corrections are events of their own."""
    corrections = OpeningBalanceCorrection.objects.filter(customer=customer).order_by("created_at", "id")
    first = corrections.values_list("before_cents", flat=True).first()
    return customer.opening_balance_cents if first is None else first


def _events(customer: Customer) -> Iterator[Event]:
    currency = customer.tenant.currency
    yield from _corrections(customer)
    for source in ACCOUNT_SOURCES.values():
        yield from source.events(customer)
    yield from _sales(customer, currency)
    yield from _invoices(customer, currency)
    yield from _payments(customer, currency)
    granted = Credit.objects.filter(customer=customer, currency=currency).exclude(status=Credit.Status.VOIDED)
    for credit in granted:
        text = f"{credit.get_kind_display()} {credit.number or ''}".rstrip()
        yield _at(customer, CREDIT, credit.pk, credit.created_at, text, paid_cents=credit.amount_cents)


def _corrections(customer: Customer) -> Iterator[Event]:
    for row in OpeningBalanceCorrection.objects.filter(customer=customer):
        cents = row.after_cents - row.before_cents
        text = f"Opening balance corrected: {row.reason}"
        yield _at(customer, CORRECTION, row.pk, row.created_at, text, charged_cents=cents)


def _sales(customer: Customer, currency: str) -> Iterator[Event]:
    sales = Sale.objects.standing().filter(customer=customer, currency=currency)
    for row in sales:
        text = f"Sale {row.number}{', on credit' if row.sale_type == Sale.Type.CREDIT else ''}"
        yield _at(customer, SALE, row.pk, row.sold_at, text, charged_cents=row.total_cents)
    returns = SaleReturn.objects.filter(sale__in=sales.order_by().values("pk"))
    for pk, at, number, cents in returns.values_list("pk", "created_at", "sale__number", "amount_cents"):
        yield _at(customer, RETURN, pk, at, f"Return on sale {number}", paid_cents=cents)


def _invoices(customer: Customer, currency: str) -> Iterator[Event]:
    """Each invoice with what it asks for that is not counted itself; of one of the old system also what was paid there."""
    asking = Invoice.objects.asking().filter(customer=customer, currency=currency)
    itself = Q(lines__source_kind__in=[SALE, *ACCOUNT_SOURCES], lines__is_live=True)
    for row in asking.annotate(counted=Sum("lines__total_cents", filter=itself)):
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
    return Event(day=customer.tenant.day_of(at), kind=kind, id=pk, text=text, at=at, **figures)
