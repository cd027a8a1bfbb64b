"""Rows of other tables that a change brings along: inserted or touched in the same transaction, each with its change row."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from typing import Any

from django.db.models import Model

from operations.backfill.decided import DecidedChange
from operations.backfill.statements import BatchStatements
from operations.backfill.tables import TableStatements
from operations.models import BackfillChange

INSERT, UPDATE = BackfillChange.Operation.INSERT, BackfillChange.Operation.UPDATE

Along = Mapping[tuple[str, str], dict[str, int]]  # (table, operation) -> row id -> id of its change row


def store_along(changes: Iterable[DecidedChange], using: str) -> Along:
    """Store the change rows of what comes along. A row that an earlier batch of the run touched keeps its first `before`."""
    last = {(change.table, change.row_id): change for decided in changes for change in decided.along}
    stored = BackfillChange.objects.using(using).bulk_create(
        last.values(),
        batch_size=500,
        update_conflicts=True,
        unique_fields=["run", "table", "row_id"],
        update_fields=["after"],
    )
    along: dict[tuple[str, str], dict[str, int]] = defaultdict(dict)
    for change in stored:
        along[change.table, change.operation][change.row_id] = change.pk
    return along


def write_along(statements: BatchStatements, along: Along, given: Mapping[str, Any]) -> Counter:
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
