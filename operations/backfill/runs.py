"""The life of a run: asked for, claimed by a worker, paused, resumed, cancelled, undone.

Only one run of a backfill is active, and only one run writes a table: a unique constraint and a row per table say so.
Whoever works on a run holds its `generation`; to resume raises it, so a worker that was frozen and wakes up stops.
"""

import hashlib
import inspect
import os
import socket
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from accounts.errors import Conflict, NotFound, RuleBroken
from accounts.models import Tenant, User
from operations.backfill.batch import Work
from operations.backfill.control import Control, TimeOfDay
from operations.backfill.definition import Backfill
from operations.backfill.pace import Pace
from operations.backfill.plan import Plan, Scope
from operations.backfill.preflight import other_run_message, preflight
from operations.backfill.preview import population
from operations.backfill.registry import backfill_named
from operations.backfill.runner import OnBatch, Runner
from operations.backfill.sql import read_only
from operations.models import BackfillRun, BackfillTableLock

Clock = Callable[[], datetime]


class AnotherRunIsActive(Conflict):
    """A run of this backfill, or another run on its table, is active."""

    code = "another_run_is_active"


class RunIsNotResumable(Conflict):
    """The run cannot go on: it is at its end, or somebody is working on it."""

    code = "run_is_not_resumable"


class RunIsNotActive(Conflict):
    """The run is at its end: there is nothing to pause or cancel."""

    code = "run_is_not_active"


class NoSuchRun(NotFound):
    """No run has this id, or it is another tenant's."""

    code = "no_such_run"


class BadParameter(RuleBroken):
    """A parameter of a run that makes no sense."""

    code = "bad_parameter"


@dataclass(frozen=True, slots=True)
class Request:
    """What somebody asks of the engine."""

    backfill: Backfill
    tenant: Tenant | None = None
    using: str = "default"
    actor: User | None = None
    reason: str = ""
    batch_size: int | None = None
    limit: int | None = None
    nice: float = 0.0
    window: str = ""
    max_minutes: float | None = None

    def checked(self) -> "Request":
        """Return the request, or refuse a parameter that makes no sense.

        *Raises* BadParameter, BadWindow.
        """
        for name, number in (("batch size", self.batch_size), ("limit", self.limit), ("max minutes", self.max_minutes)):
            if number is not None and number <= 0:
                raise BadParameter(f"The {name} is {number:g}. Give 1 or more, or leave it out.")
        if self.nice < 0:
            raise BadParameter(
                f"nice is {self.nice:g}. Give 0 or more: the rest after a batch as a multiple of its time."
            )
        if self.window:
            TimeOfDay.parse(self.window, self.zone)
        return self

    @property
    def zone(self) -> ZoneInfo:
        """The time zone of the window: the tenant's, or the server's for all tenants."""
        return self.tenant.zone if self.tenant else ZoneInfo(settings.TIME_ZONE)

    @property
    def parameters(self) -> dict[str, Any]:
        """What a worker needs to work on the run, as JSON."""
        return {
            "batch_size": self.batch_size,
            "limit": self.limit,
            "nice": self.nice,
            "window": self.window,
            "max_minutes": self.max_minutes,
        }

    def plan(self, upper_bound: Any = None) -> Plan:
        """The plan within this request's scope."""
        return Plan(self.backfill, Scope(self.using, self.tenant, upper_bound))


def ask_for_run(request: Request, *, now: datetime, undoes: BackfillRun | None = None) -> BackfillRun:
    """Look whether the run can start, then record it as waiting for a worker, with its table locked.

    *Raises* PreflightFailed, AnotherRunIsActive, BadParameter.
    """
    request.checked()
    plan = request.plan()
    _refuse_second(request)
    with read_only(request.using):
        counted = population(plan)
        decided = counted["candidates"] - plan.candidates().count()
        upper_bound = plan.keys().last()
    points = preflight(plan, expected_rows=counted["candidates"], now=now)
    run = BackfillRun(
        tenant=request.tenant,
        backfill=request.backfill.name,
        requested_by=request.actor,
        reason=request.reason,
        parameters={**request.parameters, "preflight": [f"{point.name}: {point.detail}" for point in points]},
        counts={"population": counted, "decided": decided},
        upper_bound="" if upper_bound is None else str(upper_bound),
        code_version=code_version(request.backfill),
        undoes=undoes,
    )
    try:
        with transaction.atomic(using=request.using):
            run.save(using=request.using)
            _lock_tables(run, request.backfill, request.using)
    except IntegrityError as error:
        _refuse_second(request)
        raise AnotherRunIsActive(
            f"Another run of {request.backfill.name} has just started. Look at it, then try again."
        ) from error
    return run


