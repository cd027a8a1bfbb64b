"""The Health page: the words for what `operations.health` gathers."""

from datetime import datetime
from typing import Any

from django.db import DEFAULT_DB_ALIAS
from django.urls import reverse
from django.utils import timezone
from django.utils.timesince import timesince

from accounts.admin import Card, StaffPage, State, staff_page, when
from accounts.admin import Figure as Shown
from operations.admin.backfills import run_state
from operations.health import Figure, Health, health
from operations.models import BackfillRun, Maintenance
from operations.selectors.maintenance import clock, until, whose

NO_WORKER = "A job waits and no worker takes it. Start one: make run starts web and worker."


@staff_page("health/", name="health")
class HealthPage(StaffPage):
    """The last results with their time and numbers."""

    title = "Health"
    permission_required = "operations.view_health"
    template_name = "operations/health.html"
    explains = (
        "The books, rule by rule, as they were last proved; money writes that were refused or failed in the last 24 hours; "
        "workers, maintenance and backups."
    )

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        now, user = timezone.now(), self.request.user
        found = health(using=DEFAULT_DB_ALIAS, tenant=None if user.is_superuser else user.tenant, now=now)
        return {
            **super().get_context_data(**kwargs),
            "card": books_card(found, now),
            "health": found,
            "rules": [rule_row(result) for result in found.books.results],
            "figures": [figure_row(name, figure) for name, figure in found.figures.items()],
            "workers": [worker_row(worker, now) for worker in found.workers],
            "backups": backup_lines(found, now),
            "maintenance": [maintenance_row(row, now) for row in found.maintenance],
            "failed": [run_row(run) for run in found.failed_runs],
            "waiting": [run_row(run) for run in found.waiting_jobs],
        }


def books_card(found: Health, now: datetime) -> Card:
    """Whether the books hold, and since when that is known."""
    books, warning = found.books, NO_WORKER if found.no_worker_takes_jobs else ""
    if books.checked_at is None:
        cure = "Run check_books in the terminal, or start a worker: it checks every hour."
        return Card(
            what=f"The books were never proved. {cure}", state=State("Never checked", "warning"), warning=warning
        )
    broken = len(books.broken)
    return Card(
        what=f"Proved {timesince(books.checked_at, now, depth=1)} ago, on {when(books.checked_at)}.",
        state=State("All hold", "success") if books.all_hold else State(f"{broken} broken", "danger"),
        figures=[
            Shown("Rules", str(len(books.results))),
            Shown("hold", str(len(books.results) - broken)),
            Shown("Writes refused in 24 hours", f"{found.refused_count:,}"),
            Shown("Workers alive", str(len(found.workers) - len(found.dead_workers))),
        ],
        warning=warning,
    )


def rule_row(result: dict[str, Any]) -> dict[str, Any]:
    """One rule of the books with its state, its number of violations and the first of them."""
    state = State("Holds", "success") if result["holds"] else State("Broken", "danger")
    examples = [example["where"] for example in result["examples"][:3]]
    return {**result, "state": state, "examples": examples}


def figure_row(name: str, figure: Figure) -> dict[str, Any]:
    """A figure that an app wants seen, with what to do about it."""
    state = State("Well", "success") if figure.is_well else State("Look at it", "warning")
    detail = ", ".join(f"{key.replace('_', ' ')}: {value}" for key, value in figure.detail.items())
    return {
        "name": name.capitalize(),
        "value": f"{figure.value:,}",
        "state": state,
        "detail": detail,
        "next": figure.next_step,
    }


def worker_row(worker: Any, now: datetime) -> dict[str, Any]:
    """A worker with the time of its last sign of life."""
    state = State("Silent", "danger") if worker.is_dead else State("Alive", "success")
    return {"name": worker.name, "seen": f"{timesince(worker.seen_at, now, depth=1)} ago", "state": state}


def backup_lines(found: Health, now: datetime) -> list[dict[str, Any]]:
    """The last whole backup, and the last one that was really restored once."""
    made, proved = found.backups.last_at, found.backups.last_verified_at
    return [
        {"name": "Last whole backup", "at": made, "age": age(made, now), "cure": "backup_database makes one"},
        {
            "name": "Last one restored as a test",
            "at": proved,
            "age": age(proved, now),
            "cure": "verify_backup restores one",
        },
    ]


def age(moment: datetime | None, now: datetime) -> str:
    """How long ago something was; nothing when it never was."""
    return f"{timesince(moment, now, depth=1)} ago" if moment else ""


def maintenance_row(row: Maintenance, now: datetime) -> dict[str, Any]:
    """Whose writes are frozen or were, since when, until when, by whom and why."""
    is_on = row.ended_at is None
    return {
        "whose": whose(row),
        "state": State("Frozen", "warning") if is_on else State("Over"),
        "since": clock(row.started_at),
        "until": until(row, now) if is_on else clock(row.ended_at),
        "by": row.started_by or "an operator at the terminal",
        "why": row.reason,
    }


def run_row(run: BackfillRun) -> dict[str, Any]:
    """A run with its state, its error and a link."""
    href = reverse("admin:backfill-run", args=[run.backfill, run.pk])
    return {"run": run, "state": run_state(run), "error": run.error, "href": href}
