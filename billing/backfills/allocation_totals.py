"""Running totals that raw SQL damaged, put right from their allocations: those are append-only, so they know.

A customer is repaired whole: the totals of their payments, credits, sales, invoices and opening balance. Totals alone are
written; a status was right for the allocations all along. Source: issue 3 section 4; `check_books` finds what this repairs.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

from django.db.models import CharField, Exists, Model, OuterRef, QuerySet

from billing.models import Credit, Customer, Invoice, Payment, Sale
from billing.selectors.wrong_totals import SIDES, customers_with_wrong_totals, wrong_totals
from operations.backfill import Backfill, Change, Choice, Leave, Occasion, Touch, Unclear, register
from operations.backfill.definition import WRITE
from operations.backfill.images import RowId
from operations.backfill.undo import BACK_ALREADY, CHANGED_SINCE, Undo
from operations.models import BackfillChange, BackfillRun

MORE_THAN_IT_HOLDS = "more_than_it_holds"
TOUCHES: dict[type[Model], tuple[str, ...]] = {
    **dict.fromkeys((Payment, Credit, Sale), ("allocated_cents",)),
    Invoice: ("allocated_cents", "credited_cents"),
}


@register
class AllocationTotals(Backfill):
    """A running total becomes the sum of its allocations again."""

    name = "allocation_totals"
    title = "Allocation totals"
    description = (
        "Running totals (what a payment has paid, what is paid of an invoice) that somebody changed past the services are "
        "put right from their allocations. Where the allocations exceed what the row can hold, a person must look."
    )
    source = "Issue 3 section 4; check_books finds what it repairs"
    noun = "customers"
    model = Customer
    writes = ("opening_balance_allocated_cents",)
    touches = TOUCHES
    unclear_verdicts = frozenset({MORE_THAN_IT_HOLDS})
    verdict_labels = {
        "write": "have totals that will be put right",
        MORE_THAN_IT_HOLDS: "allocations beyond what a row can hold",
    }
    choices = (Choice("keep", "Keep as it is"),)

    def candidates(self) -> QuerySet:
        return customers_with_wrong_totals()

    def companions(self, rows: QuerySet) -> Sequence[QuerySet]:
        return Customer.objects.filter(pk__in=rows), *(wrong_totals(model).filter(customer__in=rows) for model in SIDES)

    def gather(self, rows: Sequence[Any], companions: Sequence[Sequence[Any]], occasion: Occasion) -> None:
        """Lay on each customer their rows whose totals are wrong."""
        wrong = defaultdict(list)
        for found in companions[1:]:
            for each in found:
                wrong[each.customer_id].append(each)
        for row in rows:
            row.wrong = wrong[row.pk]

    def decide(self, row: Any) -> Change | Unclear:
        beyond = [each for each in row.wrong if not _holds(each)]
        if beyond or row.live_cents > row.opening_balance_cents:
            rows = [f"{each._meta.verbose_name} {each.pk}: {each.live_cents}" for each in beyond]
            return Unclear(MORE_THAN_IT_HOLDS, {"rows": "; ".join(rows) or f"opening balance: {row.live_cents}"})
        touches = [Touch(each, _totals(each)) for each in row.wrong]
        return Change({"opening_balance_allocated_cents": row.live_cents}, touches=touches)

    def evidence(self) -> dict[str, Any]:
        return {"number": "number", "customer": "name"}

    def answer(self, counts: Mapping[str, Any]) -> dict[str, Any]:
        return {
            "customers_found": counts["population"].get("candidates", 0),
            "customers_repaired": counts["written"],
            "customers_unclear": counts["verdicts"].get(MORE_THAN_IT_HOLDS, 0),
        }

    def undo_of(self, run: BackfillRun, using: str) -> Backfill:
        return UndoOfAllocationTotals(run, using)


class UndoOfAllocationTotals(Undo):
    """Puts every total back to what it was, wrong as it was, for customers of whom no touched total has moved since."""

    touches = TOUCHES

    def candidates(self) -> QuerySet:
        images = {f"before_{name}": value for name, value in self.new_values().items()}
        return super().candidates().annotate(undo_verdict=self.verdict(), **images)

    def companions(self, rows: QuerySet) -> Sequence[QuerySet]:
        touched = (model._default_manager.filter(self._touched(model), customer__in=rows) for model in SIDES)
        return Customer.objects.filter(pk__in=rows), *touched

    def gather(self, rows: Sequence[Any], companions: Sequence[Sequence[Any]], occasion: Occasion) -> None:
        """Lay on each customer their touched rows, each with what the run found and wrote."""
        touched = [each for found in companions[1:] for each in found]
        changes = BackfillChange.objects.using(self.using).filter(run_id=self.run.pk)
        of_row = {
            (change.table, change.row_id): change
            for change in changes.filter(row_id__in=[str(each.pk) for each in touched])
        }
        by_customer = defaultdict(list)
        for each in touched:
            by_customer[each.customer_id].append((each, of_row[each._meta.db_table, str(each.pk)]))
        for row in rows:
            row.touched = by_customer[row.pk]

    def decide(self, row: Any) -> Change | Leave | Unclear:
        holds = [_has(each, change.after) for each, change in row.touched]
        if row.undo_verdict == CHANGED_SINCE or not all(holds):
            is_back = row.undo_verdict == BACK_ALREADY and all(
                _has(each, change.before) for each, change in row.touched
            )
            return Leave(BACK_ALREADY) if is_back else Unclear(CHANGED_SINCE)
        if row.undo_verdict != WRITE:
            return Leave(BACK_ALREADY)
        touches = [Touch(each, change.before) for each, change in row.touched]
        return Change({"opening_balance_allocated_cents": row.before_opening_balance_allocated_cents}, touches=touches)

    def _touched(self, model: Any) -> Exists:
        changes = BackfillChange.objects.filter(
            run_id=self.run.pk,
            table=model._meta.db_table,
            row_id=RowId(OuterRef("pk"), output_field=CharField()),
        )
        return Exists(changes)


def _holds(row: Any) -> bool:
    """Whether a row can hold what its allocations say; the database would refuse the others."""
    if isinstance(row, Payment):
        most = row.amount_cents - row.refunded_cents if row.is_money else 0
    elif isinstance(row, Invoice):
        most = row.total_cents if row.is_asking else 0
    else:
        most = row.amount_cents if isinstance(row, Credit) else row.total_cents - row.returned_cents
    return 0 <= row.live_cents <= most


def _totals(row: Any) -> dict[str, int]:
    live = {"allocated_cents": row.live_cents, "credited_cents": getattr(row, "live_credited_cents", 0)}
    return {name: live[name] for name in TOUCHES[type(row)]}


def _has(row: Any, image: Mapping[str, Any]) -> bool:
    return all(getattr(row, name) == value for name, value in image.items())
