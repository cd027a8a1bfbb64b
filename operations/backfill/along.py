"""Rows of other tables that a change brings along: inserted or touched in the same transaction, each with its change row."""

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

from django.db.models import Model

from operations.backfill.changes import Stored, store_changes
from operations.backfill.decided import DecidedChange
from operations.backfill.statements import BatchStatements
from operations.backfill.tables import TableStatements
from operations.models import BackfillChange, BackfillRun

INSERT, UPDATE = BackfillChange.Operation.INSERT, BackfillChange.Operation.UPDATE


def store_along(run: BackfillRun, changes: Iterable[DecidedChange], using: str) -> Stored:
    """Store the change rows of what comes along. A row that an earlier batch of the run touched keeps its first `before`."""
    along = [change for decided in changes for change in decided.along]
    new = [change for change in along if change.operation == INSERT]
    touched = {(change.table, change.row_id): change for change in along if change.operation == UPDATE}
    stored = store_changes(run, new, using) if new else {}
    return {**stored, **store_changes(run, touched.values(), using, again=True)} if touched else stored


def write_along(statements: BatchStatements, along: Stored, given: Mapping[str, Any]) -> Counter:
    """Insert and touch these rows, with their history; returns how many of each: `payments_inserted`, `payments_touched`."""
    written: Counter = Counter()
    for model, table in statements.inserted.items():
        if rows := along.get((table_of(model), INSERT)):
            written[f"{table_of(model)}_inserted"] = _insert(table, rows, given)
    for model, table in statements.touched.items():
        if rows := along.get((table_of(model), UPDATE)):
            written[f"{table_of(model)}_touched"] = _touch(table, rows, given)
    return written


def _insert(table: TableStatements, rows: dict[str, int], given: Mapping[str, Any]) -> int:
    inserted = table.insert.count(changes=rows.values())
    if table.has_history:
        table.first_images.count(**given, rows=rows)
    return inserted


def _touch(table: TableStatements, rows: dict[str, int], given: Mapping[str, Any]) -> int:
    if table.has_history:
        table.baselines.count(**given, rows=rows)
    touched = table.update.count(changes=rows.values())
    if table.has_history:
        table.images.count(**given, rows=rows)
    return touched


def table_of(model: type[Model]) -> str:
    """The name of a model's table."""
    return model._meta.db_table
