"""Candidates that the author decides in Python, one by one, where an expression cannot say the rule.

A change may bring rows of other tables along: new ones, and touched ones. Each has a change row of its own.
"""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from django.db import connections
from django.db.models import (
    BigIntegerField,
    BooleanField,
    CharField,
    DateTimeField,
    Field,
    IntegerField,
    JSONField,
    Model,
    PositiveIntegerField,
    QuerySet,
    TextField,
    UUIDField,
)

from operations.backfill.changes import ChangeRow
from operations.backfill.definition import Change, Leave, Occasion, Unclear
from operations.backfill.plan import Plan, columns_of, locked
from operations.backfill.tables import stored_columns
from operations.models import BackfillChange

Prepared = Callable[[Any], Any]

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


class _ImageColumn(NamedTuple):
    """A column of an image: the types of value that it stores as they are, and what prepares any other value."""

    name: str
    plain: tuple[type, ...]
    prepared: Prepared


class _Images:
    """Makes change rows: the columns of a row before and after, as the database stores them."""

    def __init__(self, plan: Plan, now: datetime) -> None:
        connection = connections[plan.scope.using]
        self.now = now
        self.columns = _image_columns(plan.columns, connection)
        self.touched = {
            model: _image_columns(columns_of(model, names), connection)
            for model, names in plan.backfill.touches.items()
        }
        self.inserted = {model: _image_columns(stored_columns(model), connection) for model in plan.backfill.inserts}
        self.stamped = {model: _stamped_columns(model) for model in plan.backfill.inserts}

    def of_decision(self, row: Any, decision: Change) -> DecidedChange:
        along = [self._of_new(made) for made in decision.inserts]
        along += [_of_change(touch.row, self.touched[type(touch.row)], touch.values) for touch in decision.touches]
        change = _of_change(row, self.columns, decision.values)._replace(evidence=decision.evidence)
        return DecidedChange(change, along, decision.label, row.pk, decision.noted)

    def _of_new(self, made: Any) -> ChangeRow:
        """Its columns that hold something: one that is left out of a new row's image is NULL."""
        for name in self.stamped[type(made)]:
            if getattr(made, name) is None:
                setattr(made, name, self.now)
        after = {
            name: value for name, value in _image(self.inserted[type(made)], made.__dict__).items() if value is not None
        }
        return ChangeRow(made._meta.db_table, BackfillChange.Operation.INSERT, str(made.pk), None, after)


def _of_change(row: Any, columns: Sequence[_ImageColumn], values: Mapping[str, Any]) -> ChangeRow:
    before = _image(columns, {column.name: getattr(row, column.name) for column in columns})
    after = {**before, **_image([column for column in columns if column.name in values], values)}
    return ChangeRow(row._meta.db_table, BackfillChange.Operation.UPDATE, str(row.pk), before, after)


def _image(columns: Sequence[_ImageColumn], values: Mapping[str, Any]) -> dict[str, Any]:
    """These columns of a row as the database stores them."""
    return {
        name: value if (value := values[name]) is None or type(value) in plain else prepared(value)
        for name, plain, prepared in columns
    }


def _stamped_columns(model: type[Model]) -> list[str]:
    """The columns that `save()` would fill with the time."""
    columns: list[Any] = stored_columns(model)
    return [
        column.attname
        for column in columns
        if getattr(column, "auto_now_add", False) or getattr(column, "auto_now", False)
    ]


def _image_columns(columns: Sequence[Any], connection: Any) -> list[_ImageColumn]:
    return [_image_column(column, connection) for column in columns]


def _image_column(column: Any, connection: Any) -> _ImageColumn:
    """The field's own preparation, where it does not leave the value as it is anyway: most values of most rows."""
    target = column.target_field if column.is_relation else column
    if isinstance(column, JSONField):
        return _ImageColumn(column.attname, (), lambda value: value)
    return _ImageColumn(
        column.attname, PLAIN.get(type(target), ()), _shortened(target, _prepared(column, connection), connection)
    )


def _prepared(column: Any, connection: Any) -> Prepared:
    def prepared(value: Any) -> Any:
        ready = column.get_db_prep_save(value, connection)
        return ready if ready is None or isinstance(ready, int | str | bool) else str(ready)

    return prepared


def _shortened(target: Any, prepared: Prepared, connection: Any) -> Prepared:
    """The same for ids and moments, of which a change has a dozen: at once the text that the preparation ends with."""
    is_postgresql = connection.vendor == "postgresql"
    if type(target) is UUIDField:
        text: Prepared = str if is_postgresql else lambda key: key.hex
        return lambda value: text(value) if type(value) is UUID else prepared(value)
    if type(target) is DateTimeField and is_postgresql:
        return lambda value: str(value) if type(value) is datetime and value.tzinfo else prepared(value)
    return prepared
