"""What must be right before the first batch: each point is printed, and one that is not right stops the run."""

import shutil
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from django.core.exceptions import ImproperlyConfigured
from django.db import DatabaseError, connections
from django.db.models import Model, signals

from accounts.errors import Conflict
from accounts.words import counted
from operations.backfill import history
from operations.backfill.definition import Backfill
from operations.backfill.images import unfit_columns
from operations.backfill.plan import Plan, columns_of
from operations.backfill.tables import stored_columns
from operations.backup.freshness import require_fresh_backup
from operations.models import BackfillTableLock
from operations.schema import missing_migrations

LONG_TRANSACTION_MINUTES = 5
BYTES_PER_CHANGED_ROW = 900  # new row version, history image, undo image and their index entries, measured


class PreflightFailed(Conflict):
    """The run was not started: something is in its way. The message names it and the cure."""

    code = "preflight_failed"


@dataclass(frozen=True, slots=True)
class Point:
    """One point of the preflight: what was looked at, whether it is right, and what was found."""

    name: str
    is_right: bool
    detail: str


def preflight(plan: Plan, *, expected_rows: int, now: datetime) -> list[Point]:
    """Look at every point.

    *Raises* PreflightFailed with all the points that are not right.
    """
    points = [
        _migrations(plan),
        _no_other_run(plan),
        _no_long_transaction(plan),
        _images(plan),
        *(_history(model, plan.scope.using) for model in plan.backfill.models),
        *(_receivers(plan.backfill, model) for model in plan.backfill.models),
        _undo(plan.backfill),
        _disk(plan, expected_rows),
        _backup(plan, now),
    ]
    wrong = [point for point in points if not point.is_right]
    if wrong:
        raise PreflightFailed(" ".join(f"{point.name}: {point.detail}" for point in wrong))
    return points


def _migrations(plan: Plan) -> Point:
    missing = missing_migrations(plan.scope.using)
    if missing:
        cure = f"Run `manage.py migrate --database {plan.scope.using}` first."
        return Point("Migrations", False, f"{len(missing)} not applied: {', '.join(missing[:5])}. {cure}")
    return Point("Migrations", True, "all applied")


def _no_other_run(plan: Plan) -> Point:
    lock = (
        BackfillTableLock.objects.using(plan.scope.using)
        .select_related("run")
        .filter(table__in=list(plan.backfill.tables))
        .first()
    )
    if lock is None:
        return Point("Other runs", True, f"none writes {', '.join(plan.backfill.tables)}")
    return Point("Other runs", False, other_run_message(lock))


def other_run_message(lock: BackfillTableLock) -> str:
    """Who holds the table, and what can be done about it."""
    run = lock.run
    return (
        f"run {run.pk} of {run.backfill} is {run.get_status_display().lower()} and holds the table {lock.table}. "
        f"Look at it with `backfill_runs show {run.pk}`; then resume or cancel it."
    )


def _no_long_transaction(plan: Plan) -> Point:
    connection = connections[plan.scope.using]
    if connection.vendor != "postgresql":
        return Point("Old transactions", True, "not applicable on this database")
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pid, extract(epoch FROM now() - xact_start)::int FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
            " AND xact_start < now() - make_interval(mins => %s) ORDER BY xact_start LIMIT 1",
            [LONG_TRANSACTION_MINUTES],
        )
        oldest = cursor.fetchone()
    if oldest is None:
        return Point("Old transactions", True, f"none older than {LONG_TRANSACTION_MINUTES} minutes")
    return Point(
        "Old transactions",
        False,
        f"server process {oldest[0]} has had a transaction open for {oldest[1]} s: old row versions could not be cleaned "
        f"away. End it (SELECT pg_terminate_backend({oldest[0]})) or wait for it.",
    )


def _images(plan: Plan) -> Point:
    touched = [column for model, names in plan.backfill.touches.items() for column in columns_of(model, names)]
    inserted = [column for model in plan.backfill.inserts for column in stored_columns(model)]
    unfit = [*unfit_columns([*plan.columns, *touched]), *unfit_columns(inserted, only_new=True)]
    if unfit:
        return Point("Undo images", False, f"{', '.join(unfit)} cannot be kept exactly. Write them another way.")
    return Point("Undo images", True, "every written column can be kept exactly")


def _undo(backfill: Backfill) -> Point:
    along = [*backfill.inserts, *backfill.touches]
    if along and type(backfill).undo_of is Backfill.undo_of:
        names = ", ".join(model._meta.db_table for model in along)
        return Point(
            "Undo", False, f"it also writes {names}, and does not say how that is undone. Write its `undo_of`."
        )
    return Point("Undo", True, "everything that it writes can be taken back")


def _history(model: type[Model], using: str) -> Point:
    if history.history_model(model) is None:
        return Point("History", True, f"{model._meta.db_table} keeps none")
    connection = connections[using]
    table = history.history_model(model)._meta.db_table
    with connection.cursor() as cursor:
        stored = {column.name for column in connection.introspection.get_table_description(cursor, table)}
    missing = set(history.history_columns(model)) - stored
    if missing:
        return Point("History", False, f"{table} lacks {', '.join(sorted(missing))}. Make and apply the migration.")
    return Point("History", True, f"{table} has every column")


def _receivers(backfill: Any, model: type[Model]) -> Point:
    unknown = unreviewed(backfill, model)
    if unknown:
        return Point(
            "Signals",
            False,
            f"{model.__name__} has {', '.join(unknown)}, which a set-based write does not run. Think each through, then "
            f"name it in `reviewed_receivers` (or `reviewed_save`) of {type(backfill).__name__}.",
        )
    return Point("Signals", True, "no receiver would be passed over unknown")


def unreviewed(backfill: Any, model: type[Model]) -> list[str]:
    """Receivers of the model's signals, and a `save()` of its own, that the author has not said anything about."""
    found = []
    for signal in (signals.pre_save, signals.post_save):
        receivers = signal._live_receivers(model)
        for receiver in [*receivers[0], *receivers[1]]:
            name = f"{receiver.__module__}.{getattr(receiver, '__qualname__', receiver)}"
            if (
                not name.startswith(("accounts.history.", "simple_history."))
                and name not in backfill.reviewed_receivers
            ):
                found.append(name)
    own_save = model.save is not Model.save and not backfill.reviewed_save
    return [*found, *([f"{model.save.__module__}.{model.__name__}.save"] if own_save else [])]


def _disk(plan: Plan, expected_rows: int) -> Point:
    needed = expected_rows * BYTES_PER_CHANGED_ROW
    connection = connections[plan.scope.using]
    words = f"about {needed / 1e6:,.0f} MB more for {counted(expected_rows, 'rows')}"
    if connection.vendor != "sqlite":
        return Point("Disk", True, f"{words}; see that the server has it")
    name = str(connection.settings_dict["NAME"])
    folder = Path(name).parent if not name.startswith("file:") and name != ":memory:" else Path.cwd()
    free = shutil.disk_usage(folder).free
    if free < 2 * needed:
        return Point("Disk", False, f"{words}, but only {free / 1e6:,.0f} MB are free at {folder}. Make room first.")
    return Point("Disk", True, f"{words}; {free / 1e6:,.0f} MB are free")


def _backup(plan: Plan, now: datetime) -> Point:
    try:
        require_fresh_backup(using=plan.scope.using, now=now)
    except (Conflict, ImproperlyConfigured, DatabaseError) as error:
        return Point("Backup", False, str(error))
    return Point("Backup", True, "fresh enough, or not asked for (BACKUP_MAX_AGE_HOURS)")
