"""What the finance page shows of a summary: tiles, rows and charts, each figure with the way to the invoices behind it."""

import json
from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest
from django.urls import reverse

from accounts.admin import Figure
from accounts.models import Tenant
from accounts.words import counted
from billing.admin.charts import STACKED, dataset
from billing.admin.invoice_filters import AGEING
from billing.admin.money import grouped, money
from billing.models import Invoice
from billing.rules.period import Period
from billing.selectors.finance_rows import Month

MONTHS = 24
NO_MONTH = "No issue yet"
COLOURS = {"collected": "var(--color-primary-600)", "outstanding": "var(--color-base-400)"}
LATENESS = dict(zip(AGEING, ["rm-other", "rm-other", "rm-cash", "rm-late", "rm-old"], strict=True))


class Drill:
    """Addresses of the list of invoices behind a figure."""

    def __init__(self, tenant: Tenant, summary: dict[str, Any], request: HttpRequest) -> None:
        first, last = summary["range"]["from"], summary["range"]["to"]
        self.asked = {"currency": summary["currency"]}
        if first or last:
            self.asked["issued"] = issued(first, last)
        if request.user.is_superuser:
            self.asked["tenant__id__exact"] = str(tenant.pk)
        self.days = Period(first, last)

    def to(self, figure: str, **more: str) -> str:
        """The list behind a figure, narrowed further."""
        return f"{reverse('admin:billing_invoice_changelist')}?{urlencode({**self.asked, 'figure': figure, **more})}"

    def of_month(self, figure: str, first: date) -> str:
        """The list behind a figure of one month, within the period."""
        begins, ends = first, month_end(first)
        begins = max(begins, self.days.first) if self.days.first else begins
        ends = min(ends, self.days.last) if self.days.last else ends
        return self.to(figure, issued=issued(begins, ends))


def issued(first: date | None, last: date | None) -> str:
    """Days of issue as the list of invoices reads them."""
    return f"{first or ''}..{last or ''}"


def month_end(first: date) -> date:
    """The last day of a month.

    >>> month_end(date(2026, 2, 1))
    datetime.date(2026, 2, 28)
    """
    return after(first) - timedelta(days=1)


