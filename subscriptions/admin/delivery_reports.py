"""Pages of reports about what is delivered: performance, what to produce, and the route sheet."""

from datetime import date
from decimal import Decimal
from typing import Any

from accounts.admin import staff_page
from billing.admin.money import money
from billing.admin.period import day
from subscriptions.admin.report_page import Figure, Head, Question, ReportPage, Table, in_days, said
from subscriptions.models import DailyOrder
from subscriptions.printing.route_sheet import printed_route_sheet
from subscriptions.selectors import report_files as files
from subscriptions.selectors.performance import performance_of
from subscriptions.selectors.production import production_of
from subscriptions.selectors.route_sheet import SKIPPED, route_sheet_of

LISTED = 200
STATUS = {**dict(DailyOrder.Status.choices), SKIPPED: "Skip today"}


class RoundPage(ReportPage):
    """A report of one day, or days, of a round."""

    def narrowed(self) -> dict[str, Any]:
        """The round and the part of the day that are asked for."""
        return {"round_id": self.round_id(), "slot": self.asked("slot") or None}


class DayPage(RoundPage):
    """A report of one day."""

    def fields(self) -> list[Question]:
        try:
            day_shown = self.day
        except ValueError:
            day_shown = self.asked("date")
        return [Question("date", "Day", said(day_shown)), *self.round_fields()]

    @property
    def day(self) -> date:
        """The day that is asked for, else today. *Raises* ValueError."""
        return day(self.request, "date") or self.today


@staff_page("dairy/performance/", name="report-performance")
class PerformancePage(RoundPage):
    """How much of what was ordered was delivered."""

    title = "Delivery performance"
    file_name, columns = "performance", files.PERFORMANCE
    explains = (
        "How much of what was ordered for these days was delivered. The variance is actual less planned; an order that was not "
        "delivered counts as planned. Extra items had no order and stand apart."
    )

    def fields(self) -> list[Question]:
        return [*self.day_fields(), *self.round_fields()]

    def report(self) -> dict[str, Any]:
        """The figures."""
        first, last = self.days()
        return performance_of(self.tenant, first=first, last=last, **self.narrowed())

    def rows(self) -> Any:
        return files.view_rows(self.report(), "day", "product", "customer")

    def shown(self) -> dict[str, Any]:
        report = self.report()
        totals, currency = report["totals"], report["currency"]
        views = [
            ("By product", "Product", report["by_product"], lambda row: (row["product_name"], "", row["product_code"])),
            ("By day", "Day", report["by_day"], lambda row: f"{row['day']:%a %-d %b %Y}"),
            (
                "By customer",
                "Customer",
                report["by_customer"],
                lambda row: (row["customer_name"], "", row["customer_number"]),
            ),
        ]
        waiting = f"{totals['not_delivered']:,} not delivered, {totals['waiting']:,} waiting"
        return {
            "heading": in_days(report["from"], report["to"]),
            "tiles": [
                Figure("Orders", f"{totals['orders']:,}"),
                Figure("Delivered", f"{totals['delivered']:,} ({percent(totals)})", waiting),
                Figure("Variance", money(totals["variance_cents"], currency), "actual less planned"),
                Figure(
                    "Extra items", money(totals["extra_cents"], currency), f"{totals['extra_items']:,} without an order"
                ),
            ],
            "tables": [
                delivered(heading, first, rows, words, totals, currency) for heading, first, rows, words in views
            ],
        }


def delivered(heading: str, first: str, rows: list[Any], words: Any, totals: dict[str, Any], currency: str) -> Table:
    """One breakdown; of very many customers the file has all."""
    heads = [
        Head(first), Head("Orders", True), Head("Delivered", True), Head("Done", True), Head("Planned", True),
        Head("Actual", True), Head("Planned value", True), Head("Actual value", True), Head("Variance", True),
        Head("Extra items", True),
    ]  # fmt: skip

    def cells(row: dict[str, Any]) -> list[Any]:
        values = [money(row[f"{name}_cents"], currency) for name in ("planned", "actual", "variance", "extra")]
        counts = [f"{row['orders']:,}", f"{row['delivered']:,}", percent(row)]
        return [*counts, number(row["planned_quantity"]), number(row["actual_quantity"]), *values]

    table = Table(
        heading,
        heads,
        [[words(row), *cells(row)] for row in rows[:LISTED]],
        totals=["All", *cells(totals)],
        empty="Nothing was ordered or delivered in these days.",
    )
    if len(rows) > LISTED:
        table.more = f"The first {LISTED} of {len(rows):,} are shown. The CSV has all."
    return table


def percent(row: dict[str, Any]) -> str:
    """How much of a hundred was delivered."""
    return "-" if row["completion_percent"] is None else f"{row['completion_percent']} %"


