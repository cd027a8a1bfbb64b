"""Money that came in and pays for no invoice: what lies unallocated, and what invoices were overpaid with.

Mrs Rahman paid 150.00 for an invoice over 100.00 of the old system: the invoice counts 100.00 as collected, and is overpaid by
50.00. Her other payment of 20.00 names no invoice: it lies unallocated. After the allocation backfill the first payment pays
for the invoice with 100.00 and has 50.00 left; it still names the invoice, so the 50.00 still are what it was overpaid by.
"""

from collections import Counter
from datetime import datetime
from typing import Any

from django.db.models import BigIntegerField, Case, Exists, F, OuterRef, Q, QuerySet, Sum, Value, When
from django.db.models.functions import Greatest

from accounts.models import Tenant
from billing.models import Invoice, Payment
from billing.models.invoice_sql import BY_LEGACY_MONEY, legacy_payments_cents
from billing.rules.period import between
from billing.selectors.credits import LEFT

CENTS = BigIntegerField()
NOTHING = Value(0, output_field=CENTS)


def unapplied_cents(
    tenant: Tenant, *, begins: datetime | None, ends: datetime | None, using: str
) -> tuple[Counter[str], Counter[str]]:
    """Answer what is overpaid and what is unallocated, each by currency.

    *Money*: cents. A payment that names an invoice of its own customer counts with that invoice, by the day of its issue; any
    other by the day on which it was received. What the legacy money of an invoice needs of it is neither.
    """
    overpaid: Counter[str] = Counter()
    unallocated: Counter[str] = Counter()
    free = _payments_left(tenant, using).filter(~_names_an_invoice(), **between("received_at", begins, ends))
    for currency, cents in free.order_by().values_list("currency").annotate(cents=Sum("left_cents")):
        unallocated[currency] += int(cents)
    for row in _by_currency(_named_invoices(tenant, using).filter(**between("issued_at", begins, ends))):
        overpaid[row["currency"]] += int(row["overpaid"])
        unallocated[row["currency"]] += int(row["unallocated"] or 0)
    return overpaid, unallocated


def _payments_left(tenant: Tenant, using: str) -> QuerySet[Payment]:
    counting = Payment.objects.using(using).of_tenant(tenant).counting()
    return counting.filter(amount_cents__gt=F("refunded_cents") + F("allocated_cents")).annotate(left_cents=LEFT)


def _names_an_invoice() -> Q:
    """Whether a payment names an invoice that can have been paid with it."""
    own = Invoice.objects.asking().filter(
        pk=OuterRef("invoice_id"), customer=OuterRef("customer_id"), currency=OuterRef("currency")
    )
    return Q(invoice__isnull=False) & Q(Exists(own))


def _named_invoices(tenant: Tenant, using: str) -> Any:
    named = _payments_left(tenant, using).filter(invoice__isnull=False).order_by().values("invoice")
    asking = Invoice.objects.using(using).of_tenant(tenant).asking()
    return asking.filter(pk__in=named).annotate(left_cents=legacy_payments_cents())


def _by_currency(invoices: Any) -> Any:
    too_much = F("left_cents") + F("allocated_cents") - F("total_cents")
    overpaid = invoices.annotate(overpaid_cents=Greatest(too_much, NOTHING, output_field=CENTS))
    free = Case(When(BY_LEGACY_MONEY, then=NOTHING), default=F("left_cents") - F("overpaid_cents"), output_field=CENTS)
    sums = {"overpaid": Sum("overpaid_cents"), "unallocated": Sum(free)}
    return overpaid.order_by().values("currency").annotate(**sums)
