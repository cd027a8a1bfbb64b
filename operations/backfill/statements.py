"""What a batch sends to the database: its statements, compiled once for all batches of a run.

Their slots: `start` and `end` of the window, `rows` (keys), `changes` (ids of change rows), `run`, `now`, and who acts why.
"""

from collections.abc import Mapping
from functools import cached_property
from typing import Any

from django.db.models import CharField, Exists, OuterRef, QuerySet, TextField, UUIDField, Value

from operations.backfill import history
from operations.backfill.compiled import Keys, Slot, Statement, insert_select, select, update_from
from operations.backfill.findings import FindingStatements
from operations.backfill.images import ImageValue, KeyOf
from operations.backfill.plan import Plan, within_window
from operations.models import BackfillChange

CHANGE_COLUMNS = ("run_id", "table", "operation", "row_id", "before", "after")


class BatchStatements:
    """The statements of the batches that work on one plan."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.using = plan.scope.using
        self.findings = FindingStatements(plan)
        self.has_history = history.history_model(plan.model) is not None

    @cached_property
    def lock(self) -> Statement:
        """Lock the window's candidates; answers with (key, row id).

        The key is there for the lock: a select that names no column of the row loses its OF, and locks joined rows too.
        """
        candidates = locked(within_window(self.plan.unjudged(), self.plan.key))
        return select(candidates.values_list("pk", self.plan.row_id()), self.using)

    def lock_whole_rows(self, given: Mapping[str, Any]) -> QuerySet:
        """Lock the window's candidates and read them whole, for an author who decides in Python."""
        return locked(self.plan.candidates().filter(pk__gte=given["start"], pk__lte=given["end"]))

    @cached_property
    def plan_changes(self) -> Statement:
        """Write the change rows of those of the locked rows that are to be written; answers with (row id, change id)."""
        return self._plan_changes(self._to_write())

    def plan_at_most(self, room: int) -> Statement:
        """The same for at most so many rows, the first ones."""
        return self._plan_changes(self._to_write().order_by("pk")[:room])

    @cached_property
    def judge(self) -> Statement:
        """The verdict of each of these rows that is still a candidate, as (row id, verdict)."""
        candidates = self.plan.candidates().filter(pk__any_of=Keys("rows"))
        return select(candidates.values_list(self.plan.row_id(), "verdict"), self.using)

    @cached_property
    def write(self) -> Statement:
        """Write the values of these change rows into the table."""
        planned = BackfillChange.objects.filter(pk__any_of=Keys("changes")).order_by()
        values = {f"new_{column.column}": ImageValue("after", column) for column in self.plan.columns}
        rows = planned.annotate(row_pk=KeyOf("row_id", self.plan.key), **values).values("row_pk", *values)
        return update_from(self.plan.model, [str(column.column) for column in self.plan.columns], rows, self.using)

    @cached_property
    def without_history(self) -> Statement:
        """A row of the window that has no history, if there is one: far cheaper to ask than to look each written row up."""
        images = within_window(history.history_of(OuterRef("pk"), self.plan.model), self.plan.key)
        rows = within_window(self.plan.model._base_manager.order_by(), self.plan.key).exclude(Exists(images))
        return select(rows.values_list("pk")[:1], self.using)

    @cached_property
    def baselines(self) -> Statement:
        """Write the image of each of these rows that has no history yet."""
        return history.baselines(self._rows(), using=self.using)

    @cached_property
    def images(self) -> Statement:
        """Write the history image of each of these rows as it now is."""
        stamps = history.stamps(
            history_type="~",
            reason=Slot("reason", TextField()),
            actor_id=Slot("actor", UUIDField()),
            actor_kind=Slot("actor_kind", CharField()),
            request_id=Slot("request", CharField()),
        )
        return history.images(self._rows(), stamps=stamps, using=self.using)

    def _rows(self) -> QuerySet:
        return self.plan.model._base_manager.using(self.using).filter(pk__any_of=Keys("rows"))

    def _to_write(self) -> QuerySet:
        return self.plan.to_write().filter(pk__any_of=Keys("rows"))

    def _plan_changes(self, rows: QuerySet) -> Statement:
        images = rows.values_list(
            Slot("run", UUIDField()),
            Value(self.plan.model._meta.db_table, CharField()),
            Value(BackfillChange.Operation.UPDATE, CharField()),
            self.plan.row_id(),
            self.plan.before(),
            self.plan.after(),
        )
        return insert_select(BackfillChange, CHANGE_COLUMNS, images, self.using, returning=("row_id", "id"))


def locked(rows: QuerySet) -> QuerySet:
    """Lock the base rows, in the order of their keys, without hindering rows that refer to them."""
    return rows.select_for_update(of=("self",), no_key=True).order_by("pk")
