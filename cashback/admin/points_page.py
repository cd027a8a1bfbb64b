"""Points by month: how many were issued, redeemed and removed, and how many people have; a picture, and the figures beside it."""

import json
from typing import Any

from accounts.admin import Figure, staff_page
from billing.admin.charts import STACKED
from cashback.admin.business_page import PointsOfBusiness
from cashback.admin.points import points, signed
from cashback.selectors.balances import points_by_month

MONTHS = 12
HUNDRED = 100
SERIES = [
    ("Issued", "issued_cents", "var(--color-primary-600)"),
    ("Redeemed", "redeemed_cents", "var(--color-primary-300)"),
    ("Removed", "removed_cents", "var(--color-base-400)"),
]


@staff_page("cashback/points/", name="cashback-points")
class PointsPage(PointsOfBusiness):
    """A year of points, up to this month."""

    title = "Points by month"
    permission_required = "cashback.view_points"
    template_name = "cashback/points.html"
    explains = (
        "What was issued, redeemed and removed in each month, less what went back in it. Outstanding is what people have at its "
        "end, less what they owe: the last month's, and what was issued since, less redeemed and removed."
    )

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        since = first_of(self.today.year * 12 + self.today.month - MONTHS)
        months = points_by_month(self.tenant, since=self.today.replace(year=since[0], month=since[1], day=1))
        return {
            **super().get_context_data(**kwargs),
            "chart": flows_chart(months) if months else None,
            "line": outstanding_chart(months) if months else None,
            "months": [cells(month) for month in reversed(months)],
            "tiles": tiles(months),
            "sum_shown": sum_shown(months),
            "ledger": self.address("cashback_cashbacktransaction_changelist"),
        }


def first_of(months: int) -> tuple[int, int]:
    """Year and month of a number of months since the year 0.

    >>> first_of(2026 * 12 + 3 - 12), first_of(2026 * 12 + 12 - 12)
    ((2025, 4), (2026, 1))
    """
    return months // 12, months % 12 + 1


def cells(month: dict[str, Any]) -> dict[str, Any]:
    """One month as a row of the table."""
    return {"month": month["month"], **{name: points(month[name]) for name in month if name.endswith("_cents")}}


def tiles(months: list[dict[str, Any]]) -> list[Figure]:
    """The year in four figures."""
    sums = {name: sum(month[name] for month in months) for _, name, _ in SERIES}
    outstanding = months[-1]["outstanding_cents"] if months else 0
    return [
        Figure("Outstanding now", points(outstanding), "what people have, less what they owe"),
        *(Figure(words, points(sums[name]), f"in the last {MONTHS} months") for words, name, _ in SERIES),
    ]


def sum_shown(months: list[dict[str, Any]]) -> str:
    """Outstanding at the beginning, with what happened since, is outstanding now."""
    if not months:
        return ""
    issued, redeemed, removed = (sum(month[name] for month in months) for _, name, _ in SERIES)
    now = months[-1]["outstanding_cents"]
    before = now - issued + redeemed + removed
    words = [f"{signed(before)} before", f"+ {signed(issued)} issued", f"− {signed(redeemed)} redeemed"]
    return " ".join([*words, f"− {signed(removed)} removed", f"= {signed(now)} outstanding"])


def flows_chart(months: list[dict[str, Any]]) -> dict[str, str]:
    """Issued, redeemed and removed, side by side for each month."""
    scales = {axis: {**STACKED["scales"][axis], "stacked": False} for axis in ("x", "y")}  # type: ignore[index]
    series = [
        {
            "label": words,
            "data": [month[name] / HUNDRED for month in months],
            "backgroundColor": colour,
            "maxBarThickness": 28,
            "displayYAxis": True,
        }
        for words, name, colour in SERIES
    ]
    return {"data": data_of(months, series), "options": json.dumps({**STACKED, "scales": scales})}


def outstanding_chart(months: list[dict[str, Any]]) -> dict[str, str]:
    """What people have at the end of each month."""
    line = {
        "label": "Outstanding",
        "data": [month["outstanding_cents"] / HUNDRED for month in months],
        "borderColor": "var(--color-primary-600)",
        "backgroundColor": "var(--color-primary-600)",
        "borderWidth": 3,
        "pointRadius": 3,
        "tension": 0,
        "displayYAxis": True,
    }
    scales = {axis: {**STACKED["scales"][axis], "stacked": False} for axis in ("x", "y")}  # type: ignore[index]
    return {"data": data_of(months, [line]), "options": json.dumps({**STACKED, "scales": scales})}


def data_of(months: list[dict[str, Any]], series: list[dict[str, Any]]) -> str:
    """The months and their series, as the chart takes them."""
    return json.dumps({"labels": [f"{month['month']:%b %Y}" for month in months], "datasets": series})
