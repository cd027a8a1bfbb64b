"""Reports as CSV files, line by line: the same figures as on the page and in the API, amounts in cents."""

import csv
from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from decimal import Decimal
from typing import Any, Final

from operations.selectors.findings_csv import Line, safe_cell
from subscriptions.selectors.outstanding import AMOUNTS, WHO

OUTSTANDING: Final = (
    *(name for name in WHO if name != "round_id"),
    *(f"{name.lower()}_cents" for name in AMOUNTS),
    "anomalies",
)
STATEMENT: Final = (
    "day",
    "kind",
    "text",
    "quantity",
    "unit_price_cents",
    "charged_cents",
    "paid_cents",
    "balance_cents",
)
COLLECTION: Final = (
    "view",
    "day",
    "channel",
    "collector",
    "payments",
    "received_cents",
    "refunded_cents",
    "kept_cents",
    "applied_cents",
    "unapplied_cents",
)
PERFORMANCE: Final = (
    "view",
    "day",
    "product_code",
    "product_name",
    "customer_number",
    "customer_name",
    "orders",
    "delivered",
    "not_delivered",
    "waiting",
    "completion_percent",
    "planned_quantity",
    "actual_quantity",
    "variance_quantity",
    "planned_cents",
    "actual_cents",
    "variance_cents",
    "extra_items",
    "extra_quantity",
    "extra_cents",
)
PRODUCTION: Final = (
    "product_code",
    "product_name",
    "product_unit",
    "slot",
    "orders",
    "customers",
    "planned_quantity",
    "delivered_quantity",
    "planned_cents",
)
ROUTE_SHEET: Final = (
    "round",
    "position",
    "customer_number",
    "customer_name",
    "phone",
    "address",
    "slot",
    "product_code",
    "product_name",
    "unit",
    "status",
    "quantity",
    "delivered_quantity",
    "note",
)


def file_lines(columns: Sequence[str], rows: Iterable[dict[str, Any]]) -> Iterator[str]:
    """Yield the head line and one line per row; what a row does not have is an empty cell."""
    writer = csv.writer(Line())
    yield writer.writerow(columns)
    for row in rows:
        yield writer.writerow([_cell(row.get(name)) for name in columns])


def statement_rows(statement: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Opening, each line, closing."""
    yield {"day": statement["from"], "kind": "opening", "balance_cents": statement["opening_cents"]}
    yield from statement["lines"]
    sums = {name: statement[name] for name in ("charged_cents", "paid_cents")}
    yield {"day": statement["to"], "kind": "closing", **sums, "balance_cents": statement["closing_cents"]}


def view_rows(report: dict[str, Any], *views: str) -> Iterator[dict[str, Any]]:
    """The views of a report one after the other, each row with its view's name; the totals last."""
    for view in views:
        for row in report[f"by_{view}"]:
            yield {"view": view, **row}
    yield {"view": "total", **report["totals"]}


def sheet_rows(sheet: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Each line of each stop."""
    for stop in sheet["stops"]:
        about = {name: value for name, value in stop.items() if name != "lines"}
        for line in stop["lines"]:
            yield {**about, **line}


def _cell(value: Any) -> str:
    if isinstance(value, Decimal):
        return f"{value:f}"
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, list):
        return " ".join(value)
    return safe_cell(value)
