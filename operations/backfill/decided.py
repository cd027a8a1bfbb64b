"""Candidates that the author decides in Python, one by one, where an expression cannot say the rule.

A change may bring rows of other tables along: new ones, and touched ones. Each has a change row of its own.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import connections
from django.db.models import JSONField, QuerySet

from operations.backfill.definition import Change, Occasion, Unclear
from operations.backfill.plan import Plan, columns_of, locked
from operations.backfill.tables import stored_columns
from operations.models import BackfillChange, BackfillRun


@dataclass(frozen=True, slots=True)
class DecidedChange:
    """The change row of a candidate, and those of the rows that come along with it. None of them is stored yet."""

    row: BackfillChange
    along: Sequence[BackfillChange]
    label: str


@dataclass(slots=True)
class Decided:
    """What the author has decided about a window's candidates."""

    changes: list[DecidedChange] = field(default_factory=list)
    unclear: dict[Any, Unclear] = field(default_factory=dict)
    counts: Counter = field(default_factory=Counter)


def lock_candidates(plan: Plan, keys: Sequence[Any], occasion: Occasion) -> list[Any]:
    """Lock these candidates behind their companions, and read all of them whole; who is no candidate any more is left out."""
    candidates = plan.candidates().filter(pk__any_of=keys)
    companions = [list(locked(rows)) for rows in _companions(plan, keys)]
    rows = list(locked(candidates))
    plan.backfill.gather(rows, companions, occasion)
    return rows


def read_candidates(plan: Plan, rows: Sequence[Any], occasion: Occasion) -> None:
    """Let the author gather what belongs to these rows, without a lock: for a preview."""
    companions = [list(found) for found in _companions(plan, [row.pk for row in rows])]
    plan.backfill.gather(rows, companions, occasion)


def _companions(plan: Plan, keys: Sequence[Any]) -> list[QuerySet]:
    rows = plan.model._base_manager.using(plan.scope.using).filter(pk__any_of=keys).order_by()
    return [found.using(plan.scope.using) for found in plan.backfill.companions(rows)]


def decide_window(plan: Plan, run: BackfillRun, rows: Sequence[Any], now: datetime) -> Decided:
    """Let the author decide these locked rows."""
    decided = Decided()
    images = _Images(plan, run, now)
    for row in rows:
        decision = plan.backfill.decide(row)
        if isinstance(decision, Change):
            decided.changes.append(images.of_decision(row, decision))
            continue
        decided.counts[decision.reason] += 1
        if isinstance(decision, Unclear):
            decided.unclear[row.pk] = decision
    return decided


class _Images:
    """Makes change rows: the columns of a row before and after, as the database stores them."""

    def __init__(self, plan: Plan, run: BackfillRun, now: datetime) -> None:
        self.plan = plan
        self.run = run
        self.now = now
        self.connection = connections[plan.scope.using]
        self.touched = {model: columns_of(model, names) for model, names in plan.backfill.touches.items()}
        self.inserted = {model: stored_columns(model) for model in plan.backfill.inserts}

    def of_decision(self, row: Any, decision: Change) -> DecidedChange:
        along = [self._of_new(made) for made in decision.inserts]
        along += [self._of_change(touch.row, self.touched[type(touch.row)], touch.values) for touch in decision.touches]
        return DecidedChange(self._of_change(row, self.plan.columns, decision.values), along, decision.label)

    def _of_new(self, made: Any) -> BackfillChange:
        after = {
            column.attname: self._stored(column, self._first_value(made, column))
            for column in self.inserted[type(made)]
        }
        return self._change(made, BackfillChange.Operation.INSERT, None, after)

    def _of_change(self, row: Any, columns: Sequence[Any], values: Mapping[str, Any]) -> BackfillChange:
        before = {column.attname: getattr(row, column.attname) for column in columns}
        after = {column.attname: values.get(column.attname, before[column.attname]) for column in columns}
        stored = [
            {column.attname: self._stored(column, image[column.attname]) for column in columns}
            for image in (before, after)
        ]
        return self._change(row, BackfillChange.Operation.UPDATE, *stored)

    def _change(self, row: Any, operation: str, before: Any, after: Any) -> BackfillChange:
        table = row._meta.db_table
        return BackfillChange(
            run=self.run, table=table, operation=operation, row_id=str(row.pk), before=before, after=after
        )

    def _first_value(self, made: Any, column: Any) -> Any:
        value = getattr(made, column.attname)
        is_stamped = getattr(column, "auto_now_add", False) or getattr(column, "auto_now", False)
        return self.now if value is None and is_stamped else value

    def _stored(self, column: Any, value: Any) -> Any:
        if isinstance(column, JSONField):
            return value
        prepared = column.get_db_prep_save(value, self.connection)
        return prepared if prepared is None or isinstance(prepared, int | str | bool) else str(prepared)
