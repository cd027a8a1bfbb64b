"""The Health page: whether the books hold, what did not go through, and whether workers and backups are alive."""

from datetime import datetime, timedelta
from typing import Any

from django.db import DEFAULT_DB_ALIAS
from django.urls import reverse
from django.utils import timezone
from django.utils.timesince import timesince

from accounts.admin import Card, Figure, StaffPage, State, staff_page, when
from accounts.models import RefusedWrite
from operations.admin.backfills import run_state
from operations.models import BackfillRun, BackupRecord, BooksCheck, WorkerSign
from operations.services import latest_check

LATE_AFTER = timedelta(minutes=3)
REFUSED_SINCE = timedelta(hours=24)
LISTED = 50


@staff_page("health/", name="health")
class HealthPage(StaffPage):
    """The last results with their time and numbers."""

    title = "Health"
    permission_required = "operations.view_health"
    template_name = "operations/health.html"
    explains = "The books, rule by rule, as they were last proved; money writes that were refused or failed; workers and backups."

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        now, user = timezone.now(), self.request.user
        check = latest_check(using=DEFAULT_DB_ALIAS, tenant=user.tenant) or latest_check(
            using=DEFAULT_DB_ALIAS, tenant=None
        )
        refused = RefusedWrite.objects.for_user(user).filter(created_at__gte=now - REFUSED_SINCE)
        failed = BackfillRun.objects.for_user(user).filter(status=BackfillRun.Status.FAILED)
        return {
            **super().get_context_data(**kwargs),
            "card": books_card(check, now),
            "rules": [rule_row(result, self.may_see_numbers(check)) for result in check.results] if check else [],
            "refused": list(refused.order_by("-created_at", "-id")[:LISTED]),
            "workers": [worker_row(sign, now) for sign in WorkerSign.objects.order_by("name")],
            "backups": list(BackupRecord.objects.order_by("-created_at", "-id")[:5]) if user.is_superuser else [],
            "failed": [failed_row(run) for run in failed.order_by("-created_at", "-id")[:5]],
        }

    def may_see_numbers(self, check: BooksCheck | None) -> bool:
        """Examples name rows; those of a check of all businesses are for superusers."""
        return check is not None and (self.request.user.is_superuser or check.tenant_id == self.request.user.tenant_id)


def books_card(check: BooksCheck | None, now: datetime) -> Card:
    """Whether the books hold, and since when that is known."""
    if check is None:
        cure = "Run check_books in the terminal, or start a worker: it checks every hour."
        return Card(what=f"The books were never proved. {cure}", state=State("Never checked", "warning"))
    broken = sum(not result["holds"] for result in check.results)
    return Card(
        what=f"Proved {timesince(check.started_at, now, depth=1)} ago, on {when(check.started_at)}.",
        state=State(f"{broken} broken", "danger") if broken else State("All hold", "success"),
        figures=[
            Figure("Rules", str(len(check.results))),
            Figure("hold", str(len(check.results) - broken)),
            Figure("Took", f"{check.duration_seconds:,.1f} s"),
        ],
    )


def rule_row(result: dict[str, Any], with_numbers: bool) -> dict[str, Any]:
    """One rule of the books with its state, its number of violations and the first of them."""
    holds = result["holds"]
    return {
        "part": result["part"],
        "name": result["name"].replace("_", " "),
        "state": State("Holds", "success") if holds else State("Broken", "danger"),
        "violations": result["violations"],
        "error": result["error"],
        "examples": [example["where"] for example in result["examples"][:3]] if with_numbers else [],
    }


def worker_row(sign: WorkerSign, now: datetime) -> dict[str, Any]:
    """A worker with the time of its last sign of life."""
    alive = now - sign.seen_at < LATE_AFTER
    state = State("Alive", "success") if alive else State("Silent", "danger")
    return {"name": sign.name, "seen": f"{timesince(sign.seen_at, now, depth=1)} ago", "state": state}


def failed_row(run: BackfillRun) -> dict[str, Any]:
    """A failed run with its error and a link."""
    href = reverse("admin:operations_backfillrun_change", args=[run.pk])
    return {"run": run, "state": run_state(run), "error": run.error, "href": href}
