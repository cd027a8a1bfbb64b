"""May a deleted invoice of usage come back? Only while what it bills still says the same."""

from collections.abc import Iterable
from uuid import UUID

from accounts.errors import Conflict
from billing.models import InvoiceLine
from subscriptions.models import BilledPeriod, PeriodAdjustment


class PeriodChanged(Conflict):
    """The period was measured again, waived, or billed by another invoice since the invoice was deleted."""

    code = "period_changed"


def check_periods_unchanged(lines: list[InvoiceLine]) -> None:
    """Let pass lines of periods that this invoice still bills; who recovers holds the customer. *Raises* PeriodChanged."""
    rows = BilledPeriod.objects.filter(pk__any_of=_sources(lines)).values_list("pk", "invoice", "overage_cents")
    _check(lines, rows)


def check_adjustments_unchanged(lines: list[InvoiceLine]) -> None:
    """The same for what late records added. *Raises* PeriodChanged."""
    rows = PeriodAdjustment.objects.filter(pk__any_of=_sources(lines)).values_list("pk", "invoice", "added_cents")
    _check(lines, rows)


def _sources(lines: list[InvoiceLine]) -> list[UUID]:
    return [line.source_id for line in lines if line.source_id]


def _check(lines: list[InvoiceLine], rows: Iterable[tuple[UUID, UUID | None, int]]) -> None:
    billed = {pk: (invoice_id, cents) for pk, invoice_id, cents in rows}
    for line in lines:
        if billed.get(line.source_id or UUID(int=0)) != (line.invoice_id, line.total_cents):
            raise PeriodChanged(
                f"{line.description}: the period was billed anew, parked or waived since the invoice was deleted. "
                "Leave the invoice deleted."
            )
