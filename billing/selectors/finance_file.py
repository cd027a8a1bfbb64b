"""The finance summary as a CSV file: every figure that the page and the API tell, one a line, amounts in cents.

A line says what its figure is about (`total`, `source`, `status`, `late`, `month`), of which of them, and which figure: so a
spreadsheet filters by `about`, and the lines of one `about` and `figure` add up to the total of that figure.
"""

import csv
from collections.abc import Iterable, Iterator
from typing import Any, Final

from accounts.models import Tenant
from billing.rules.period import Period
from billing.selectors.finance_rows import Month, finance_by_month
from operations.selectors.findings_csv import Line, safe_cell

COLUMNS: Final = ("about", "of", "figure", "invoices", "total_cents", "currency", "from", "to")
FIGURES: Final = ("outstanding", "collected", "cancelled")
SUMS: Final = ("credited_cents", "via_legacy_cents", "overpaid_cents", "unallocated_cents")


def finance_csv_lines(tenant: Tenant, summary: dict[str, Any]) -> Iterator[str]:
    """Answer the head line and one line per figure of a `finance_summary` of this business, then its months of issue.

    *Money*: cents of the summary's currency. Sums that count no invoices have no count; days are empty when unbounded.
    """
    days = Period(summary["range"]["from"], summary["range"]["to"])
    months = finance_by_month(tenant, days=days, currency=summary["currency"])
    asked = (summary["currency"], days.first, days.last)
    return _lines((*figure, *asked) for figure in (*_figures(summary), *_months(months)))


def _lines(rows: Iterable[tuple[Any, ...]]) -> Iterator[str]:
    writer = csv.writer(Line())
    yield writer.writerow(COLUMNS)
    for row in rows:
        yield writer.writerow([safe_cell(value) for value in row])


def _figures(summary: dict[str, Any]) -> Iterator[tuple[Any, ...]]:
    totals = summary["totals"]
    for name in FIGURES:
        yield "total", "", name, totals[name]["count"], totals[name]["total_cents"]
    for name in SUMS:
        yield "total", "", name.removesuffix("_cents"), None, totals[name]
    for source, figures in summary["by_source"].items():
        for name, figure in figures.items():
            yield "source", source, name, figure["count"], figure["total_cents"]
    for status, figure in summary["by_status"].items():
        yield "status", status, status.lower(), figure["count"], figure["total_cents"]
    for bucket, figure in summary["ageing"].items():
        yield "late", bucket, "outstanding", figure["count"], figure["total_cents"]


def _months(months: Iterable[Month]) -> Iterator[tuple[Any, ...]]:
    for month in months:
        of = f"{month.first:%Y-%m}" if month.first else "not issued"
        yield "month", of, "collected", None, month.collected_cents
        yield "month", of, "outstanding", None, month.outstanding_cents
