"""The home page: five questions, each answered by a card that links to the list behind its number.

What has to read many payments or sales is kept for a minute for each business, so that opening the page is always quick.
"""

from collections.abc import Callable
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from django.core.cache import cache
from django.db import DEFAULT_DB_ALIAS
from django.db.models import Count, Value
from django.http import HttpRequest
from django.utils import timezone
from django.utils.timesince import timesince

from accounts.admin import State, when
from accounts.models import Tenant
from billing.admin.period import business
from billing.admin.today import came_in, owed, waiting_payments
from billing.models import GatewayEvent
from billing.rules.period import Period
from cashback.models import CashbackRedemption, LoanPayment, TrackerEntry
from config.sidebar import address_of
from operations.health import backups, workers
from operations.models import BackfillFinding, BackfillRun
from operations.services import latest_check
from routes.models import Route
from subscriptions.admin.invoicing import month_before
from subscriptions.models import BilledPeriod, DailyOrder
from subscriptions.selectors.billable import customers_to_bill

KEPT_SECONDS = 60
CASHBACK_LISTS = {
    "cashback-to-pay": "Redemptions to pay",
    "cashback-to-verify": "Loan payments to verify",
    "cashback-to-approve": "Tracker days to approve",
}
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


def kept(name: str, tenant: Tenant, now: datetime, ask: Callable[..., Any]) -> Any:
    """The answer to a question that reads much, at most a minute old."""
    return cache.get_or_set(f"home-{name}-{tenant.pk}", lambda: ask(tenant=tenant, now=now), KEPT_SECONDS)


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
    """What waits for a person: payments to verify, routes to reconcile, findings to decide, calls, orders of today, cashback."""
    user = request.user
    routes = Route.objects.for_user(user).filter(tenant=tenant, status=Route.Status.COMPLETED).count()
    findings = rows_to_decide(user, tenant)
    payments = kept("waiting", tenant, now, waiting_payments) if tenant else 0
    of_tenant = f"&tenant__id__exact={tenant.pk}" if user.is_superuser and tenant else ""
    payments_list = (
        f"{address_of('billing_payment_changelist')}?verification_status__exact=PENDING_VERIFICATION{of_tenant}"
    )
    routes_list = f"{address_of('routes_route_changelist')}?status__exact=COMPLETED{of_tenant}"
    findings_list = address_of("backfills") + (f"?tenant={tenant.slug}" if user.is_superuser and tenant else "")
    calls = GatewayEvent.objects.for_user(user).filter(tenant=tenant).to_review().count()
    calls_list = f"{address_of('billing_gatewayevent_changelist')}?review=waiting{of_tenant}"
    orders = orders_to_deliver(user, tenant, now) if tenant else 0
    bills = customers_to_invoice(user, tenant, now)
    parked = customers_parked(user, tenant)
    parked_list = f"{address_of('subscriptions_billedperiod_changelist')}?status__exact=PARKED{of_tenant}"
    day = f"{address_of('dairy-today')}?tenant={tenant.slug if tenant else ''}"
    points = cashback_to_decide(user, tenant)
    total = payments + routes + findings + calls + orders + parked + sum(line["count"] for line in [*bills, *points])
    return {
        "question": "What waits for me?",
        "state": State(f"{total:,} waiting", "warning") if total else State("Nothing waits", "success"),
        "lines": [
            {"label": "Payments to verify", "value": f"{payments:,}", "href": payments_list},
            {"label": "Routes to reconcile", "value": f"{routes:,}", "href": routes_list},
            {"label": "Findings to decide", "value": f"{findings:,}", "href": findings_list},
            {"label": "Gateway calls to look at", "value": f"{calls:,}", "href": calls_list},
            *(
                [{"label": "Customers with a parked charge", "value": f"{parked:,}", "href": parked_list}]
                if parked
                else []
            ),
            *([{"label": "Orders to deliver today", "value": f"{orders:,}", "href": day}] if orders else []),
            *bills,
            *points,
        ],
    }


def customers_to_invoice(user: Any, tenant: Tenant | None, now: datetime) -> list[dict[str, Any]]:
    """The last month that is over, while something of it or older is on no invoice: how many customers, and where it is done."""
    if tenant is None or not user.has_perm("subscriptions.invoice_period"):
        return []
    first, last = month_before(tenant.day_of(now))
    count = kept("to-invoice", tenant, now, lambda *, tenant, now: customers_to_bill(tenant, Period(first, last)))
    asked = urlencode({"from": first, "to": last, **({"tenant": tenant.slug} if user.is_superuser else {})})
    href, label = f"{address_of('dairy-invoicing')}?{asked}", f"Customers to invoice up to {last:%-d %B}"
    return [{"label": label, "value": f"{count:,}", "href": href, "count": count}] if count else []


def cashback_to_decide(user: Any, tenant: Tenant | None) -> list[dict[str, Any]]:
    """What waits of cashback, each with its work list: redemptions to pay, loan payments to verify, days to approve."""
    asked = f"?tenant={tenant.slug}" if user.is_superuser and tenant else ""
    waiting = {
        "cashback-to-pay": CashbackRedemption.objects.for_user(user).pending(),
        "cashback-to-verify": LoanPayment.objects.for_user(user).waiting(),
        "cashback-to-approve": TrackerEntry.objects.for_user(user).waiting(),
    }
    first, *others = [
        rows.filter(tenant=tenant).order_by().values(page=Value(page)).annotate(count=Count("pk"))
        for page, rows in waiting.items()
    ]
    counts = {row["page"]: row["count"] for row in first.union(*others, all=True)}
    return [
        {"label": label, "value": f"{counts[page]:,}", "href": f"{address_of(page)}{asked}", "count": counts[page]}
        for page, label in CASHBACK_LISTS.items()
        if page in counts
    ]


def customers_parked(user: Any, tenant: Tenant | None) -> int:
    """How many customers have a usage charge that is so far above the usual that a person must look at it."""
    parked = BilledPeriod.objects.for_user(user).filter(tenant=tenant, status=BilledPeriod.Status.PARKED).order_by()
    return parked.values("subscription__customer").distinct().count()


def orders_to_deliver(user: Any, tenant: Tenant, now: datetime) -> int:
    """How many orders of today, where the business is, are not confirmed yet."""
    today = DailyOrder.objects.for_user(user).of_tenant(tenant).of_day(tenant.day_of(now))
    return today.filter(status=DailyOrder.Status.GENERATED).count()


def rows_to_decide(user: Any, tenant: Tenant | None) -> int:
    """How many rows wait for a person: each once, however many runs found it; a preview alone asks nobody."""
    found = BackfillFinding.objects.for_user(user).filter(tenant=tenant, needs_decision=True, run__is_dry_run=False)
    return found.undecided().order_by().values("backfill", "row_id").distinct().count()


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
    return "just now" if (now - moment).total_seconds() < KEPT_SECONDS else f"{timesince(moment, now, depth=1)} ago"


def workers_in_words(now: datetime) -> str:
    """How many workers gave a sign of life lately."""
    seen = workers(using=DEFAULT_DB_ALIAS, now=now)
    silent = sum(worker.is_dead for worker in seen)
    return f"{len(seen) - silent} alive, {silent} silent" if silent else f"{len(seen)} alive"
