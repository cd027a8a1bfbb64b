"""A customer's account over a period: what it opened with, each event, what it closed with.

Mrs Rahman owed 10.00. On the 3rd she buys for 50.00 (60.00), on the 4th goods for 5.00 come back (55.00), on the 5th she pays
40.00 (15.00). Cancelled sales and payments that do not count as money in are left out: nobody owes or has anything by them.
"""

from collections.abc import Iterator
from datetime import date, datetime
from typing import Any

from django.db.models import F

from billing.models import Customer, Payment, Sale, SaleReturn
from billing.rules.period import Period

SALE, RETURN, PAYMENT = "sale", "return", "payment"


def statement_of(customer: Customer, *, first: date | None = None, last: date | None = None) -> dict[str, Any]:
    """Answer the account of a customer from `first` to `last`, days of the tenant's time zone, both included.

    *Money*: cents of the tenant's currency; balances are what the customer owes, negative when in credit. Without a period the
    closing balance is what is outstanding less the customer's credit. *Raises* PeriodReversed.
    """
    period = Period(first, last)
    begins, ends = period.moments(customer.tenant.zone)
    opening = balance = customer.opening_balance_cents
    lines = []
    for event in sorted(_events(customer), key=lambda event: (event["at"], str(event["id"]))):
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


def _events(customer: Customer) -> Iterator[dict[str, Any]]:
    currency = customer.tenant.currency
    sales = Sale.objects.standing().filter(customer=customer, currency=currency)
    for pk, at, number, cents in sales.values_list("pk", "sold_at", "number", "total_cents"):
        yield _event(SALE, pk, at, f"Sale {number}", charged_cents=cents)
    returns = SaleReturn.objects.filter(sale__in=sales.order_by().values("pk"))
    for pk, at, number, cents in returns.values_list("pk", "created_at", "sale__number", "amount_cents"):
        yield _event(RETURN, pk, at, f"Return on sale {number}", charged_cents=-cents)
    payments = Payment.objects.counting().filter(customer=customer, currency=currency)
    kept = payments.values_list("pk", "received_at", "channel", F("amount_cents") - F("refunded_cents"))
    for pk, at, channel, cents in kept:
        yield _event(PAYMENT, pk, at, f"Payment, {Payment.Channel(channel).label.lower()}", paid_cents=cents)


def _event(
    kind: str, pk: Any, at: datetime, text: str, *, charged_cents: int = 0, paid_cents: int = 0
) -> dict[str, Any]:
    return {"at": at, "kind": kind, "id": pk, "text": text, "charged_cents": charged_cents, "paid_cents": paid_cents}
