"""The life of a run that was asked for (`request`): claimed by a worker, worked on, paused, resumed, cancelled.

Whoever works on a run holds its `generation`; to resume raises it, so a worker that was frozen and wakes up stops.
"""

import os
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from accounts.errors import Conflict, NotFound
from accounts.models import User
from operations.backfill.batch import Work
from operations.backfill.control import Control, TimeOfDay
from operations.backfill.definition import Backfill
from operations.backfill.pace import Pace
from operations.backfill.registry import backfill_named
from operations.backfill.request import AnotherRunIsActive, Request, lock_tables
from operations.backfill.runner import OnBatch, Runner
from operations.models import BackfillRun, BackfillTableLock

Clock = Callable[[], datetime]

LONGEST_PREVIEW = timedelta(minutes=15)


class RunIsNotResumable(Conflict):
    """The run cannot go on: it is at its end, or somebody is working on it."""

    code = "run_is_not_resumable"


class RunIsNotActive(Conflict):
    """The run is at its end: there is nothing to pause or cancel."""

    code = "run_is_not_active"


class NoSuchRun(NotFound):
    """No run has this id, or it is another tenant's."""

    code = "no_such_run"


def find_run(run_id: Any, *, using: str, user: User | None = None) -> BackfillRun:
    """The run of this id; with a user, one of theirs.

    *Raises* NoSuchRun.
    """
    runs = BackfillRun.objects.using(using)
    try:
        run = (runs if user is None else runs.for_user(user)).filter(pk=run_id).first()
    except (ValueError, TypeError, ValidationError) as error:
        raise NoSuchRun(f"'{run_id}' is not the id of a run. `backfill_runs list` shows them.") from error
    if run is None:
        raise NoSuchRun(f"There is no run {run_id}. `backfill_runs list` shows them.")
    return run


def backfill_of(run: BackfillRun, using: str) -> Backfill:
    """The backfill of a run: the registered one, or the undo of an earlier run."""
    from operations.backfill.undo import undo_of_run

    return undo_of_run(run.undoes, using) if run.undoes is not None else backfill_named(run.backfill)


def work_on(run_id: Any, *, using: str, clock: Clock, on_batch: OnBatch | None = None) -> BackfillRun:
    """Claim a waiting, paused, failed or orphaned run and go on with it until its end or a stop.

    *Raises* RunIsNotResumable, AnotherRunIsActive, NoSuchRun.
    """
    run = claim(run_id, using=using, now=clock())
    request = request_of(run, using)
    upper_bound = request.backfill.model._meta.pk.to_python(run.upper_bound) if run.upper_bound else None
    work = Work(
        plan=request.plan(upper_bound),
        run_id=run.pk,
        generation=run.generation,
        reason=run.reason or f"backfill {run.backfill}",
        limit=request.limit,
    )
    control = Control(
        clock=clock,
        window=TimeOfDay.parse(request.window, request.zone) if request.window else None,
        max_minutes=request.max_minutes,
        nice=request.nice,
        started_at=clock(),
    )
    runner = Runner(work, control, Pace.of(request.batch_size))
    if on_batch is not None:
        runner.on_batch = on_batch
    return runner.run()


def request_of(run: BackfillRun, using: str) -> Request:
    """What was asked when the run began."""
    names = ("batch_size", "limit", "nice", "window", "max_minutes", "options")
    given = {name: run.parameters[name] for name in names if run.parameters.get(name) is not None}
    return Request(backfill_of(run, using), run.tenant, using, run.requested_by, run.reason, **given)


def claim(run_id: Any, *, using: str, now: datetime) -> BackfillRun:
    """Become the worker of a run: raise its generation and mark it running."""
    with _resumed(run_id, using=using, now=now) as run:
        run.generation += 1
        run.status = BackfillRun.Status.RUNNING
        run.worker = this_worker()
        run.started_at = run.started_at or now
        run.heartbeat_at, run.finished_at, run.error, run.stop_reason = now, None, "", ""
    return run


def queue_again(run_id: Any, *, using: str, now: datetime) -> BackfillRun:
    """Let a paused or failed run wait for a background worker again; one whose worker died is taken over as it is.

    *Raises* RunIsNotResumable, AnotherRunIsActive, NoSuchRun.
    """
    with _resumed(run_id, using=using, now=now) as run:
        if run.status != BackfillRun.Status.RUNNING:
            run.status, run.finished_at = BackfillRun.Status.PENDING, None
    return run


