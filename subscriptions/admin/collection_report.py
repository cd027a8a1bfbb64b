"""The page of what came in: by day, by channel, by collector."""

from typing import Any

from accounts.admin import staff_page
from accounts.words import counted
from billing.admin.money import grouped, money
from subscriptions.admin.report_page import Figure, Head, Question, ReportPage, Table, in_days
from subscriptions.selectors import report_files as files
from subscriptions.selectors.collection import collection_of


@staff_page("dairy/collection/", name="report-collection")
class CollectionPage(ReportPage):
    """What came in."""

    title = "Collection"
    file_name, columns = "collection", files.COLLECTION
    explains = (
        "The payments that are money in, by the day on which they were received, by channel and by who collected them. Kept is "
        "what was received less what went back; applied is what of it pays for something now."
    )

    def fields(self) -> list[Question]:
        return self.day_fields()

    def report(self) -> dict[str, Any]:
        """The figures."""
        first, last = self.days()
        return collection_of(self.tenant, first=first, last=last)

    def rows(self) -> Any:
        return files.view_rows(self.report(), "day", "channel", "collector")

    def shown(self) -> dict[str, Any]:
        report = self.report()
        totals, currency = report["totals"], report["currency"]
        kept = [
            grouped(totals[f"{name}_cents"], currency)
            for name in ("received", "refunded", "kept", "applied", "unapplied")
        ]
        views = [
            ("By channel", "Channel", report["by_channel"], lambda row: row["label"]),
            ("By collector", "Collector", report["by_collector"], lambda row: row["collector"]),
            ("By day", "Day", report["by_day"], lambda row: f"{row['day']:%a %-d %b %Y}"),
        ]
        return {
            "heading": in_days(report["from"], report["to"]),
            "tiles": [
                Figure("Received", money(totals["received_cents"], currency), counted(totals["payments"], "payments")),
                Figure("Kept", money(totals["kept_cents"], currency), "received less given back"),
                Figure("Applied", money(totals["applied_cents"], currency)),
                Figure("Not applied", money(totals["unapplied_cents"], currency), "customers' credit"),
            ],
            "sum_heading": "It adds up",
            "sum_shown": "{} received − {} given back = {} kept = {} applied + {} not applied".format(*kept),
            "tables": [
                collected(heading, first, rows, words, totals, currency) for heading, first, rows, words in views
            ],
        }


def collected(heading: str, first: str, rows: Any, words: Any, totals: dict[str, int], currency: str) -> Table:
    """One breakdown of the payments."""
    names = ("received", "refunded", "kept", "applied", "unapplied")
    labels = ("Received", "Given back", "Kept", "Applied", "Not applied")
    heads = [Head(first), Head("Payments", True), *(Head(label, True) for label in labels)]

    def cells(row: dict[str, Any]) -> list[Any]:
        return [f"{row['payments']:,}", *(money(row[f"{name}_cents"], currency) for name in names)]

    empty = "No payment was received in these days."
    return Table(
        heading, heads, [[words(row), *cells(row)] for row in rows], totals=["All", *cells(totals)], empty=empty
    )