def _refuse_second(request: Request) -> None:
    active = BackfillRun.objects.using(request.using).filter(
        backfill=request.backfill.name, status__in=BackfillRun.ACTIVE
    )
    run = active.first()
    if run is not None:
        raise AnotherRunIsActive(
            f"Run {run.pk} of {run.backfill} is {run.get_status_display().lower()}. Look at it with `backfill_runs show "
            f"{run.pk}`; then resume it (`backfill_runs resume {run.pk}`) or cancel it (`backfill_runs cancel {run.pk}`)."
        )
    lock = BackfillTableLock.objects.using(request.using).filter(table__in=list(request.backfill.tables)).first()
    if lock is not None:
        raise AnotherRunIsActive(f"Not started: {other_run_message(lock)}")


def _lock_tables(run: BackfillRun, backfill: Backfill, using: str) -> None:
    for table in backfill.tables:
        BackfillTableLock.objects.using(using).create(table=table, run=run)


def code_version(backfill: Backfill) -> str:
    """A fingerprint of the backfill's own code, so that a later reader knows whether it has changed since."""
    return hashlib.sha256(inspect.getsource(type(backfill)).encode()).hexdigest()[:16]


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
    from operations.backfill.undo import Undo

    return Undo(run.undoes, using) if run.undoes is not None else backfill_named(run.backfill)


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
    names = ("batch_size", "limit", "nice", "window", "max_minutes")
    given = {name: run.parameters[name] for name in names if run.parameters.get(name) is not None}
    return Request(backfill_of(run, using), run.tenant, using, run.requested_by, run.reason, **given)


def claim(run_id: Any, *, using: str, now: datetime) -> BackfillRun:
    """Become the worker of a run: raise its generation and mark it running."""
    find_run(run_id, using=using)
    try:
        with transaction.atomic(using=using):
            run = BackfillRun.objects.using(using).select_for_update().get(pk=run_id)
            refuse_unless_resumable(run, now)
            run.generation += 1
            run.status = BackfillRun.Status.RUNNING
            run.worker = f"{socket.gethostname()}:{os.getpid()}"
            run.started_at = run.started_at or now
            run.heartbeat_at, run.finished_at, run.error, run.stop_reason = now, None, "", ""
            run.save(using=using)
            if not run.table_locks.exists():
                _lock_tables(run, backfill_of(run, using), using)
    except IntegrityError as error:
        raise AnotherRunIsActive("Another run has taken the table meanwhile. `backfill_runs list` shows it.") from error
    return run


def queue_again(run_id: Any, *, using: str, now: datetime) -> BackfillRun:
    """Let a paused or failed run wait for a background worker again; one whose worker died is taken over as it is.

    *Raises* RunIsNotResumable, AnotherRunIsActive, NoSuchRun.
    """
    find_run(run_id, using=using)
    try:
        with transaction.atomic(using=using):
            run = BackfillRun.objects.using(using).select_for_update().get(pk=run_id)
            refuse_unless_resumable(run, now)
            if run.status != BackfillRun.Status.RUNNING:
                run.status, run.finished_at = BackfillRun.Status.PENDING, None
                run.save(using=using)
            if not run.table_locks.exists():
                _lock_tables(run, backfill_of(run, using), using)
    except IntegrityError as error:
        raise AnotherRunIsActive("Another run has taken the table meanwhile. `backfill_runs list` shows it.") from error
    return run


def refuse_unless_resumable(run: BackfillRun, now: datetime) -> None:
    """Let pass a run that can go on. *Raises* RunIsNotResumable."""
    resumable = {BackfillRun.Status.PENDING, BackfillRun.Status.PAUSED, BackfillRun.Status.FAILED}
    if run.status == BackfillRun.Status.RUNNING:
        if is_alive(run, now):
            raise RunIsNotResumable(
                f"Run {run.pk} is being worked on by {run.worker} (last sign {run.heartbeat_at:%H:%M:%S}). Pause it first, or "
                f"wait: after {settings.BACKFILL_STALE_SECONDS} s without a sign its worker counts as dead."
            )
    elif run.is_dry_run or run.status not in resumable:
        raise RunIsNotResumable(f"Run {run.pk} is {run.get_status_display().lower()}: there is nothing to resume.")


def is_alive(run: BackfillRun, now: datetime) -> bool:
    """Whether a running run's worker is alive: its process here, or a recent heartbeat from elsewhere."""
    host, _, process = run.worker.rpartition(":")
    if host == socket.gethostname() and process.isdigit() and not _process_exists(int(process)):
        return False
    silence = now - run.heartbeat_at if run.heartbeat_at else timedelta.max
    return silence < timedelta(seconds=settings.BACKFILL_STALE_SECONDS)


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
        run.status, run.stop_reason = status, stop_reason
        if not run.is_active:
            run.finished_at = now
            BackfillTableLock.objects.using(using).filter(run=run).delete()
        run.save(using=using)
    return run
