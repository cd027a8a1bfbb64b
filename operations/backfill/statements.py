"""What a batch sends to the database: its statements, compiled once for all batches of a run.

Slots: `start` and `end` of the window, `rows` (keys), `run`. What writes a table is in `tables`.
"""

from functools import cached_property

from django.db.models import CharField, OuterRef, QuerySet, Subquery, UUIDField, Value

from operations.backfill import history
from operations.backfill.compiled import Keys, Slot, Statement, insert_select, select
from operations.backfill.findings import FindingStatements
from operations.backfill.plan import Plan, columns_of, locked, within_window
from operations.backfill.tables import TableStatements
from operations.models import BackfillChange

CHANGE_COLUMNS = ("run_id", "table", "operation", "row_id", "before", "after")


class BatchStatements:
    """The statements of the batches that work on one plan."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.using = plan.scope.using
        self.findings = FindingStatements(plan)
        self.table = TableStatements(plan.model, plan.columns, self.using)
        self.inserted = {model: TableStatements(model, (), self.using) for model in plan.backfill.inserts}
        self.touched = {
            model: TableStatements(model, columns_of(model, names), self.using)
            for model, names in plan.backfill.touches.items()
        }

    @cached_property
    def lock(self) -> Statement:
        """Lock the window's candidates; answers with (key, row id).

        The key is there for the lock: a select that names no column of the row loses its OF, and locks joined rows too.
        """
        candidates = locked(within_window(self.plan.unjudged(), self.plan.key))
        return select(candidates.values_list("pk", self.plan.row_id()), self.using)

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
    def without_history(self) -> Statement:
        """A row of the window that has no history, if there is one: cheaper to ask than to look each written row up.

        A subquery as a value, and not EXISTS: it is looked up row by row in the index, whatever the planner believes about
        the size of a window. As a join it was once planned to compare every row with every image.
        """
        an_image = history.history_of(OuterRef("pk"), self.plan.model).order_by().values("pk")[:1]
        rows = within_window(self.plan.model._base_manager.order_by(), self.plan.key)
        return select(rows.annotate(image=Subquery(an_image)).filter(image=None).values_list("pk")[:1], self.using)

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
