"""One batch: one transaction that holds data, history, undo images, findings, counters and cursor.

A window of n consecutive keys is cut off the table. One statement locks its candidates; a second one, under a fresh
snapshot and with the predicate repeated, writes the plan (before, after) as change rows; the UPDATE and the history are
taken from those rows; the cursor is the window's end. Killed at any instant, all of it happened or none of it.
"""

import time
from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Any

from django.db import transaction
from django.db.models import QuerySet

from accounts import audit
from operations.backfill.along import store_along, write_along
from operations.backfill.changes import Stored, store_changes
from operations.backfill.decided import decide_window, lock_candidates
from operations.backfill.definition import Occasion
from operations.backfill.findings import Kinds, kinds_in_window, kinds_of_left, record, record_noted, record_unclear
from operations.backfill.plan import Plan
from operations.backfill.sql import limit_waits, look_rows_up
from operations.backfill.statements import BatchStatements
from operations.models import BackfillRun


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
    counts: Counter = field(default_factory=Counter)  # why rows were left
    labels: Counter = field(default_factory=Counter)  # what the author calls the changes
    along: Counter = field(default_factory=Counter)  # rows of other tables, inserted or touched
    findings: int = 0
    seconds: float = 0.0
    is_last: bool = False


@dataclass(frozen=True)
class Work:
    """One run being worked on by one worker: the plan, the run's id and the worker's generation."""

    plan: Plan
    run_id: Any
    generation: int
    reason: str
    limit: int | None = None

    @cached_property
    def statements(self) -> BatchStatements:
        """What its batches send, compiled once."""
        return BatchStatements(self.plan)


@dataclass(frozen=True, slots=True)
class Window:
    """The keys that one batch looks at, from the first to the last."""

    start: Any
    end: Any
    keys: int
    is_last: bool


def run_batch(work: Work, size: int, now: datetime) -> Outcome:
    """Do the next window of `size` keys in one transaction.

    *Raises* Fenced when the run is no longer this worker's; database errors pass through, with nothing done.
    """
    using = work.plan.scope.using
    started = time.perf_counter()
    with transaction.atomic(using=using, durable=True):
        limit_waits(using)
        look_rows_up(using)
        run = lock_run(work)
        outcome = Outcome()
        window = _window(work.plan, run.cursor, size)
        if window is None:
            outcome.is_last = True
        else:
            outcome.keys, outcome.is_last = window.keys, window.is_last
            _Batch(work, run, window, outcome, now).do()
        _advance(run, window, outcome, now, time.perf_counter() - started)
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


def _window(plan: Plan, cursor: str, size: int) -> Window | None:
    """The next `size` keys, or as many as there are; None when there are none."""
    keys = after(plan, cursor)
    start = keys.first()
    if start is None:
        return None
    end = keys[size - 1 : size].first() if size > 1 else start
    if end is not None:
        return Window(start, end, size, is_last=False)
    return Window(start, plan.scope.upper_bound, keys.count(), is_last=True)


