"""The invoices that money can still be applied to, and what applying it would do."""

from typing import Any
from uuid import UUID

from django.db.models import F, Q

from billing.models import Credit, Invoice, Payment
from billing.models.invoice import InvoiceQuerySet
from billing.rules.allocation_split import spread

SETTLED_BY_ALLOCATIONS = Q(counts_by_allocations=True) | Q(allocated_cents__gt=0)


def open_invoices(customer_id: UUID, currency: str) -> InvoiceQuerySet:
    """A customer's invoices that take money, those due first coming first; those of the old system wait for their backfill."""
    asking = Invoice.objects.asking().filter(customer=customer_id, currency=currency)
    unpaid = asking.filter(allocated_cents__lt=F("total_cents")).with_money()
    return unpaid.filter(SETTLED_BY_ALLOCATIONS | Q(paid_cents=0)).oldest_due_first()


def preview_allocation(source: Payment | Credit) -> dict[str, Any]:
    """Answer what `allocate_payment` or `apply_credit` without splits or mode would do now, and what would be left.

    *Money*: cents of the source's currency. Nothing is locked: what is shown may have changed when it is done.
    """
    debts = [(invoice, invoice.balance_cents) for invoice in open_invoices(source.customer_id, source.currency)]
    chosen = spread(source.unallocated_cents, debts)
    applied = sum(cents for _, cents in chosen)
    return {
        "currency": source.currency,
        "unallocated_cents": source.unallocated_cents,
        "left_cents": source.unallocated_cents - applied,
        "allocations": [
            {
                "rank": rank,
                "kind": "invoice",
                "sale_id": None,
                "invoice_id": invoice.pk,
                "number": invoice.number,
                "due_at": invoice.due_at,
                "balance_cents": invoice.balance_cents,
                "amount_cents": cents,
            }
            for rank, (invoice, cents) in enumerate(chosen, start=1)
        ],
    }
