"""Candidates that the author decides in Python, one by one, where an expression cannot say the rule.

A change may bring rows of other tables along: new ones, and touched ones. Each has a change row of its own.
"""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import connections
from django.db.models import (
    BigIntegerField,
    BooleanField,
    CharField,
    Field,
    IntegerField,
    JSONField,
    Model,
    PositiveIntegerField,
    QuerySet,
    TextField,
)

from operations.backfill.changes import ChangeRow
from operations.backfill.definition import Change, Leave, Occasion, Unclear
from operations.backfill.plan import Plan, columns_of, locked
from operations.backfill.tables import stored_columns
from operations.models import BackfillChange

StoredForm = Callable[[Any], Any]

# Fields that store a value of these types as it is.
PLAIN: Mapping[type[Field], tuple[type, ...]] = {
    **dict.fromkeys((CharField, TextField), (str,)),
    **dict.fromkeys((IntegerField, BigIntegerField, PositiveIntegerField), (int,)),
    BooleanField: (bool,),
}


@dataclass(frozen=True, slots=True)
class DecidedChange:
    """The change row of a candidate, and those of the rows that come along with it. None of them is stored yet."""

    row: ChangeRow
    along: Sequence[ChangeRow]
    label: str
    key: Any = None
    noted: str = ""


@dataclass(slots=True)
class Decided:
    """What the author has decided about a window's candidates."""

    changes: list[DecidedChange] = field(default_factory=list)
    unclear: dict[Any, Unclear] = field(default_factory=dict)
    left: dict[Any, Leave] = field(default_factory=dict)  # those that are listed for information
    counts: Counter = field(default_factory=Counter)

    def noted(self, written: Sequence[DecidedChange]) -> dict[Any, tuple[str, Mapping[str, Any]]]:
        """What is listed for information, by key: its kind and detail. Of the changes, these are written."""
        left = {key: (leave.reason, leave.detail) for key, leave in self.left.items()}
        return left | {change.key: (change.noted, change.row.evidence or {}) for change in written if change.noted}


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


def decide_window(plan: Plan, rows: Sequence[Any], now: datetime) -> Decided:
    """Let the author decide these locked rows."""
    decided = Decided()
    images = _Images(plan, now)
    for row in rows:
        decision = plan.backfill.decide(row)
        if isinstance(decision, Change):
            decided.changes.append(images.of_decision(row, decision))
            continue
        decided.counts[decision.reason] += 1
        if isinstance(decision, Unclear):
            decided.unclear[row.pk] = decision
        elif decision.reason in plan.backfill.noted_verdicts:
            decided.left[row.pk] = decision
    return decided


class _Images:
    """Makes change rows: the columns of a row before and after, as the database stores them."""

    def __init__(self, plan: Plan, now: datetime) -> None:
        connection = connections[plan.scope.using]
        self.now = now
        self.columns = _stored_forms(plan.columns, connection)
        self.touched = {
            model: _stored_forms(columns_of(model, names), connection) for model, names in plan.backfill.touches.items()
        }
        self.inserted = {model: _stored_forms(stored_columns(model), connection) for model in plan.backfill.inserts}
        self.stamped = {model: _stamped_columns(model) for model in plan.backfill.inserts}

    def of_decision(self, row: Any, decision: Change) -> DecidedChange:
        along = [self._of_new(made) for made in decision.inserts]
        along += [_of_change(touch.row, self.touched[type(touch.row)], touch.values) for touch in decision.touches]
        change = _of_change(row, self.columns, decision.values)._replace(evidence=decision.evidence)
        return DecidedChange(change, along, decision.label, row.pk, decision.noted)

    def _of_new(self, made: Any) -> ChangeRow:
        for name in self.stamped[type(made)]:
            if getattr(made, name) is None:
                setattr(made, name, self.now)
        after = {name: stored(getattr(made, name)) for name, stored in self.inserted[type(made)].items()}
        return ChangeRow(made._meta.db_table, BackfillChange.Operation.INSERT, str(made.pk), None, after)


def _of_change(row: Any, columns: Mapping[str, StoredForm], values: Mapping[str, Any]) -> ChangeRow:
    before = {name: stored(getattr(row, name)) for name, stored in columns.items()}
    after = {name: stored(values[name]) if name in values else before[name] for name, stored in columns.items()}
    return ChangeRow(row._meta.db_table, BackfillChange.Operation.UPDATE, str(row.pk), before, after)


def _stamped_columns(model: type[Model]) -> list[str]:
    """The columns that `save()` would fill with the time."""
    columns: list[Any] = stored_columns(model)
    return [
        column.attname
        for column in columns
        if getattr(column, "auto_now_add", False) or getattr(column, "auto_now", False)
    ]


def _stored_forms(columns: Sequence[Any], connection: Any) -> dict[str, StoredForm]:
    """For each column, what turns a value into the form in which the database stores it."""
    return {column.attname: _stored_form(column, connection) for column in columns}


def _stored_form(column: Any, connection: Any) -> StoredForm:
    """The field's own preparation, where it does not leave the value as it is anyway: most values of most rows."""
    if isinstance(column, JSONField):
        return lambda value: value

    def prepared(value: Any) -> Any:
        ready = column.get_db_prep_save(value, connection)
        return ready if ready is None or isinstance(ready, int | str | bool) else str(ready)

    target = column.target_field if column.is_relation else column
    plain = PLAIN.get(type(target), ())
    return lambda value: value if value is None or type(value) in plain else prepared(value)
