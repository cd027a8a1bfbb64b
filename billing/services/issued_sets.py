"""Invoices of many customers, issued at once: what `draft_invoice` and `issue_invoice` do for one, set-based.

The caller holds the customers and what is billed, and commits. Each invoice is due, taxed and numbered as a single one is; the
counter is taken last, because everybody who issues waits for it.
"""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from accounts.copying import new_row, store_rows
from accounts.models import Tenant
from billing.models import Invoice, InvoiceLine
from billing.rules import invoice_status as rule
from billing.rules.invoice_due import issue_date
from billing.services.checks import LARGEST_CENTS, NotAnAmount
from billing.services.invoice_numbers import give_numbers
from billing.services.invoices import DUE_IN_DAYS, due_after
from operations.history_writing import write_images


def issued_header(
    tenant: Tenant,
    customer_id: UUID,
    *,
    source: str,
    issued_at: datetime,
    period_start: date,
    period_end: date,
    due_in_days: int = DUE_IN_DAYS,
    **said: Any,
) -> Invoice:
    """Make an issued invoice without a number, which asks for nothing yet; `said`: currency, total_cents, bills_period."""
    said = {"currency": tenant.currency, "total_cents": 0, **said}
    return new_row(
        Invoice,
        tenant_id=tenant.pk,
        customer_id=customer_id,
        source=source,
        status=rule.ISSUED,
        counts_by_allocations=True,
        issued_at=issued_at,
        due_at=due_after(issued_at, due_in_days, tenant.zone),
        period_start=period_start,
        period_end=period_end,
        **said,
    )


def store_headers(invoices: Sequence[Invoice], *, tenant: Tenant, issued_at: datetime) -> None:
    """Number these invoices in their order and store them."""
    give_numbers(invoices, tenant=tenant, day=issue_date(issued_at, tenant.zone))
    store_rows(Invoice, invoices)


def store_with_lines(
    invoices: Sequence[Invoice], lines: Sequence[InvoiceLine], *, tenant: Tenant, issued_at: datetime
) -> None:
    """Store invoices of one source and business with their lines, which add up to what they ask for, and the history of all.

    *Raises* NotAnAmount.
    """
    if (largest := max((invoice.total_cents for invoice in invoices), default=0)) > LARGEST_CENTS:
        raise NotAnAmount(
            f"An invoice would ask for {largest} cents, more than {LARGEST_CENTS}. Look at what is billed."
        )
    store_headers(invoices, tenant=tenant, issued_at=issued_at)
    store_rows(InvoiceLine, lines)
    keys = [invoice.pk for invoice in invoices]
    write_images(Invoice.objects.filter(pk__any_of=keys), history_type="+")
    write_images(InvoiceLine.objects.filter(invoice__any_of=keys), history_type="+")
