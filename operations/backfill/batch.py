"""One batch: one transaction that holds data, history, undo images, findings, counters and cursor.

A window of n consecutive keys is cut off the table. One statement locks its candidates; a second one, under a fresh
snapshot and with the predicate repeated, writes the plan (before, after) as change rows; the UPDATE and the history are
taken from those rows; the cursor is the window's end. Killed at any instant, all of it happened or none of it.
"""

import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import connections, transaction
from django.db.models import CharField, QuerySet, UUIDField, Value

from accounts import audit
from operations.backfill import history
from operations.backfill.definition import Change, Unclear
from operations.backfill.findings import record_kinds, record_left, record_unclear
from operations.backfill.images import ImageValue, KeyOf
from operations.backfill.plan import Plan
from operations.backfill.sql import Keys, insert_select_returning, limit_waits, update_from
from operations.models import BackfillChange, BackfillRun


class Fenced(Exception):
    """Another worker has taken the run over, or it was paused or cancelled: this worker must stop."""

    def __init__(self, status: str) -> None:
        super().__init__(status)
        self.status = status


@dataclass(slots=True)
class Outcome:
    """What one batch did."""

    keys: int = 0
    written: int = 0
    counts: Counter = field(default_factory=Counter)
    findings: int = 0
    seconds: float = 0.0
    is_last: bool = False


@dataclass(frozen=True, slots=True)
class Work:
    """One run being worked on by one worker: the plan, the run's id and the worker's generation."""

    plan: Plan
    run_id: Any
    generation: int
    reason: str
    limit: int | None = None


def run_batch(work: Work, size: int, now: datetime) -> Outcome:
    """Do the next window of `size` keys in one transaction.

    *Raises* Fenced when the run is no longer this worker's; database errors pass through, with nothing done.
    """
    using = work.plan.scope.using
    started = time.perf_counter()
    with transaction.atomic(using=using, durable=True):
        limit_waits(using)
        run = lock_run(work)
        outcome = Outcome()
        end, outcome.keys, outcome.is_last = _window(work.plan, run.cursor, size)
        if outcome.keys:
            _do_window(work, run, end, outcome, now)
        _advance(run, end, outcome, now, time.perf_counter() - started)
    outcome.seconds = time.perf_counter() - started
    return outcome


def lock_run(work: Work) -> BackfillRun:
    """Lock the run row, proving that it is still this worker's and still running."""
    using = work.plan.scope.using
    run = BackfillRun.objects.using(using).select_for_update().get(pk=work.run_id)
    if run.generation != work.generation or run.status != BackfillRun.Status.RUNNING:
        raise Fenced(run.status)
    return run


def after(plan: Plan, cursor: str) -> QuerySet:
    """The keys behind the cursor."""
    return plan.keys().filter(pk__gt=plan.model._meta.pk.to_python(cursor)) if cursor else plan.keys()


def _window(plan: Plan, cursor: str, size: int) -> tuple[Any, int, bool]:
    """The end of the next window, how many keys it holds, and whether it is the last."""
    keys = after(plan, cursor)
    end = keys[size - 1 : size].first() if size > 1 else keys.first()
    if end is not None:
        return end, size, False
    count = keys.count()
    return plan.scope.upper_bound, count, True


def _do_window(work: Work, run: BackfillRun, end: Any, outcome: Outcome, now: datetime) -> None:
    plan = work.plan
    window = {"pk__lte": end}
    if run.cursor:
        window["pk__gt"] = plan.model._meta.pk.to_python(run.cursor)
    first_walk = run.counts.get("walk", 1) == 1
    if first_walk:
        outcome.findings += record_kinds(plan, run, window, now)
    if plan.backfill.decides_in_python:
        planned = _plan_in_python(work, run, window, outcome)
    else:
        planned = _plan_in_sql(work, run, window, outcome, now)
    if planned:
        keys = Keys(planned)
        history.write_baselines(plan.model, keys, at=now, run_id=run.pk, using=plan.scope.using)
        outcome.written = _write(plan, list(planned.values()))
        _write_history(work, run, keys, now)
    if not first_walk:  # rows that are left were counted when they were first seen
        outcome.counts.clear()


def _plan_in_sql(
    work: Work, run: BackfillRun, window: dict[str, Any], outcome: Outcome, now: datetime
) -> dict[str, int]:
    """Lock the window's candidates, write the plan of those that (still) are to be written, count why others are left.

    Returns the plan: row id -> id of its change row.
    """
    plan = work.plan
    locked = [str(key) for key in _locked(plan.unjudged().filter(**window)).values_list("pk", flat=True)]
    planned = _write_plan(plan, run, locked, _room(work, run)) if locked else {}
    left = [key for key in locked if key not in planned]
    if left:
        judged = plan.candidates().filter(pk__any_of=Keys(left)).values_list(plan.row_id(), "verdict")
        _count_left(work, run, left, dict(judged), outcome, now)
    return planned


