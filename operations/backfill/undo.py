"""Undo: a run of its own that puts back exactly what an earlier run wrote, and leaves everybody's later edits alone.

It restores only the columns that the run changed, only in rows that still hold what the run wrote; the others it lists.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db.models import Case, CharField, Exists, OuterRef, Q, QuerySet, Subquery, Value, When
from django.db.models.expressions import Combinable

from accounts.errors import Conflict
from operations.backfill.definition import WRITE, Backfill, Choice
from operations.backfill.images import ImageValue, IsSame, RowId
from operations.backfill.plan import Plan, columns_of
from operations.backfill.registry import backfill_named
from operations.models import BackfillChange, BackfillRun

CHANGED_SINCE = "changed_since"
BACK_ALREADY = "back_already"
SIGNED_SINCE = "signed_since"


class RunIsNotUndoable(Conflict):
    """There is nothing to undo, or it is undone already."""

    code = "run_is_not_undoable"


class Undo(Backfill):
    """The undo of one run."""

    noun = "rows"
    skips_decided_rows = False
    unclear_verdicts = frozenset({CHANGED_SINCE, SIGNED_SINCE})
    verdict_labels = {
        SIGNED_SINCE: "signed for since the run: left as it is",
        CHANGED_SINCE: "edited since the run: left as it is",
        BACK_ALREADY: "as it was before the run already",
    }
    choices = (Choice("keep", "Keep the later edit"),)

    def __init__(self, run: BackfillRun, using: str) -> None:
        undone = backfill_named(run.backfill)
        self.run = run
        self.undone = undone
        self.using = using
        self.name = run.backfill  # type: ignore[misc]
        self.title = f"Undo of {undone.title}"  # type: ignore[misc]
        self.description = f"Puts back what run {run.pk} wrote, where nobody has edited it since."  # type: ignore[misc]
        self.noun = undone.noun  # type: ignore[misc]
        self.model = undone.model
        self.writes = undone.writes
        self.tenant_path = undone.tenant_path  # type: ignore[misc]
        self.reviewed_receivers = undone.reviewed_receivers  # type: ignore[misc]
        self.reviewed_save = undone.reviewed_save  # type: ignore[misc]

    def undo_of(self, run: BackfillRun, using: str) -> Backfill:
        raise RunIsNotUndoable(
            f"Run {run.pk} is itself an undo. To write again what it put back, execute the backfill anew."
        )

    def candidates(self) -> QuerySet:
        return self.model._base_manager.filter(Exists(self._change()))

    def verdict(self) -> Combinable:
        signed = self.undone.signed_since()
        still_ours = Case(When(signed, then=Value(SIGNED_SINCE)), default=Value(WRITE)) if signed else Value(WRITE)
        return Case(
            When(self._holds("after"), then=still_ours),
            When(self._holds("before"), then=Value(BACK_ALREADY)),  # by a person, or an undo that was cancelled
            default=Value(CHANGED_SINCE),
            output_field=CharField(),
        )

    def _holds(self, image: str) -> Q:
        """That the row still holds every value of the run's image of it."""
        same = Q()
        for column in self._columns():
            same &= Q(IsSame(column.attname, self._image_value(image, column)))
        return same

    def new_values(self) -> dict[str, Combinable]:
        return {column.attname: self._image_value("before", column) for column in self._columns()}

    def evidence(self) -> dict[str, Any]:
        return {f"{name}_now": name for name in self.writes}

    def population(self) -> dict[str, QuerySet]:
        return {}

    def finishing(self, plan: Plan, run: BackfillRun) -> None:
        """Count the rows that are gone: they were written by the run and deleted since."""
        table = self.model._meta.db_table
        written = BackfillChange.objects.using(self.using).filter(run=self.run, table=table).count()
        existing = self.candidates().using(self.using).count()
        run.counts = {**run.counts, "gone": written - existing}
        BackfillRun.objects.using(self.using).filter(pk=run.pk).update(counts=run.counts)

    def stopped(self, run: BackfillRun, now: datetime) -> None:
        """Mark the earlier run as undone when this one has succeeded."""
        if run.status == BackfillRun.Status.SUCCEEDED:
            BackfillRun.objects.using(self.using).filter(pk=self.run.pk).update(status=BackfillRun.Status.UNDONE)

    def answer(self, counts: Mapping[str, Any]) -> dict[str, Any]:
        verdicts = counts["verdicts"]
        return {
            "undoes": str(self.run.pk),
            "rows_restored": counts["written"],
            "rows_edited_since": verdicts.get(CHANGED_SINCE, 0),
            "rows_signed_since": verdicts.get(SIGNED_SINCE, 0),
            "rows_gone": counts.get("gone", 0),
        }

    def _columns(self) -> list[Any]:
        return columns_of(self.model, self.writes)

    def _change(self) -> QuerySet:
        return BackfillChange.objects.filter(
            run_id=self.run.pk, table=self.model._meta.db_table, row_id=RowId(OuterRef("pk"), output_field=CharField())
        )

    def _image_value(self, name: str, column: Any) -> Subquery:
        return Subquery(self._change().values_list(ImageValue(name, column))[:1])


def undo_of_run(run: BackfillRun, using: str) -> Backfill:
    """The undo of a run, as its backfill's author says it."""
    return backfill_named(run.backfill).undo_of(run, using) or Undo(run, using)


def refuse_unless_undoable(run: BackfillRun, using: str) -> None:
    """Refuse an undo of a run that wrote nothing, still runs, or is undone already.

    *Raises* RunIsNotUndoable.
    """
    if run.is_active:
        raise RunIsNotUndoable(f"Run {run.pk} is {run.get_status_display().lower()}. Cancel it first, then undo it.")
    if run.status == BackfillRun.Status.UNDONE:
        undo = run.undone_by.using(using).filter(status=BackfillRun.Status.SUCCEEDED).first()
        raise RunIsNotUndoable(f"Run {run.pk} is undone already{f', by run {undo.pk}' if undo else ''}.")
    if run.undoes_id:
        raise RunIsNotUndoable(
            f"Run {run.pk} is itself an undo, of run {run.undoes_id}. To write again what it put back, execute the backfill anew."
        )
    if run.is_dry_run or not run.counts.get("written"):
        raise RunIsNotUndoable(f"Run {run.pk} wrote nothing: there is nothing to undo.")
