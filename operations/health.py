"""What the *Health* page shows: whether anything is wrong, since when, and what a person should do about it.

Pure data; the page makes words of it. A tenant's people see their own tenant's books, writes and runs; workers and backups are
everybody's. Apps add figures of their own:

    @health_figure(name="links still missing")
    def payments_without_link(*, using: str, tenant: Tenant | None) -> Figure: …

An app's `invariants` module is a good place for it: it is found by itself.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Protocol

from django.db.models import Q

from accounts.models import RefusedWrite, Tenant
from operations.models import BackfillRun, BackupRecord, BooksCheck, Maintenance, WorkerSign

DEAD_AFTER = timedelta(minutes=3)
WAITING_TOO_LONG = timedelta(seconds=15)
LOOK_BACK = timedelta(hours=24)
LISTED = 50


@dataclass(frozen=True, slots=True)
class Figure:
    """A number that an app wants seen: `is_well` False draws attention, `next_step` says what to do about it."""

    value: int
    is_well: bool
    detail: dict[str, Any] = field(default_factory=dict)
    next_step: str = ""


class Measure(Protocol):
    """Measures one figure in the database `using`, for one tenant or (None) for all."""

    def __call__(self, *, using: str, tenant: Tenant | None) -> Figure: ...


@dataclass(frozen=True, slots=True)
class Books:
    """The last check of the books: when, did all hold, and every rule with its numbers. `checked_at` None: never checked."""

    checked_at: datetime | None
    all_hold: bool
    results: list[dict[str, Any]]

    @property
    def broken(self) -> list[dict[str, Any]]:
        """The rules that do not hold."""
        return [result for result in self.results if not result["holds"]]


@dataclass(frozen=True, slots=True)
class Worker:
    """A background worker, and when it last gave a sign of life."""

    name: str
    seen_at: datetime
    is_dead: bool


@dataclass(frozen=True, slots=True)
class Backups:
    """The last whole backup, and the last one that was really restored once."""

    last_at: datetime | None
    last_verified_at: datetime | None
    age: timedelta | None
    verified_age: timedelta | None


@dataclass(frozen=True, slots=True)
class Health:
    """Everything on the Health page, as of one moment."""

    as_of: datetime
    books: Books
    refused_writes: list[RefusedWrite]
    refused_count: int
    failed_runs: list[BackfillRun]
    workers: list[Worker]
    backups: Backups
    waiting_jobs: list[BackfillRun]
    maintenance: list[Maintenance]
    figures: dict[str, Figure]

    @property
    def dead_workers(self) -> list[Worker]:
        """Workers that have been silent for more than three minutes."""
        return [worker for worker in self.workers if worker.is_dead]

    @property
    def no_worker_takes_jobs(self) -> bool:
        """Whether a job waits although a living worker should have taken it, or there is none."""
        return bool(self.waiting_jobs)


_figures: dict[str, Measure] = {}


def health_figure(*, name: str) -> Callable[[Measure], Measure]:
    """Register a figure for the Health page."""

    def register(measure: Measure) -> Measure:
        _figures[name] = measure
        return measure

    return register


def health(*, using: str, tenant: Tenant | None, now: datetime) -> Health:
    """Gather what the Health page shows, for one tenant or (None, superusers) for all."""
    since = now - LOOK_BACK
    refused = RefusedWrite.objects.using(using).of_tenant(tenant).filter(created_at__gte=since)
    runs = BackfillRun.objects.using(using).of_tenant(tenant)
    return Health(
        as_of=now,
        books=_books(using, tenant),
        refused_writes=list(refused.select_related("tenant").order_by("-created_at")[:LISTED]),
        refused_count=refused.count(),
        failed_runs=list(runs.filter(status=BackfillRun.Status.FAILED, finished_at__gte=since)[:LISTED]),
        workers=workers(using=using, now=now),
        backups=backups(using=using, now=now),
        waiting_jobs=list(runs.filter(status=BackfillRun.Status.PENDING, created_at__lt=now - WAITING_TOO_LONG)),
        maintenance=_maintenance(using, tenant, since),
        figures={name: measure(using=using, tenant=tenant) for name, measure in sorted(_figures.items())},
    )


def workers(*, using: str, now: datetime) -> list[Worker]:
    """The background workers that gave a sign of life, and which of them have fallen silent since."""
    signs = WorkerSign.objects.using(using).order_by("name")
    return [Worker(sign.name, sign.seen_at, is_dead=sign.seen_at < now - DEAD_AFTER) for sign in signs]


def backups(*, using: str, now: datetime) -> Backups:
    """How old the last whole backup of this database is; one of single tables could not bring the business back."""
    whole = BackupRecord.objects.filter(database=using, manifest__is_partial=False).order_by("-created_at")
    last = whole.first()
    is_proved = last is None or last.verified_at is not None
    verified = last if is_proved else whole.filter(verified_at__isnull=False).first()
    return Backups(
        last_at=last.created_at if last else None,
        last_verified_at=verified.created_at if verified else None,
        age=now - last.created_at if last else None,
        verified_age=now - verified.created_at if verified else None,
    )


def _maintenance(using: str, tenant: Tenant | None, since: datetime) -> list[Maintenance]:
    """What is frozen, or was in the last 24 hours: of the tenant, and of all."""
    lately = Maintenance.objects.using(using).filter(Q(ended_at=None) | Q(ended_at__gte=since))
    seen = lately if tenant is None else lately.freezing(tenant.pk)
    return list(seen.select_related("tenant", "started_by")[:LISTED])


def _books(using: str, tenant: Tenant | None) -> Books:
    """The whole's last check; where that is broken, the tenant's own, because examples name other people's rows."""
    checks = BooksCheck.objects.using(using).order_by("-started_at", "-id")
    check = checks.filter(tenant=None).first()
    if tenant is not None and (check is None or not check.all_hold):
        check = checks.filter(tenant=tenant).first()
    if check is None:
        return Books(checked_at=None, all_hold=False, results=[])
    return Books(checked_at=check.started_at, all_hold=check.all_hold, results=check.results)