def after(first: date) -> date:
    """The first day of the next month."""
    return date(first.year + first.month // 12, first.month % 12 + 1, 1)


def tiles(summary: dict[str, Any], links: Drill) -> list[Figure]:
    """The figures that matter most."""
    totals, statuses = summary["totals"], summary["by_status"]
    late = sum(figure["total_cents"] for bucket, figure in summary["ageing"].items() if bucket != "CURRENT")
    legacy = totals["via_legacy_cents"]
    by_old = f"; {grouped(legacy, summary['currency'])} by the old system's word" if legacy else ""
    open_note = f"{count(totals['outstanding'])}; {grouped(late, summary['currency'])} of it late"
    return [
        tile("Outstanding", totals["outstanding"], links.to("outstanding"), summary, open_note),
        tile("Collected", totals["collected"], links.to("collected"), summary, count(totals["collected"]) + by_old),
        tile("Paid in full", statuses["PAID"], links.to("settled"), summary),
        tile("Void, failed and drafts", totals["cancelled"], links.to("cancelled"), summary),
    ]


def tile(label: str, figure: dict[str, int], href: str, summary: dict[str, Any], note: str = "") -> Figure:
    """One figure with the way to its rows."""
    return Figure(label, money(figure["total_cents"], summary["currency"]), note or count(figure), href)


def count(figure: dict[str, int]) -> str:
    """How many invoices a figure counts."""
    return counted(figure["count"], "invoices")


def beside(summary: dict[str, Any]) -> list[Figure]:
    """Money that pays for no invoice."""
    totals, currency = summary["totals"], summary["currency"]
    return [
        Figure(
            "Paid by credits",
            money(totals["credited_cents"], currency),
            "credit notes and write-offs: collected by nobody",
        ),
        Figure(
            "Unallocated", money(totals["unallocated_cents"], currency), "received, and not applied to anything yet"
        ),
        Figure("Overpaid", money(totals["overpaid_cents"], currency), "paid beyond what the named invoice asks for"),
    ]


def sum_shown(summary: dict[str, Any]) -> str:
    """What was asked for is what is collected, credited and outstanding."""
    totals = summary["totals"]
    parts = (totals["collected"]["total_cents"], totals["credited_cents"], totals["outstanding"]["total_cents"])
    currency = summary["currency"]
    collected, credited, outstanding, whole = (grouped(cents, currency) for cents in (*parts, sum(parts)))
    return f"{collected} collected + {credited} by credits + {outstanding} outstanding = {whole} {currency} asked for"


def by_month(months: list[Month], links: Drill) -> list[dict[str, Any]]:
    """One row per month of issue, also those without, the newest 24; what is older stands together in a row before them."""
    months = list(without_gaps(months))
    older, shown = months[:-MONTHS], months[-MONTHS:]
    rows = [month_row(month, links) for month in shown]
    if not older:
        return rows
    collected, outstanding = (
        sum(getattr(month, name) for month in older) for name in ("collected_cents", "outstanding_cents")
    )
    begins, ends = links.days.first, month_end(older[-1].first or date.min)
    hrefs = {f"{name}_href": links.to(name, issued=issued(begins, ends)) for name in COLOURS}
    return [row_of("Before", collected, outstanding, links, hrefs), *rows]


def without_gaps(months: Iterable[Month]) -> Iterator[Month]:
    """The same months, and an empty one wherever nothing was issued between two."""
    before: date | None = None
    for month in months:
        while before and month.first and (expected := after(before)) < month.first:
            yield Month(expected, 0, 0)
            before = expected
        yield month
        before = month.first


def month_row(month: Month, links: Drill) -> dict[str, Any]:
    """A month with links to its invoices."""
    if month.first is None:
        return row_of(NO_MONTH, month.collected_cents, month.outstanding_cents, links, {})
    hrefs = {f"{name}_href": links.of_month(name, month.first) for name in COLOURS}
    return row_of(f"{month.first:%b %Y}", month.collected_cents, month.outstanding_cents, links, hrefs)


def by_source(summary: dict[str, Any], links: Drill) -> list[dict[str, Any]]:
    """One row per source with invoices, links to them beside the figures."""
    rows = []
    for source, figures in summary["by_source"].items():
        hrefs = {f"{name}_href": links.to(name, comes_from=source) for name in COLOURS}
        cents = [figures[name]["total_cents"] for name in COLOURS]
        if any(figures[name]["count"] for name in COLOURS):
            rows.append(row_of(Invoice.Source(source).label, *cents, links, hrefs))
    return rows


def row_of(label: str, collected: int, outstanding: int, links: Drill, hrefs: dict[str, str]) -> dict[str, Any]:
    """A row of a table and a chart."""
    return {
        "label": label,
        "collected_cents": collected,
        "outstanding_cents": outstanding,
        "collected": money(collected, links.asked["currency"]),
        "outstanding": money(outstanding, links.asked["currency"]),
        **hrefs,
    }


def chart(rows: Iterable[dict[str, Any]], currency: str) -> dict[str, str] | None:
    """Collected and outstanding, stacked; nothing to draw without rows."""
    drawn = list(rows)
    if not drawn:
        return None
    series = [
        dataset(name.title(), [row[f"{name}_cents"] for row in drawn], colour, currency)
        for name, colour in COLOURS.items()
    ]
    data = {"labels": [row["label"] for row in drawn], "datasets": series}
    return {"data": json.dumps(data), "options": json.dumps(STACKED)}


def ageing(summary: dict[str, Any], links: Drill) -> list[dict[str, Any]]:
    """What is outstanding, by how late it is: each bucket with its share of the whole."""
    whole = summary["totals"]["outstanding"]["total_cents"]
    return [
        {
            "label": AGEING[bucket],
            "count": figure["count"],
            "money": money(figure["total_cents"], summary["currency"]),
            "share": figure["total_cents"] * 100 // whole if whole else 0,
            "colour": LATENESS[bucket],
            "href": links.to(bucket),
        }
        for bucket, figure in summary["ageing"].items()
    ]