@dataclass(slots=True)
class _Batch:
    """One window being done: what it sends, and what it has found out."""

    work: Work
    run: BackfillRun
    window: Window
    outcome: Outcome
    now: datetime
    kinds: Kinds = field(default_factory=dict)
    along: Stored = field(default_factory=dict)

    def do(self) -> None:
        """Record findings, plan, write the rows and their history."""
        is_first_walk = self.run.counts.get("walk", 1) == 1
        if is_first_walk:
            self.kinds = kinds_in_window(self.work.statements.findings, self.given)
        in_python = self.work.plan.backfill.decides_in_python
        planned = self._plan_in_python() if in_python else self._plan_in_sql()
        self.outcome.findings += record(self.work.statements.findings, self.kinds, self.given)
        self.outcome.along = write_along(self.work.statements, self.along, self.given)
        if planned:
            self._write(planned)
        if not is_first_walk:  # rows that are left were counted when they were first seen
            self.outcome.counts.clear()

    @property
    def given(self) -> dict[str, Any]:
        """What fills the slots of every statement."""
        actor = self.run.requested_by_id
        return {
            "start": self.window.start,
            "end": self.window.end,
            "run": self.run.pk,
            "now": self.now,
            "reason": self.work.reason,
            "actor": actor,
            "actor_kind": "user" if actor else "system",
            "request": audit.current().request_id,
        }

    def _plan_in_sql(self) -> dict[str, int]:
        """Lock the window's candidates, write the plan of those that (still) are to be written, count why others are left.

        Returns the plan: row id -> id of its change row.
        """
        locked = [row_id for _, row_id in self.work.statements.lock.rows(**self.given)]
        planned = self._plan_changes(locked) if locked else {}
        left = [key for key in locked if key not in planned]
        if left:
            self._count_left(left, dict(self.work.statements.judge.rows(**self.given, rows=left)))
        return planned

    def _plan_changes(self, locked: list[str]) -> dict[str, int]:
        """Write the change rows of those of these rows whose verdict is to write them, as far as --limit allows."""
        room = self._room()
        if room == 0:
            return {}
        statements = self.work.statements
        statement = statements.plan_changes if room is None else statements.plan_at_most(room)
        return dict(statement.rows(**self.given, rows=locked))

    def _count_left(self, left: list[str], verdicts: dict[str, str]) -> None:
        """Count why these locked rows are not in the plan: their verdict, a --limit, or that they have changed meanwhile."""
        write = self.work.plan.backfill.write_verdict
        settled = {key: verdict for key, verdict in verdicts.items() if verdict != write}
        counts = self.outcome.counts
        counts.update(settled.values())
        counts["changed_meanwhile" if self.work.limit is None else "over_limit"] += len(verdicts) - len(settled)
        counts["changed_meanwhile"] += len(left) - len(verdicts)
        for row_id, kinds in kinds_of_left(self.work.plan, settled).items():
            self.kinds[row_id] = [*kinds, *self.kinds.get(row_id, [])]

    def _plan_in_python(self) -> dict[str, int]:
        """Let the author decide each of the window's candidates, and write the plan as far as --limit allows."""
        plan = self.work.plan
        window = plan.unjudged().filter(pk__gte=self.window.start, pk__lte=self.window.end)
        who = self.run.requested_by_id
        occasion = Occasion(self.now, who, self.work.reason, self.run.pk, plan.scope.options)
        rows = lock_candidates(plan, list(window.values_list("pk", flat=True)), occasion)
        decided = decide_window(plan, rows, self.now)
        self.outcome.counts.update(decided.counts)
        within_limit = decided.changes[: self._room()]
        self.outcome.findings += record_unclear(plan, self.run, decided.unclear)
        self.outcome.findings += record_noted(plan, self.run, decided.noted(within_limit))
        self.outcome.counts["over_limit"] += len(decided.changes) - len(within_limit)
        self.outcome.labels.update(change.label for change in within_limit if change.label)
        self.along = store_along(self.run, within_limit, plan.scope.using)
        stored = store_changes(self.run, [change.row for change in within_limit], plan.scope.using)
        return {row_id: change_id for rows in stored.values() for row_id, change_id in rows.items()}

    def _room(self) -> int | None:
        """How many more rows the run's --limit lets it write; None without one. The rest remains for the next run."""
        limit = self.work.limit
        return None if limit is None else max(0, limit - self.run.counts.get("written", 0))

    def _write(self, planned: dict[str, int]) -> None:
        """Write the planned values into the table, between the image of each row before its first change and that of now."""
        statements, table, rows = self.work.statements, self.work.statements.table, list(planned)
        if table.has_history and statements.without_history.rows(**self.given):
            table.baselines.count(**self.given, rows=rows)
        self.outcome.written = table.update.count(changes=planned.values())
        if table.has_history:
            table.images.count(**self.given, rows=rows)


def _advance(run: BackfillRun, window: Window | None, outcome: Outcome, now: datetime, seconds: float) -> None:
    """Move the cursor to the window's end and add up the counts, in the same commit."""
    run.counts = {
        **run.counts,
        "verdicts": _added(run.counts.get("verdicts", {}), outcome.counts),
        "labels": _added(run.counts.get("labels", {}), outcome.labels),
        "along": _added(run.counts.get("along", {}), outcome.along),
        "keys": run.counts.get("keys", 0) + (outcome.keys if run.counts.get("walk", 1) == 1 else 0),
        "written": run.counts.get("written", 0) + outcome.written,
        "batches": run.counts.get("batches", 0) + 1,
        "longest_batch_seconds": max(run.counts.get("longest_batch_seconds", 0), round(seconds, 3)),
    }
    run.cursor = str(window.end) if window is not None else run.cursor
    run.heartbeat_at = now
    run.save(update_fields=["counts", "cursor", "heartbeat_at"])


def _added(before: dict[str, int], more: Counter) -> dict[str, int]:
    """Both together, without zeros."""
    together = Counter(before)
    together.update(more)
    return {name: number for name, number in together.items() if number}
