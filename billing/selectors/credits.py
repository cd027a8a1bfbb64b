"""Customers' credit: what they paid and did not yet use, where it lies, and what was granted to them without a payment.

A payment of the old system that names an invoice of its customer, in its currency, whose allocations are not written yet is
spoken for: it is no credit. One that names a stranger's invoice pays nothing of it, and is credit.
"""

from collections import Counter
from dataclasses import dataclass
from typing import Any

from django.db.models import F, Q, QuerySet, Sum

from billing.models import Credit, Customer, Payment
from billing.rules.invoice_status import STICKY

LEFT = F("amount_cents") - F("refunded_cents") - F("allocated_cents")
SPOKEN_FOR = (
    Q(invoice__isnull=False, invoice__counts_by_allocations=False, invoice__allocated_cents=0)
    & Q(invoice__customer=F("customer"), invoice__currency=F("currency"))
    & Q(invoice__deleted_at__isnull=True)
    & ~Q(invoice__status__in=STICKY)
)


def payments_with_credit(customer: Customer) -> QuerySet[Any]:
    """Payments of a customer that count as money in and are not used up, the oldest first, each with `credit_cents`."""
    return unused_payments(Payment.objects.filter(customer=customer)).order_by("received_at", "id")


def credits_left(customer: Customer) -> QuerySet[Any]:
    """Credit notes and goodwill of a customer that are not used up, the oldest first, each with `credit_cents`."""
    return _unused_credits(Credit.objects.filter(customer=customer)).order_by("created_at", "id")


def credit_cents(customer: Customer) -> dict[str, int]:
    """How much credit a customer has, by currency: on payments and as credits."""
    sums: Counter[str] = Counter()
    for rows in (payments_with_credit(customer), credits_left(customer)):
        sums.update(dict(rows.order_by().values_list("currency").annotate(cents=Sum("credit_cents"))))
    return dict(sums)


@dataclass(frozen=True, slots=True)
class BothKinds:
    """Rows of two tables that are paged as one: as much of a QuerySet as a page by keyset asks for."""

    payments: QuerySet[Any]
    granted: QuerySet[Any]
    is_descending: bool = True
    model: type[Payment] = Payment

    def order_by(self, *names: str) -> "BothKinds":
        """Both in this order, which is by time and id."""
        is_descending = names[0].startswith("-")
        return BothKinds(self.payments.order_by(*names), self.granted.order_by(*names), is_descending)

    def filter(self, condition: Any) -> "BothKinds":
        """Both under this condition."""
        return BothKinds(self.payments.filter(condition), self.granted.filter(condition), self.is_descending)

    def __getitem__(self, part: slice) -> list[Payment | Credit]:
        """The first rows of the two together."""
        rows = [*self.payments[: part.stop], *self.granted[: part.stop]]
        return sorted(rows, key=lambda row: (row.created_at, row.pk.hex), reverse=self.is_descending)[part]


def both_kinds(payments: QuerySet[Payment], granted: QuerySet[Credit]) -> BothKinds:
    """What is not used up of these payments and of these credits, as one list to page through by `created_at` and `id`."""
    return BothKinds(unused_payments(payments), _unused_credits(granted))


def unused_payments(payments: Any) -> QuerySet[Any]:
    """Those of these payments that count as money in and are not used up, each with `credit_cents`."""
    left = payments.counting().exclude(SPOKEN_FOR).annotate(credit_cents=LEFT)
    return left.filter(credit_cents__gt=0)


def _unused_credits(granted: QuerySet[Credit]) -> QuerySet[Any]:
    left = granted.exclude(status=Credit.Status.VOIDED).annotate(credit_cents=F("amount_cents") - F("allocated_cents"))
    return left.filter(credit_cents__gt=0)
