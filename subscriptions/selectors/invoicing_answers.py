"""What a preview of invoices says by API and with `--json`: the same keys on both."""

from dataclasses import asdict
from typing import Any

from subscriptions.selectors.invoicing_preview import CustomerPreview, InvoicingPreview

MOST_CUSTOMERS = 500


def preview_entry(seen: InvoicingPreview) -> dict[str, Any]:
    """A preview: the figures of the whole batch, what is in the way, and its first 500 customers."""
    return {
        "dry_run": True,
        "period_start": str(seen.period.first),
        "period_end": str(seen.period.last),
        "currency": seen.currency,
        "invoices": len(seen.ready),
        "total_cents": seen.total_cents,
        "deliveries": sum(row.deliveries for row in seen.ready),
        "late_deliveries": sum(row.late_deliveries for row in seen.ready),
        "sales": sum(row.sales for row in seen.ready),
        "already_invoiced": sum(1 for row in seen.rows if row.invoice_id),
        "with_problems": sum(1 for row in seen.rows if row.problems),
        "customers": [customer_entry(row) for row in seen.rows[:MOST_CUSTOMERS]],
        "customers_left_out": max(0, len(seen.rows) - MOST_CUSTOMERS),
    }


def customer_entry(row: CustomerPreview) -> dict[str, Any]:
    """What one customer would be billed, and what is in the way."""
    said = asdict(row) | {"total_cents": row.total_cents, "can_be_invoiced": row.can_be_invoiced}
    return {name: str(value) if name.endswith("_id") and value else value for name, value in said.items()}
