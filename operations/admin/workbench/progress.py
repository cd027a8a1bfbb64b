"""How far a run has come, honestly: rows looked at, the rate of the last minute, time left as a range, what it waits for."""

from datetime import datetime, timedelta
from math import ceil
from typing import Any

from django.core.cache import cache
from django.db import connections

from operations.admin.workbench.scope import USING
from operations.backfill.progress import rate, seconds_left
from operations.backfill.runner import SQLITE_REST_SECONDS
from operations.backfill.runs import is_alive, request_of
from operations.health import DEAD_AFTER
from operations.models import BackfillRun, WorkerSign

TAKEN_WITHIN = timedelta(seconds=10)
SILENT_SECONDS = 5
KEPT_SECONDS = 3600

Status = BackfillRun.Status


def progress_of(run: BackfillRun, now: datetime) -> dict[str, Any]:
    """What the progress bar and its words show."""
    total, done = rows_to_look_at(run), run.counts.get("keys", 0)
    percent = min(100, done * 100 // total) if total else 0
    return {
        "done": done,
        "total": total,
        "percent": percent,
        "written": run.counts.get("written", 0),
        "candidates": run.counts.get("population", {}).get("candidates", 0),
        "facts": running_facts(run, total - done, now) if run.status == Status.RUNNING else [],
    }


def rows_to_look_at(run: BackfillRun) -> int:
    """How many keys the run walks over; frozen when it began, so counted once."""

    def count() -> int:
        request = request_of(run, USING)
        upper_bound = request.backfill.model._meta.pk.to_python(run.upper_bound) if run.upper_bound else None
        return request.plan(upper_bound).keys().count() if run.upper_bound else 0

    return cache.get_or_set(f"backfill-keys-{run.pk}", count, KEPT_SECONDS)


def running_facts(run: BackfillRun, keys_left: int, now: datetime) -> list[tuple[str, str]]:
    """Rate, time left, batch size and rest, each with its words."""
    return [
        ("Rate of the last minute", rate_in_words(run.progress)),
        ("Time left", left_in_words(run, keys_left)),
        ("Batch size", batch_in_words(run.progress)),
        ("Rest and waits", waits_in_words(run, now)),
    ]


def rate_in_words(progress: dict[str, Any]) -> str:
    """Rows per second, or that it is not known yet."""
    rows = rate(progress)
    return f"{rows:,.0f} rows a second" if rows else "not known before the second batch"


def left_in_words(run: BackfillRun, keys_left: int) -> str:
    """The time left as a range, or why there is none."""
    if run.counts.get("walk", 1) > 1:
        return "soon: going over rows once more that changed meanwhile"
    if keys_left <= 0:
        return "soon: verifying"
    between = seconds_left(run.progress, keys_left)
    return range_in_words(*between) if between else "not known before the second batch"


def range_in_words(shortest: float, longest: float) -> str:
    """A range of seconds in the unit that suits its longer end.

    >>> range_in_words(3.2, 9.8), range_in_words(50, 200), range_in_words(61, 61), range_in_words(4000, 9000)
    ('4 to 10 seconds', '1 to 4 minutes', 'about 2 minutes', '2 to 3 hours')
    """
    unit, seconds = next((unit for unit in UNITS if longest < unit[2]), UNITS[-1])[:2]
    low, high = (max(1, ceil(end / seconds)) for end in (shortest, longest))
    return f"about {high} {unit if high > 1 else unit[:-1]}" if low == high else f"{low} to {high} {unit}"


UNITS = (("seconds", 1, 60), ("minutes", 60, 3600), ("hours", 3600, float("inf")))


def batch_in_words(progress: dict[str, Any]) -> str:
    """How many rows a batch looks at, and why."""
    size = progress.get("batch_size")
    return f"{size:,} rows: {progress.get('batch_size_reason', '')}" if size else "steered so that a batch takes 0.5 s"


def waits_in_words(run: BackfillRun, now: datetime) -> str:
    """What the run does between batches, or that it seems to wait for somebody."""
    silence = (now - run.heartbeat_at).total_seconds() if run.heartbeat_at else 0
    if silence > SILENT_SECONDS:
        return f"no batch for {silence:.0f} s: it waits for a lock that somebody holds, or verifies"
    nice = run.parameters.get("nice") or 0
    if nice:
        return f"rests {nice:g} times as long as each batch took, as asked"
    if connections[USING].vendor == "sqlite":
        return f"rests {SQLITE_REST_SECONDS:g} s after each batch, to let other writers in"
    return "none"


def preparation_of(run: BackfillRun, now: datetime) -> list[tuple[str, str]]:
    """How a preview that a worker prepares is getting on: how long it has looked, and how long the last one took."""
    earlier = BackfillRun.objects.filter(
        backfill=run.backfill,
        tenant=run.tenant_id,
        is_dry_run=True,
        status=Status.SUCCEEDED,
        created_at__lt=run.created_at,
    )
    last = earlier.order_by("-created_at").first()
    began = run.started_at if run.status == Status.RUNNING and run.started_at else None
    return [
        ("Looking for", f"{(now - began).total_seconds():,.0f} s" if began else "not yet: waiting for a worker"),
        ("The last preview took", f"{last.progress.get('seconds', 0):,.1f} s" if last else "there was none"),
    ]


def trouble_of(run: BackfillRun, now: datetime) -> str:
    """What stands in the way of an active run, with its cure; nothing when all is well."""
    if run.status == Status.RUNNING and run.is_dry_run and not is_alive(run, now):
        return "Its worker died. Cancel it, then preview again; it wrote nothing."
    if run.status == Status.RUNNING and not is_alive(run, now):
        return "Its worker died. Resume: another one goes on behind the last finished batch; no row twice, none missed."
    if run.status != Status.PENDING:
        return ""
    if now - run.created_at > TAKEN_WITHIN:
        return "No worker takes this job; start one: make run. It is taken as soon as one starts, or cancel it."
    if not WorkerSign.objects.filter(seen_at__gt=now - DEAD_AFTER).exists():
        return "No worker gave a sign of life in the last 3 minutes. If none takes this job now, start one: make run."
    return ""
