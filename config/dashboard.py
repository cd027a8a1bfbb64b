"""The home page: five questions, each answered by a card that links to the list behind its number.

What has to read many payments or sales is kept for a minute for each business, so that opening the page is always quick.
"""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.db import DEFAULT_DB_ALIAS
from django.http import HttpRequest
from django.utils import timezone
from django.utils.timesince import timesince

from accounts.admin import State, when
from accounts.models import Tenant
from billing.admin.period import business
from billing.admin.today import came_in, owed
from config.kept import kept
from config.sidebar import address_of
from config.waiting import waiting_for
from operations.health import backups, workers
from operations.models import BackfillRun
from operations.services import latest_check

JUST_NOW_SECONDS = 60
ABOUT_MONEY: list[tuple[str, Callable[..., Any]]] = [("owed", owed), ("came_in", came_in)]


def home(request: HttpRequest, context: dict[str, Any]) -> dict[str, Any]:
    """Add the cards to the context of the admin's index."""
    tenant, now = business(request), timezone.now()
    cards = [is_anything_broken(request, tenant, now), what_waits(request, tenant, now)]
    if tenant is not None and request.user.has_perm("billing.view_payment"):
        cards += [what_is_running(request, now)]
        cards += [narrowed(kept(name, tenant, now, ask), request, tenant) for name, ask in ABOUT_MONEY]
    businesses = list(Tenant.objects.order_by("name", "pk")) if request.user.is_superuser else []
    return {**context, "title": "Home", "cards": cards, "business": tenant, "businesses": businesses, "as_of": now}


def narrowed(card: dict[str, Any], request: HttpRequest, tenant: Tenant) -> dict[str, Any]:
    """The card with links to lists of its business alone, for who sees the rows of all."""
    if not request.user.is_superuser:
        return card
    lines = [{**line, "href": f"{line['href']}&tenant__id__exact={tenant.pk}"} for line in card.get("lines", [])]
    href = {"href": f"{card['href']}?tenant__id__exact={tenant.pk}"} if "href" in card else {}
    return {**card, **href, "lines": lines}


def is_anything_broken(request: HttpRequest, tenant: Tenant | None, now: datetime) -> dict[str, Any]:
    """Whether the books held when they were last proved, and which invariant did not."""
    check = latest_check(using=DEFAULT_DB_ALIAS, tenant=tenant) or latest_check(using=DEFAULT_DB_ALIAS, tenant=None)
    card = {
        "question": "Is anything broken?",
        "href": address_of("health") if request.user.has_perm("operations.view_health") else "",
    }
    if check is None:
        return {
            **card,
            "state": State("Never checked", "warning"),
            "foot": "Run check_books, or start a worker: it checks every hour.",
        }
    broken = [result["name"] for result in check.results if not result["holds"]]
    held = f"All {len(check.results)} rules of the books hold"
    return {
        **card,
        "state": State(f"{len(broken)} broken", "danger") if broken else State(held, "success"),
        "lines": [{"label": name, "value": "broken"} for name in broken[:3]],
        "foot": f"Checked {ago(check.started_at, now)}, {when(check.started_at)}",
    }


def what_waits(request: HttpRequest, tenant: Tenant | None, now: datetime) -> dict[str, Any]:
    """What waits for a person, each with the list where it is settled."""
    lines = waiting_for(request.user, tenant, now)
    total = sum(line.count for line in lines)
    return {
        "question": "What waits for me?",
        "state": State(f"{total:,} waiting", "warning") if total else State("Nothing waits", "success"),
        "lines": [{"label": line.label, "value": f"{line.count:,}", "href": line.href} for line in lines],
    }


def what_is_running(request: HttpRequest, now: datetime) -> dict[str, Any]:
    """Active backfills, the last backup's age, and the workers."""
    runs = BackfillRun.objects.for_user(request.user).filter(status__in=BackfillRun.ACTIVE).order_by("-created_at")[:5]
    lines = [
        {
            "label": run.backfill,
            "value": run.get_status_display(),
            "href": address_of("backfill-run", run.backfill, run.pk),
        }
        for run in runs
    ]
    return {
        "question": "What is running?",
        "href": address_of("backfills"),
        "state": State(f"{len(lines)} backfill{'s' if len(lines) > 1 else ''}", "info")
        if lines
        else State("No backfill"),
        "lines": [
            *lines,
            {"label": "Last backup", "value": last_backup(now)},
            {"label": "Workers", "value": workers_in_words(now)},
        ],
    }


def last_backup(now: datetime) -> str:
    """How old the newest whole backup is, and the newest that was really restored once."""
    found = backups(using=DEFAULT_DB_ALIAS, now=now)
    if found.last_at is None:
        return "none yet"
    if found.last_verified_at is None:
        return f"{ago(found.last_at, now)}, never restored"
    if found.last_at == found.last_verified_at:
        return f"{ago(found.last_at, now)}, restored once"
    return f"{ago(found.last_at, now)}; restored once: that of {ago(found.last_verified_at, now)}"


def ago(moment: datetime, now: datetime) -> str:
    """How long ago something was, in its largest unit."""
    return "just now" if (now - moment).total_seconds() < JUST_NOW_SECONDS else f"{timesince(moment, now, depth=1)} ago"


def workers_in_words(now: datetime) -> str:
    """How many workers gave a sign of life lately."""
    seen = workers(using=DEFAULT_DB_ALIAS, now=now)
    silent = sum(worker.is_dead for worker in seen)
    return f"{len(seen) - silent} alive, {silent} silent" if silent else f"{len(seen)} alive"