@contextmanager
def _resumed(run_id: Any, *, using: str, now: datetime) -> Iterator[BackfillRun]:
    """Lock a run that can go on, keep what the block makes of it, and give it its tables back."""
    find_run(run_id, using=using)
    try:
        with transaction.atomic(using=using):
            run = BackfillRun.objects.using(using).select_for_update().get(pk=run_id)
            refuse_unless_resumable(run, now)
            yield run
            run.save(using=using)
            if not run.table_locks.exists():
                lock_tables(run, backfill_of(run, using), using)
    except IntegrityError as error:
        raise AnotherRunIsActive("Another run has taken the table meanwhile. `backfill_runs list` shows it.") from error


def refuse_unless_resumable(run: BackfillRun, now: datetime) -> None:
    """Let pass a run that can go on. *Raises* RunIsNotResumable."""
    resumable = {BackfillRun.Status.PENDING, BackfillRun.Status.PAUSED, BackfillRun.Status.FAILED}
    if run.is_dry_run:
        raise RunIsNotResumable(f"Run {run.pk} is a preview: there is nothing to resume. Preview again.")
    if run.status == BackfillRun.Status.RUNNING:
        if is_alive(run, now):
            raise RunIsNotResumable(
                f"Run {run.pk} is being worked on by {run.worker} (last sign {run.heartbeat_at:%H:%M:%S}). Pause it first, or "
                f"wait: after {settings.BACKFILL_STALE_SECONDS} s without a sign its worker counts as dead."
            )
    elif run.status not in resumable:
        raise RunIsNotResumable(f"Run {run.pk} is {run.get_status_display().lower()}: there is nothing to resume.")


def this_worker() -> str:
    """The name under which this process works on a run: host and process, so that others can see whether it lives."""
    return f"{socket.gethostname()}:{os.getpid()}"


def is_alive(run: BackfillRun, now: datetime) -> bool:
    """Whether a running run's worker is alive: its process here, or a recent heartbeat from elsewhere.

    A preview writes nothing, no heartbeat either, before it is ready: it is given longer.
    """
    host, _, process = run.worker.rpartition(":")
    if host == socket.gethostname() and process.isdigit() and not _process_exists(int(process)):
        return False
    silence = now - run.heartbeat_at if run.heartbeat_at else timedelta.max
    patience = LONGEST_PREVIEW if run.is_dry_run else timedelta(seconds=settings.BACKFILL_STALE_SECONDS)
    return silence < patience


def _process_exists(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def pause_run(*, run_id: Any, using: str, actor: User | None, now: datetime) -> BackfillRun:
    """Let the run stop after its current batch; it keeps its tables and can be resumed.

    *Raises* NoSuchRun, RunIsNotActive.
    """
    return _change_status(run_id, using, BackfillRun.Status.PAUSED, f"paused by {actor or 'an operator'}", now)


def cancel_run(*, run_id: Any, using: str, actor: User | None, now: datetime) -> BackfillRun:
    """End the run after its current batch and free its tables. What it wrote stays and can be undone.

    *Raises* NoSuchRun, RunIsNotActive.
    """
    return _change_status(run_id, using, BackfillRun.Status.CANCELLED, f"cancelled by {actor or 'an operator'}", now)


def _change_status(run_id: Any, using: str, status: str, stop_reason: str, now: datetime) -> BackfillRun:
    find_run(run_id, using=using)
    with transaction.atomic(using=using):
        run = BackfillRun.objects.using(using).select_for_update().get(pk=run_id)
        if not run.is_active:
            raise RunIsNotActive(f"Run {run.pk} is {run.get_status_display().lower()}: there is nothing to stop.")
        if run.is_dry_run and status == BackfillRun.Status.PAUSED:
            raise RunIsNotActive(f"Run {run.pk} is a preview and cannot pause. Cancel it; it writes nothing.")
        run.status, run.stop_reason = status, stop_reason
        if not run.is_active:
            run.finished_at = now
            BackfillTableLock.objects.using(using).filter(run=run).delete()
        run.save(using=using)
    return run
