"""Writing what was decided for a batch, set-based: invoices with their lines, billed periods, adjustments, credits, history.

The rows are prepared first and the invoices stored last, though the others point at them (the database asks at the commit):
everybody who issues waits for the counter of numbers, and so for a short time only.
"""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from accounts.copying import store_rows
from accounts.models import Tenant, User
from billing.models import Customer, Invoice, InvoiceLine
from billing.services import grant_credit
from billing.services.invoice_lines import line_of
from billing.services.issued_sets import issued_header, store_with_lines
from operations.history_writing import write_baselines, write_images
from subscriptions.models import BILLED_PERIOD, PERIOD_ADJUSTMENT, BilledPeriod, PeriodAdjustment
from subscriptions.rules.data_units import BYTES_IN, GB
from subscriptions.services.usage_billing.deciding import Decided
from subscriptions.services.usage_billing.terms import Terms

ROW_COLUMNS = (
    "period_end",
    "status",
    "usage_bytes",
    "cap_bytes",
    "overage_bytes",
    "overage_cents",
    "currency",
    "invoice",
    "note",
    "measured_at",
    "decided_by",
)


def write(
    decisions: Sequence[Decided], *, actor: User | None, tenants: dict[UUID, Tenant], terms: Terms
) -> dict[UUID, Invoice]:
    """Write what was decided, in the caller's transaction; returns the new invoices by subscription."""
    _give_credits(decisions, actor=actor)
    charged = [one for one in decisions if one.is_charged]
    sets = [_invoices(charged, tenant, terms) for tenant in _charged_tenants(decisions, tenants)]
    _store_new(BilledPeriod, [row for one in decisions for row in one.new])
    _store_changed(BilledPeriod, [row for one in decisions for row in one.changed], ROW_COLUMNS)
    new = {adjustment.pk for one in decisions for adjustment in one.adjustments}
    _store_new(PeriodAdjustment, [adjustment for one in decisions for adjustment in one.adjustments])
    again = [adjustment for one in decisions for adjustment in one.added if adjustment.pk not in new]
    _store_changed(PeriodAdjustment, again, ("invoice",))
    for tenant, (made, lines) in zip(_charged_tenants(decisions, tenants), sets, strict=True):
        store_with_lines(list(made.values()), lines, tenant=tenant, issued_at=terms.now)
    return {pk: invoice for made, _ in sets for pk, invoice in made.items()}


def _charged_tenants(decisions: Sequence[Decided], tenants: dict[UUID, Tenant]) -> list[Tenant]:
    """The businesses with something to invoice, in the order in which their counters are taken."""
    return [tenants[pk] for pk in sorted({one.subscription.tenant_id for one in decisions if one.is_charged})]


def _invoices(
    charged: Sequence[Decided], tenant: Tenant, terms: Terms
) -> tuple[dict[UUID, Invoice], list[InvoiceLine]]:
    """Make the invoice of each of the business's subscriptions, with a line for each period and each adjustment."""
    made: dict[UUID, Invoice] = {}
    lines: list[InvoiceLine] = []
    for one in charged:
        if one.subscription.tenant_id != tenant.pk:
            continue
        billed = [_period_line(one, row) for row in one.charged] + [_added_line(one, added) for added in one.added]
        made[one.subscription.pk] = invoice = _header(one, tenant, terms)
        for line in billed:
            line.invoice = invoice
        invoice.total_cents = sum(line.total_cents for line in billed)
        lines += billed
        for row in one.charged:
            row.invoice = invoice
        for added in one.added:
            added.invoice = invoice
    return made, lines


def _header(one: Decided, tenant: Tenant, terms: Terms) -> Invoice:
    rows = [*one.charged, *(added.billed_period for added in one.added)]
    return issued_header(
        tenant,
        one.subscription.customer_id,
        source=Invoice.Source.USAGE,
        issued_at=terms.now,
        period_start=min(row.period_start for row in rows),
        period_end=max(row.period_end for row in rows),
        currency=one.currencies[0],
    )


def _period_line(one: Decided, row: BilledPeriod) -> InvoiceLine:
    words = f"Data beyond the cap, {row.period_start} to {row.period_end}: {row.overage_bytes / BYTES_IN[GB]:.2f} GB"
    return _line(one, row, words, row.overage_cents, BILLED_PERIOD, row.pk)


def _added_line(one: Decided, added: PeriodAdjustment) -> InvoiceLine:
    row = added.billed_period
    words = f"Data beyond the cap, {row.period_start} to {row.period_end}: records that came later"
    return _line(one, row, words, added.added_cents, PERIOD_ADJUSTMENT, added.pk)


def _line(one: Decided, row: BilledPeriod, words: str, cents: int, kind: str, source_id: UUID) -> InvoiceLine:
    """A line of a period: taxed as its last day's plan says, whatever plan the subscription has by now."""
    return line_of(
        {
            "description": words,
            "unit_price_cents": cents,
            "tax_rate_bps": one.standing.plan_on(row.period_end).tax_rate_bps,
            "source_kind": kind,
            "source_id": source_id,
        }
    )


def _give_credits(decisions: Sequence[Decided], *, actor: User | None) -> None:
    """Give back what late records take from settled periods: goodwill that names the period."""
    for one in decisions:
        for adjustment in one.adjustments:
            if adjustment.added_cents < 0:
                row = adjustment.billed_period
                adjustment.credit = grant_credit(
                    actor=actor,
                    customer=Customer.objects.get(pk=one.subscription.customer_id),
                    amount_cents=-adjustment.added_cents,
                    currency=adjustment.currency,
                    reason=f"Less data was used from {row.period_start} to {row.period_end} than was charged for.",
                )


def _store_new(model: Any, rows: list[Any]) -> None:
    if rows:
        store_rows(model, rows)
        write_images(model.objects.filter(pk__any_of=[row.pk for row in rows]), history_type="+")


def _store_changed(model: Any, rows: list[Any], columns: Sequence[str]) -> None:
    if rows:
        stored = model.objects.filter(pk__any_of=[row.pk for row in rows])
        write_baselines(stored)
        model.objects.bulk_update(rows, columns)
        write_images(stored, history_type="~")
