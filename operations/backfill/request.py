"""A run that somebody asks for: what they ask, whether it can start, and its record, waiting for a worker (`runs`).

Only one run of a backfill is active, and only one run writes a table: a unique constraint and a row per table say so.
"""

import hashlib
import inspect
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import IntegrityError, transaction

from accounts.errors import Conflict, RuleBroken
from accounts.models import Tenant, User
from operations.backfill.control import TimeOfDay
from operations.backfill.definition import Backfill
from operations.backfill.plan import Plan, Scope
from operations.backfill.preflight import other_run_message, preflight
from operations.backfill.preview import population
from operations.backfill.sql import read_only
from operations.models import BackfillRun, BackfillTableLock


class AnotherRunIsActive(Conflict):
    """A run of this backfill, or another run on its table, is active."""

    code = "another_run_is_active"


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
    options: Mapping[str, str] = field(default_factory=dict)

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
        self._check_options()
        return self

    def _check_options(self) -> None:
        known = {option.name: option for option in self.backfill.options}
        for name, answer in self.options.items():
            if name not in known:
                raise BadParameter(f"{self.backfill.name} has no option '{name}'. Leave it out.")
            if answer not in known[name].answers:
                answers = ", ".join(known[name].answers)
                raise BadParameter(f"The option {name} is '{answer}'. Give one of: {answers}.")

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
            **({"options": dict(self.options)} if self.options else {}),
        }

    def plan(self, upper_bound: Any = None) -> Plan:
        """The plan within this request's scope."""
        defaults = {option.name: option.default for option in self.backfill.options}
        return Plan(self.backfill, Scope(self.using, self.tenant, upper_bound, {**defaults, **self.options}))


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
            lock_tables(run, request.backfill, request.using)
    except IntegrityError as error:
        _refuse_second(request)
        raise AnotherRunIsActive(
            f"Another run of {request.backfill.name} has just started. Look at it, then try again."
        ) from error
    return run


def _refuse_second(request: Request) -> None:
    active = BackfillRun.objects.using(request.using).filter(
        backfill=request.backfill.name, is_dry_run=False, status__in=BackfillRun.ACTIVE
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


def lock_tables(run: BackfillRun, backfill: Backfill, using: str) -> None:
    """Take the tables that the run writes, one row each; a unique constraint refuses a second run."""
    for table in backfill.tables:
        BackfillTableLock.objects.using(using).create(table=table, run=run)


def code_version(backfill: Backfill) -> str:
    """A fingerprint of the backfill's own code, so that a later reader knows whether it has changed since."""
    return hashlib.sha256(inspect.getsource(type(backfill)).encode()).hexdigest()[:16]