def _write_plan(plan: Plan, run: BackfillRun, keys: Sequence[Any], room: int | None) -> dict[str, int]:
    """Write the change rows of those of these rows whose verdict is to write them, at most `room`."""
    if room == 0:
        return {}
    rows = _changes(plan, run, keys)
    if room is not None:
        rows = rows.order_by("pk")[:room]
    return dict(insert_select_returning(BackfillChange, CHANGE_COLUMNS, rows, ("row_id", "id"), plan.scope.using))


def _count_left(
    work: Work, run: BackfillRun, left: list[Any], verdicts: dict[Any, str], outcome: Outcome, now: datetime
) -> None:
    """Count why these locked rows are not in the plan: their verdict, a --limit, or that they have changed meanwhile."""
    write = work.plan.backfill.write_verdict
    settled = {key: verdict for key, verdict in verdicts.items() if verdict != write}
    outcome.counts.update(settled.values())
    outcome.counts["changed_meanwhile" if work.limit is None else "over_limit"] += len(verdicts) - len(settled)
    outcome.counts["changed_meanwhile"] += len(left) - len(verdicts)
    outcome.findings += record_left(work.plan, run, settled, now)


CHANGE_COLUMNS = ("run_id", "table", "operation", "row_id", "before", "after")


def _changes(plan: Plan, run: BackfillRun, keys: Sequence[Any]) -> QuerySet:
    return (
        plan.to_write()
        .filter(pk__any_of=Keys(keys))
        .values_list(
            Value(run.pk, UUIDField()),
            Value(plan.model._meta.db_table, CharField()),
            Value(BackfillChange.Operation.UPDATE, CharField()),
            plan.row_id(),
            plan.before(),
            plan.after(),
        )
    )


def _plan_in_python(work: Work, run: BackfillRun, window: dict[str, Any], outcome: Outcome) -> dict[str, int]:
    """Lock the window's candidates, let the author decide each, and write the plan: row id -> id of its change row."""
    plan = work.plan
    changes: list[BackfillChange] = []
    unclear: dict[Any, Unclear] = {}
    for row in _locked(plan.candidates().filter(**window)):
        decision = plan.backfill.decide(row)
        if isinstance(decision, Change):
            changes.append(_change_in_python(plan, run, row, decision))
            continue
        outcome.counts[decision.reason] += 1
        if isinstance(decision, Unclear):
            unclear[row.pk] = decision
    outcome.findings += record_unclear(plan, run, unclear)
    within_limit = changes[: _room(work, run)]
    outcome.counts["over_limit"] += len(changes) - len(within_limit)
    BackfillChange.objects.using(plan.scope.using).bulk_create(within_limit, batch_size=500)
    return {change.row_id: change.pk for change in within_limit}


def _change_in_python(plan: Plan, run: BackfillRun, row: Any, decision: Change) -> BackfillChange:
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


def _locked(rows: QuerySet) -> QuerySet:
    """Lock the base rows, in the order of their keys, without hindering rows that refer to them."""
    return rows.select_for_update(of=("self",), no_key=True).order_by("pk")


def _room(work: Work, run: BackfillRun) -> int | None:
    """How many more rows the run's --limit lets it write; None without one. The rest remains for the next run."""
    return None if work.limit is None else max(0, work.limit - run.counts.get("written", 0))


def _write(plan: Plan, change_ids: Sequence[int]) -> int:
    """Write these change rows' values into the table."""
    planned = BackfillChange.objects.filter(pk__any_of=Keys(change_ids))  # by id: no index of the run is walked again
    values = {f"new_{column.column}": ImageValue("after", column) for column in plan.columns}
    rows = planned.order_by().annotate(row_pk=KeyOf("row_id", plan.model._meta.pk), **values).values("row_pk", *values)
    return update_from(plan.model, [str(column.column) for column in plan.columns], rows, plan.scope.using)


def _write_history(work: Work, run: BackfillRun, keys: Keys, now: datetime) -> None:
    plan = work.plan
    if history.history_model(plan.model) is None:
        return
    stamps = history.stamps(
        history_type="~",
        at=now,
        reason=work.reason,
        run_id=run.pk,
        actor_id=run.requested_by_id,
        request_id=audit.current().request_id,
    )
    rows = plan.model._base_manager.using(plan.scope.using).filter(pk__any_of=keys)
    history.write_images(rows, stamps=stamps, using=plan.scope.using)


def _advance(run: BackfillRun, end: Any, outcome: Outcome, now: datetime, seconds: float) -> None:
    """Move the cursor to the window's end and add up the counts, in the same commit."""
    counts = Counter(run.counts.get("verdicts", {}))
    counts.update(outcome.counts)
    run.counts = {
        **run.counts,
        "verdicts": {name: number for name, number in counts.items() if number},
        "keys": run.counts.get("keys", 0) + (outcome.keys if run.counts.get("walk", 1) == 1 else 0),
        "written": run.counts.get("written", 0) + outcome.written,
        "batches": run.counts.get("batches", 0) + 1,
        "longest_batch_seconds": max(run.counts.get("longest_batch_seconds", 0), round(seconds, 3)),
    }
    run.cursor = str(end) if end is not None else run.cursor
    run.heartbeat_at = now
    run.save(update_fields=["counts", "cursor", "heartbeat_at"])