def number(quantity: Decimal) -> str:
    """A quantity without empty places.

    >>> number(Decimal("1200.500")), number(Decimal("3.000"))
    ('1,200.5', '3')
    """
    text = f"{quantity:,f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


@staff_page("dairy/production/", name="report-production")
class ProductionPage(DayPage):
    """What must be produced for a day."""

    title = "Production"
    file_name, columns = "production", files.PRODUCTION
    explains = "How much of each product is ordered for a day. The plan does not shrink while deliveries are confirmed."

    def report(self) -> dict[str, Any]:
        """The figures."""
        return production_of(self.tenant, day=self.day, **self.narrowed())

    def rows(self) -> Any:
        return self.report()["lines"]

    def shown(self) -> dict[str, Any]:
        report = self.report()
        currency = report["currency"]
        heads = [
            Head("Product"),
            Head("Orders", True),
            Head("To produce", True),
            Head("Delivered", True),
            Head("Value", True),
        ]
        total = ("All", f"{report['orders']:,}", "", "", money(report["planned_cents"], currency))
        empty = "Nothing is ordered for this day. Generate its orders first."
        products = [product_row(row, currency, row["product_code"]) for row in report["products"]]
        slots = [product_row(row, currency, row["slot"] or "no part of the day") for row in report["lines"]]
        return {
            "heading": f"{report['day']:%A %-d %B %Y}",
            "tables": [
                Table("To produce", heads, products, totals=total, empty=empty),
                Table("By part of the day", heads, slots, empty=empty),
            ],
        }


def product_row(row: dict[str, Any], currency: str, note: str) -> tuple[Any, ...]:
    """One product, of the day or of a part of it."""
    return (
        (row["product_name"], "", note),
        f"{row['orders']:,}",
        f"{number(row['planned_quantity'])} {row['product_unit']}",
        f"{number(row['delivered_quantity'])} {row['product_unit']}",
        money(row["planned_cents"], currency),
    )


@staff_page("dairy/route-sheet/", name="report-route-sheet")
class RouteSheetPage(DayPage):
    """What to leave where."""

    title = "Route sheet"
    file_name, columns, is_printed = "route-sheet", files.ROUTE_SHEET, True
    explains = (
        "The customers of a day in the order of the round, with what to leave there. What a customer cancelled for the day "
        "stands there too, marked as skipped. Nothing disappears when it is delivered."
    )

    def sheet(self) -> dict[str, Any]:
        """The stops."""
        return route_sheet_of(self.tenant, day=self.day, **self.narrowed())

    def rows(self) -> Any:
        return files.sheet_rows(self.sheet())

    def pdf(self) -> bytes:
        return printed_route_sheet(self.sheet(), self.tenant, now=self.now, about=self.about())

    def about(self) -> str:
        """The round and the part of the day in words."""
        on_round = dict(self.rounds).get(self.round_id(), "all rounds")
        return ", ".join(part for part in (on_round, self.asked("slot")) if part)

    def shown(self) -> dict[str, Any]:
        sheet = self.sheet()
        loads = [
            ((load["product_name"], "", load["product_code"]), load["lines"], load_of(load)) for load in sheet["totals"]
        ]
        heads = [
            Head("Stop", True),
            Head("Customer"),
            Head("Product"),
            Head("Leave", True),
            Head("Left", True),
            Head("State"),
            Head("Note"),
        ]
        empty = "Nothing is ordered for this day. Generate its orders first."
        stops = [row for place, stop in enumerate(sheet["stops"], start=1) for row in stop_rows(place, stop)]
        return {
            "heading": f"{sheet['day']:%A %-d %B %Y}, {self.about()}",
            "tables": [
                Table("To load", [Head("Product"), Head("Lines", True), Head("Load", True)], loads, empty=empty),
                Table("Stops", heads, stops, empty=empty),
            ],
        }


def load_of(load: dict[str, Any]) -> str:
    """A quantity with its unit."""
    return f"{number(load['quantity'])} {load['unit']}"


def stop_rows(place: int, stop: dict[str, Any]) -> list[tuple[Any, ...]]:
    """The lines of one customer; who it is stands at the first."""
    rows = []
    for position, line in enumerate(stop["lines"]):
        where = ", ".join(part for part in (stop["round"], stop["address"]) if part)
        who = (place, (stop["customer_name"], "", where)) if position == 0 else ("", "")
        left = line["delivered_quantity"]
        quantity = "-" if line["status"] == SKIPPED else f"{number(line['quantity'])} {line['unit']}"
        rows.append(
            (*who, (line["product_name"], "", line["slot"]), quantity, "" if left is None else number(left),
             STATUS[line["status"]], line["note"])
        )  # fmt: skip
    return rows
