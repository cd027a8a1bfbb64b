"""What the home page says about money: what is owed by age, what came in by day, and what waits to be verified."""

import json
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Case, CharField, F, Sum, Value, When
from django.db.models.functions import TruncDate
from django.urls import reverse

from accounts.models import Tenant
from billing.admin.charts import AXIS, STACKED, dataset
from billing.admin.money import grouped, money
from billing.models import Customer, Payment, Sale

AGES = [(7, "1–7 days"), (30, "8–30"), (90, "31–90")]
OLDER = "older"
AT_START = "at the start"
DAYS = 30
COLOURS = ["var(--color-primary-600)", "var(--color-primary-300)", "var(--color-base-400)"]
CAP = 10_000


def waiting_payments(*, tenant: Tenant, now: datetime) -> int:
    """How many payments wait to be verified; the count stops at 10,000."""
    waiting = Payment.objects.filter(tenant=tenant, verification_status=Payment.Verification.PENDING_VERIFICATION)
    return waiting.order_by()[:CAP].count()


def owed(*, tenant: Tenant, now: datetime) -> dict[str, Any]:
    """What customers owe on standing sales, by age, and what is left of their opening balances."""
    cents = {**owed_on_sales(tenant, now), AT_START: owed_from_before(tenant)}
    ages = [(name, cents.get(name, 0)) for name in [*(name for _, name in AGES), OLDER, AT_START]]
    total = sum(value for _, value in ages)
    data = {
        "labels": [name for name, _ in ages],
        "datasets": [dataset("Outstanding", [value for _, value in ages], "var(--color-primary-600)")],
    }
    return {
        "question": "What is owed?",
        "href": reverse("admin:billing_sale_changelist"),
        "answer": money(total, tenant.currency),
        "chart": {"data": json.dumps(data), "options": json.dumps(without_legend(STACKED))},
        "foot": f"{' + '.join(grouped(value) for _, value in ages)} = {grouped(total)} {tenant.currency}",
        "is_wide": True,
    }


def owed_on_sales(tenant: Tenant, now: datetime) -> dict[str, int]:
    """Unpaid cents of the tenant's standing sales by age of the sale."""
    aged = [When(sold_at__gte=now - timedelta(days=days), then=Value(name)) for days, name in AGES]
    age = Case(*aged, default=Value(OLDER), output_field=CharField())
    balance = F("total_cents") - F("returned_cents") - F("allocated_cents")
    unpaid = Sale.objects.unpaid().filter(tenant=tenant, currency=tenant.currency)
    rows = unpaid.order_by().values(age=age).annotate(cents=Sum(balance))
    return {row["age"]: row["cents"] for row in rows}


def owed_from_before(tenant: Tenant) -> int:
    """What is left of all opening balances."""
    left = Sum(F("opening_balance_cents") - F("opening_balance_allocated_cents"))
    return Customer.objects.filter(tenant=tenant).aggregate(cents=left)["cents"] or 0


def came_in(*, tenant: Tenant, now: datetime) -> dict[str, Any]:
    """What was collected by day and channel, in the 30 days up to the newest payment."""
    payments = Payment.objects.filter(tenant=tenant, currency=tenant.currency).counting()
    card = {"question": "What came in?", "href": reverse("admin:billing_payment_changelist"), "is_wide": True}
    newest = payments.order_by("-created_at", "-id").values_list("received_at", flat=True).first()
    if newest is None:
        return {**card, "answer": money(0, tenant.currency), "foot": "No payment was recorded yet."}
    last = newest.astimezone(tenant.zone).date()
    days = [last - timedelta(days=back) for back in reversed(range(DAYS))]
    by_day = payments.order_by().values("channel", day=TruncDate("received_at", tzinfo=tenant.zone))
    rows = list(by_day.filter(day__gte=days[0], day__lte=last).annotate(cents=Sum("amount_cents")))
    total = sum(row["cents"] for row in rows)
    return {
        **card,
        "answer": money(total, tenant.currency),
        "chart": {"data": json.dumps(lines(rows, days)), "options": json.dumps(lines_options()), "kind": "line"},
        "foot": f"Received from {days[0]:%-d %B} to {last:%-d %B %Y}, the {DAYS} days up to the newest payment",
    }


def lines(rows: list[dict[str, Any]], days: list[Any]) -> dict[str, Any]:
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
                    **dataset(name, cents, colour),
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


def lines_options() -> dict[str, Any]:
    """Lines that are not stacked, with a few days named below."""
    ticks = {**AXIS["ticks"], "maxTicksLimit": 6, "maxRotation": 0}
    return {
        **STACKED,
        "scales": {"x": {**AXIS, "ticks": ticks, "grid": {"display": False}}, "y": {**AXIS, "beginAtZero": True}},
    }


def without_legend(options: dict[str, Any]) -> dict[str, Any]:
    """A chart of one series needs no legend."""
    return {**options, "plugins": {"legend": {"display": False}}}
