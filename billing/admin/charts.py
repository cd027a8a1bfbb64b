"""Charts: pictures of figures that stand beside them as a table. Colours are the theme's."""

import json
from collections.abc import Iterable
from typing import Any

from billing.money import digits_after_unit

AXIS = {"grid": {"display": True, "tickWidth": 0}, "border": {"display": False}, "ticks": {"color": "#9ca3af"}}
STACKED = {
    "maintainAspectRatio": False,
    "responsive": True,
    "animation": False,
    "plugins": {
        "legend": {
            "display": True,
            "position": "bottom",
            "align": "start",
            "labels": {"boxWidth": 10, "boxHeight": 10, "color": "#9ca3af"},
        }
    },
    "scales": {
        "x": {**AXIS, "stacked": True, "grid": {"display": False}},
        "y": {**AXIS, "stacked": True, "beginAtZero": True},
    },
}


def collected_chart(rows: Iterable[tuple[str, dict[str, Any]]], currency: str) -> dict[str, str] | None:
    """Expected per row, stacked: cash, other payments, and what is outstanding; nothing to draw without figures."""
    named = [(name, row) for name, row in rows if row["expected_cents"] or row["total_collected_cents"]]
    if not named:
        return None
    figures = [row for _, row in named]
    other = [row["total_collected_cents"] - row["collected_cash_cents"] for row in figures]
    datasets = [
        dataset("Cash", [row["collected_cash_cents"] for row in figures], "var(--color-primary-600)", currency),
        dataset("Other payments", other, "var(--color-primary-300)", currency),
        dataset(
            "Outstanding",
            [max(0, row["current_outstanding_cents"]) for row in figures],
            "var(--color-base-400)",
            currency,
        ),
    ]
    data = {"labels": [name for name, _ in named], "datasets": datasets}
    return {"data": json.dumps(data), "options": json.dumps(STACKED)}


def lines_options() -> dict[str, Any]:
    """Lines that are not stacked, with a few days named below."""
    ticks = {**AXIS["ticks"], "maxTicksLimit": 6, "maxRotation": 0}
    return {
        **STACKED,
        "scales": {"x": {**AXIS, "ticks": ticks, "grid": {"display": False}}, "y": {**AXIS, "beginAtZero": True}},
    }


def dataset(label: str, cents: list[int], colour: str, currency: str) -> dict[str, Any]:
    """One series of a stacked chart, in units of currency (a picture may round)."""
    return {
        "label": label,
        "data": [value / 10 ** digits_after_unit(currency) for value in cents],
        "backgroundColor": colour,
        "maxBarThickness": 44,
        "displayYAxis": True,
    }
