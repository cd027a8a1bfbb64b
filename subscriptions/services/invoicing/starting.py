"""The record of an invoicing of many customers: the whole batch is checked first, and what is in the way is said then."""

from collections.abc import Iterable
from datetime import date, datetime
from typing import Any

from accounts.errors import Conflict
from accounts.models import Tenant, User
from accounts.roles import OFFICE
from accounts.unit_of_work import unit_of_work
from billing.models import BulkOperation
from billing.services.checks import check_moment
from billing.services.invoices import DUE_IN_DAYS, due_after
from routes.models import Round
from routes.services import check_staff
from subscriptions.selectors.invoicing_preview import InvoicingPreview, preview_invoices
from subscriptions.services.invoicing.one_customer import NothingToBill, check_period

NAMED = 20


class SomeAreInvoiced(Conflict):
    """Some of these customers have an invoice of this period, and the caller wanted all or none."""

    code = "some_are_invoiced"


@unit_of_work
def start_invoicing(
    *,
    actor: User | None,
    tenant: Tenant,
    period_start: date,
    period_end: date,
    now: datetime,
    round: Round | None = None,  # noqa: A002 - the field's name
    customers: Iterable[Any] | None = None,
    issued_at: datetime | None = None,
    due_in_days: int = DUE_IN_DAYS,
    refuse_invoiced: bool = False,
) -> BulkOperation:
    """Check the whole batch, and record that it is to be invoiced; `run_invoicing` does it.

    With `refuse_invoiced` nothing is recorded when a customer has an invoice of this period; otherwise that customer is skipped
    and named. *Raises* SomeAreInvoiced, NothingToBill, PeriodIsNotOver, PeriodReversed, DueDateRefused.
    """
    check_staff(actor, tenant.pk, roles=OFFICE)
    issued_at = check_moment(issued_at or now, name="issued_at")
    period = check_period(period_start, period_end, tenant=tenant, issued_at=issued_at)
    due_after(issued_at, due_in_days, tenant.zone)
    keys = None if customers is None else [str(getattr(customer, "pk", customer)) for customer in customers]
    seen = preview_invoices(tenant, period_start, period_end, customers=keys, round=round)
    _check_batch(seen, refuse_invoiced=refuse_invoiced)
    return BulkOperation.objects.create(
        tenant=tenant,
        kind=BulkOperation.Kind.INVOICING,
        requested_by=actor,
        items_total=len(seen.rows) if keys is not None else sum(1 for row in seen.rows if row.is_concerned),
        heartbeat_at=now,
        parameters={
            "period_start": str(period.first),
            "period_end": str(period.last),
            "issued_at": issued_at.isoformat(),
            "due_in_days": due_in_days,
            "round": str(round.pk) if round else None,
            "customers": keys,
            "expected": {"invoices": len(seen.ready), "total_cents": seen.total_cents},
        },
    )


def _check_batch(seen: InvoicingPreview, *, refuse_invoiced: bool) -> None:
    invoiced = [row for row in seen.rows if row.invoice_id]
    if refuse_invoiced and invoiced:
        names = ", ".join(f"{row.name} ({row.number}) by {row.invoice_number}" for row in invoiced[:NAMED])
        more = f" and {len(invoiced) - NAMED} more" if len(invoiced) > NAMED else ""
        raise SomeAreInvoiced(
            f"{len(invoiced)} of these customers are invoiced for this period already: {names}{more}. Nothing was written. "
            "Leave them out, or let them be skipped."
        )
    if not any(row.is_concerned for row in seen.rows):
        raise NothingToBill(f"Nobody has anything unbilled up to {seen.period.last}. Confirm the deliveries first.")
