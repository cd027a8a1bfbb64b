"""A customer's account over a period: what it opened with, each event, what it closed with.

Mrs Rahman owed 10.00. On the 3rd she buys for 50.00 (60.00), on the 4th goods for 5.00 come back (55.00), on the 5th she pays
40.00 (15.00). An issued invoice stands in the place of the sales that it asks for. Cancelled sales and payments that do not
count as money in are left out: nobody owes or has anything by them.
"""

from collections.abc import Iterator
from datetime import date, datetime
from typing import Any

from django.db.models import F

from billing.models import Credit, Customer, Invoice, OpeningBalanceCorrection, Payment, Sale, SaleReturn
from billing.models.invoice_sql import legacy_payments_cents
from billing.rules.period import Period

KINDS = SALE, RETURN, PAYMENT, INVOICE, CREDIT, OLD_SYSTEM, CORRECTION = (
    "sale",
    "return",
    "payment",
    "invoice",
    "credit",
    "old_system",
    "correction",
)


def statement_of(customer: Customer, *, first: date | None = None, last: date | None = None) -> dict[str, Any]:
    """Answer the account of a customer from `first` to `last`, days of the tenant's time zone, both included.

    *Money*: cents of the tenant's currency; balances are what the customer owes, negative when in credit. Without a period the
    closing balance is what is outstanding less the customer's credit. *Raises* PeriodReversed.
    """
    period = Period(first, last)
    begins, ends = period.moments(customer.tenant.zone)
    events = sorted(_events(customer), key=lambda event: (event["at"], str(event["id"])))
    opening = balance = _opening_at_first(customer, events)
    lines = []
    for event in events:
        if ends is not None and event["at"] >= ends:
            break
        balance += event["charged_cents"] - event["paid_cents"]
        if begins is not None and event["at"] < begins:
            opening = balance
        else:
            lines.append({**event, "balance_cents": balance})
    return {
        "customer_id": customer.pk,
        "currency": customer.tenant.currency,
        "from": first,
        "to": last,
        "opening_cents": opening,
        "charged_cents": sum(line["charged_cents"] for line in lines),
        "paid_cents": sum(line["paid_cents"] for line in lines),
        "closing_cents": balance,
        "lines": lines,
    }


def _opening_at_first(customer: Customer, events: list[dict[str, Any]]) -> int:
    """What the opening balance was before its first correction; each correction is an event of its own."""
    corrected = sum(event["charged_cents"] for event in events if event["kind"] == CORRECTION)
    return customer.opening_balance_cents - corrected


def _events(customer: Customer) -> Iterator[dict[str, Any]]:
    currency = customer.tenant.currency
    sales = Sale.objects.asking().filter(customer=customer, currency=currency)
    for pk, at, number, cents in sales.values_list("pk", "sold_at", "number", "total_cents"):
        yield _event(SALE, pk, at, f"Sale {number}", charged_cents=cents)
    returns = SaleReturn.objects.filter(sale__in=sales.order_by().values("pk"))
    for pk, at, number, cents in returns.values_list("pk", "created_at", "sale__number", "amount_cents"):
        yield _event(RETURN, pk, at, f"Return on sale {number}", charged_cents=-cents)
    payments = Payment.objects.counting().filter(customer=customer, currency=currency)
    kept = payments.values_list("pk", "received_at", "channel", F("amount_cents") - F("refunded_cents"))
    for pk, at, channel, cents in kept:
        yield _event(PAYMENT, pk, at, f"Payment, {Payment.Channel(channel).label.lower()}", paid_cents=cents)
    yield from _invoice_events(customer, currency)
    for row in OpeningBalanceCorrection.objects.filter(customer=customer):
        text = f"Opening balance corrected: {row.reason}"
        yield _event(CORRECTION, row.pk, row.created_at, text, charged_cents=row.after_cents - row.before_cents)
    granted = Credit.objects.filter(customer=customer, currency=currency).exclude(status=Credit.Status.VOIDED)
    for credit in granted:
        text = f"{credit.get_kind_display()} {credit.number or ''}".rstrip()
        yield _event(CREDIT, credit.pk, credit.created_at, text, paid_cents=credit.amount_cents)


def _invoice_events(customer: Customer, currency: str) -> Iterator[dict[str, Any]]:
    """What each invoice asks for; for one of the old system also what was paid there without a payment that we have."""
    asking = Invoice.objects.asking().filter(customer=customer, currency=currency).with_money()
    by_payments = legacy_payments_cents()
    for row in asking.annotate(by_payments=by_payments).values():
        at = row["issued_at"] or row["created_at"]
        yield _event(INVOICE, row["id"], at, f"Invoice {row['number']}", charged_cents=row["total_cents"])
        unseen = row["paid_cents"] - row["by_payments"]
        if not row["counts_by_allocations"] and not row["allocated_cents"] and unseen > 0:
            paid_at = row["paid_at"] or at
            yield _event(OLD_SYSTEM, row["id"], paid_at, f"Invoice {row['number']}, paid before", paid_cents=unseen)


def _event(
    kind: str, pk: Any, at: datetime, text: str, *, charged_cents: int = 0, paid_cents: int = 0
) -> dict[str, Any]:
    return {"at": at, "kind": kind, "id": pk, "text": text, "charged_cents": charged_cents, "paid_cents": paid_cents}
