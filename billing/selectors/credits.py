"""Customers' credit: what they paid and did not yet use, where it lies, and what was granted to them without a payment.

A payment of the old system that names an invoice whose allocations are not written yet is spoken for: it is no credit.
"""

from collections import Counter
from typing import Any

from django.db.models import F, Q, QuerySet, Sum

from billing.models import Credit, Customer, Payment
from billing.rules.invoice_status import STICKY

LEFT = F("amount_cents") - F("refunded_cents") - F("allocated_cents")
SPOKEN_FOR = (
    Q(invoice__isnull=False, invoice__counts_by_allocations=False, invoice__allocated_cents=0)
    & Q(invoice__deleted_at__isnull=True)
    & ~Q(invoice__status__in=STICKY)
)


def payments_with_credit(customer: Customer) -> QuerySet[Payment]:
    """Payments of a customer that count as money in and are not used up, the oldest first, each with `credit_cents`."""
    payments = Payment.objects.counting().filter(customer=customer).exclude(SPOKEN_FOR).annotate(credit_cents=LEFT)
    return payments.filter(credit_cents__gt=0).order_by("received_at", "id")


def credits_left(customer: Customer) -> QuerySet[Credit]:
    """Credit notes and goodwill of a customer that are not used up, the oldest first, each with `credit_cents`."""
    standing = Credit.objects.filter(customer=customer).exclude(status=Credit.Status.VOIDED)
    left = standing.annotate(credit_cents=F("amount_cents") - F("allocated_cents"))
    return left.filter(credit_cents__gt=0).order_by("created_at", "id")


def credit_cents(customer: Customer) -> dict[str, int]:
    """How much credit a customer has, by currency: on payments and as credits."""
    sums: Counter[str] = Counter()
    for rows in (payments_with_credit(customer), credits_left(customer)):
        sums.update(dict(rows.order_by().values_list("currency").annotate(cents=Sum("credit_cents"))))
    return dict(sums)


def credit_list(customer: Customer) -> list[dict[str, Any]]:
    """All credit of a customer in one list, the oldest first: where it lies (`payment` or `credit`), and what is left of it."""
    entries = [
        _entry("payment", row, row.received_at, row.get_channel_display()) for row in payments_with_credit(customer)
    ]
    entries += [_entry("credit", row, row.created_at, row.get_kind_display()) for row in credits_left(customer)]
    return sorted(entries, key=lambda entry: (entry["at"], str(entry["id"])))


def _entry(kind: str, row: Any, at: Any, what: str) -> dict[str, Any]:
    return {
        "kind": kind,
        "id": row.pk,
        "at": at,
        "what": what,
        "currency": row.currency,
        "amount_cents": row.amount_cents,
        "left_cents": row.credit_cents,
    }
