"""Invoicing of periods is right when every sentence here is true: what an invoice bills, and what bulk operations answered."""

from collections.abc import Iterator

from django.db.models import Count, Exists, F, OuterRef, Q

from accounts.models import Tenant
from billing.models import BulkOperation, BulkOperationItem, Invoice, InvoiceLine
from operations.invariants import Violation, invariant
from subscriptions.models import DELIVERY, Delivery

Violations = Iterator[Violation]
Outcome = BulkOperationItem.Outcome


@invariant(part="dairy", name="An invoice bills only deliveries that stand, of its own customer, for what they ask")
def lines_bill_deliveries_that_stand(*, using: str, tenant: Tenant | None = None) -> Violations:
    """A cancelled or corrected delivery, or another customer's, must not be asked for."""
    same = Delivery.objects.filter(
        pk=OuterRef("source_id"),
        status=Delivery.Status.DELIVERED,
        customer=OuterRef("invoice__customer"),
        currency=OuterRef("invoice__currency"),
        total_cents=OuterRef("total_cents"),
    )
    lines = InvoiceLine.objects.using(using).filter(source_kind=DELIVERY, is_live=True)
    lines = lines.filter(invoice__tenant=tenant) if tenant else lines
    for row in lines.filter(~Exists(same)).values("invoice__number", "description", "source_id", "total_cents"):
        yield Violation(where=f"invoice {row['invoice__number']}", numbers={**row})


@invariant(part="dairy", name="An invoice of a period bills nothing delivered after its end")
def period_invoices_end_with_their_period(*, using: str, tenant: Tenant | None = None) -> Violations:
    """Older deliveries are late ones; a later one belongs to the next period."""
    later = Delivery.objects.filter(pk=OuterRef("source_id"), delivery_date__gt=OuterRef("invoice__period_end"))
    lines = InvoiceLine.objects.using(using).filter(source_kind=DELIVERY, invoice__bills_period=True)
    lines = lines.filter(invoice__tenant=tenant) if tenant else lines
    for row in lines.filter(Exists(later)).values("invoice__number", "invoice__period_end", "description"):
        yield Violation(where=f"invoice {row['invoice__number']}", numbers={**row})


@invariant(part="dairy", name="An invoice of a period says which one, and asks for something")
def period_invoices_are_whole(*, using: str, tenant: Tenant | None = None) -> Violations:
    """Made by the generator alone, which makes none over nothing; each has lines."""
    invoices = Invoice.objects.using(using).of_tenant(tenant).filter(bills_period=True)
    has_lines = Exists(InvoiceLine.objects.filter(invoice=OuterRef("pk")))
    wrong = Q(period_start=None) | Q(period_end=None) | Q(total_cents=0) | ~has_lines
    for row in invoices.filter(wrong).values("number", "period_start", "period_end", "total_cents"):
        yield Violation(where=f"invoice {row['number']}", numbers={**row})


@invariant(
    part="dairy",
    name="The counts of a bulk operation are those of its items; one that has ended has answered all",
)
def operations_count_their_items(*, using: str, tenant: Tenant | None = None) -> Violations:
    """Items are append-only; the counts are written in the same commit."""
    counted = {
        f"live_{outcome.lower()}": Count("items", filter=Q(items__outcome=outcome)) for outcome in Outcome.values
    }
    operations = BulkOperation.objects.using(using).of_tenant(tenant).annotate(**counted)
    agrees = Q(items_done=F("live_done"), items_skipped=F("live_skipped"), items_failed=F("live_failed"))
    answered = F("live_done") + F("live_skipped") + F("live_failed")
    wrong = ~agrees | (~Q(status=BulkOperation.Status.RUNNING) & ~Q(items_total=answered))
    columns = ["pk", "kind", "status", "items_total", "items_done", "items_skipped", "items_failed", *counted]
    for row in operations.filter(wrong).values(*columns):
        yield Violation(where=f"bulk operation {row['pk']}", numbers={**row})
