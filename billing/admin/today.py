"""What the home page says about money: what is owed by age, what came in by day, and what waits to be verified."""

import json
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from django.db.models import Sum
from django.db.models.functions import TruncDate
from django.urls import reverse

from accounts.models import Tenant
from billing.admin.charts import STACKED, dataset, lines_options
from billing.admin.money import grouped, money
from billing.models import Payment
from billing.selectors.owed import BUCKETS, INVOICES, OPENING, SALES, owed_by_age
from billing.selectors.route_money import KEPT

DAYS = 30
COLOURS = ["var(--color-primary-600)", "var(--color-primary-300)", "var(--color-base-400)"]
CAP = 10_000


def waiting_payments(*, tenant: Tenant, now: datetime) -> int:
    """How many payments wait to be verified; the count stops at 10,000."""
    waiting = Payment.objects.filter(tenant=tenant, verification_status=Payment.Verification.PENDING_VERIFICATION)
    return waiting.order_by()[:CAP].count()


def owed(*, tenant: Tenant, now: datetime) -> dict[str, Any]:
    """What customers owe on sales, on invoices and from before, by age; each part leads to its list."""
    debts = owed_by_age(tenant, now=now)
    sums = {kind: sum(ages.values()) for kind, ages in debts.items()}
    total = sum(sums.values())
    series = [
        dataset(kind, [ages.get(name, 0) for name in BUCKETS], colour, tenant.currency)
        for (kind, ages), colour in zip(debts.items(), COLOURS, strict=True)
        if sums[kind]
    ]
    parts = " + ".join(grouped(cents, tenant.currency) for cents in sums.values())
    return {
        "question": "What is owed?",
        "answer": money(total, tenant.currency),
        "chart": {"data": json.dumps({"labels": BUCKETS, "datasets": series}), "options": json.dumps(STACKED)},
        "lines": [
            {"label": kind, "value": money(cents, tenant.currency), "href": unpaid_list(kind, tenant)}
            for kind, cents in sums.items()
        ],
        "foot": f"{parts} = {grouped(total, tenant.currency)} {tenant.currency}; credit is not subtracted",
        "is_wide": True,
    }


def unpaid_list(kind: str, tenant: Tenant) -> str:
    """The list of the debts of one kind."""
    model, narrowed = {
        SALES: ("sale", {"open": "yes"}),
        INVOICES: ("invoice", {"state": "OUTSTANDING", "currency": tenant.currency}),
        OPENING: ("customer", {"opening": "left"}),
    }[kind]
    return f"{reverse(f'admin:billing_{model}_changelist')}?{urlencode(narrowed)}"


def came_in(*, tenant: Tenant, now: datetime) -> dict[str, Any]:
    """What was collected by day and channel and did not go back, in the 30 days up to the newest payment."""
    payments = Payment.objects.filter(tenant=tenant, currency=tenant.currency).counting()
    card = {"question": "What came in?", "href": reverse("admin:billing_payment_changelist"), "is_wide": True}
    newest = payments.order_by("-created_at", "-id").values_list("received_at", flat=True).first()
    if newest is None:
        return {**card, "answer": money(0, tenant.currency), "foot": "No payment was recorded yet."}
    last = tenant.day_of(newest)
    days = [last - timedelta(days=back) for back in reversed(range(DAYS))]
    by_day = payments.order_by().values("channel", day=TruncDate("received_at", tzinfo=tenant.zone))
    rows = list(by_day.filter(day__gte=days[0], day__lte=last).annotate(cents=Sum(KEPT)))
    total = sum(row["cents"] for row in rows)
    return {
        **card,
        "answer": money(total, tenant.currency),
        "chart": {
            "data": json.dumps(lines(rows, days, tenant.currency)),
            "options": json.dumps(lines_options()),
            "kind": "line",
        },
        "foot": f"Received from {days[0]:%-d %B} to {last:%-d %B %Y}, the {DAYS} days up to the newest payment, less refunds",
    }


def lines(rows: list[dict[str, Any]], days: list[Any], currency: str) -> dict[str, Any]:
    """The two largest channels and all others, day by day."""
    sums: dict[str, int] = {}
    for row in rows:
        sums[row["channel"]] = sums.get(row["channel"], 0) + row["cents"]
    first, second, *others = [*sorted(sums, key=sums.__getitem__, reverse=True), "", ""]
    groups = [(label(first), {first}), (label(second), {second}), ("Others", set(others))]
    series = []
    for colour, (name, channels) in zip(COLOURS, groups, strict=True):
        cents = [sum(row["cents"] for row in rows if row["day"] == day and row["channel"] in channels) for day in days]
        if any(cents):
            series.append(
                {
                    **dataset(name, cents, colour, currency),
                    "borderColor": colour,
                    "borderWidth": 2,
                    "pointRadius": 0,
                    "tension": 0.25,
                }
            )
    return {"labels": [f"{day:%-d %b}" for day in days], "datasets": series}


def label(channel: str) -> str:
    """A channel in words."""
    return Payment.Channel(channel).label if channel else ""
