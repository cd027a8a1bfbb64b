"""Candidates that the author decides in Python, one by one, where an expression cannot say the rule."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from django.db import connections

from operations.backfill.definition import Change, Unclear
from operations.backfill.plan import Plan
from operations.models import BackfillChange, BackfillRun


@dataclass(slots=True)
class Decided:
    """What the author has decided about a window's candidates."""

    changes: list[BackfillChange] = field(default_factory=list)
    unclear: dict[Any, Unclear] = field(default_factory=dict)
    counts: Counter = field(default_factory=Counter)


def decide_window(plan: Plan, run: BackfillRun, rows: Iterable[Any]) -> Decided:
    """Let the author decide these locked rows; the change rows are not stored yet."""
    decided = Decided()
    for row in rows:
        decision = plan.backfill.decide(row)
        if isinstance(decision, Change):
            decided.changes.append(_change(plan, run, row, decision))
            continue
        decided.counts[decision.reason] += 1
        if isinstance(decision, Unclear):
            decided.unclear[row.pk] = decision
    return decided


def _change(plan: Plan, run: BackfillRun, row: Any, decision: Change) -> BackfillChange:
    connection = connections[plan.scope.using]

    def stored(column: Any, value: Any) -> Any:
        prepared = column.get_db_prep_save(value, connection)
        return prepared if prepared is None or isinstance(prepared, int | str | bool) else str(prepared)

    return BackfillChange(
        run=run,
        table=plan.model._meta.db_table,
        operation=BackfillChange.Operation.UPDATE,
        row_id=str(row.pk),
        before={column.attname: stored(column, getattr(row, column.attname)) for column in plan.columns},
        after={
            column.attname: stored(column, decision.values.get(column.attname, getattr(row, column.attname)))
            for column in plan.columns
        },
    )
