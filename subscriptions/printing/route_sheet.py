"""The route sheet on paper: whom to visit in which order, what to leave there, and a place to write what was really left."""

from datetime import datetime
from typing import Any, Final

from accounts.models import Tenant
from billing.printing.paper import Column, Paper, quantity
from subscriptions.models import DailyOrder
from subscriptions.selectors.route_sheet import SKIPPED

STOPS = (
    Column("", 0.8, is_number=True),
    Column("Customer", 5.6),
    Column("Product", 4),
    Column("Leave", 2.4, is_number=True),
    Column("Left", 2),
    Column("Note", 4.4),
)
LOADS = (Column("Product", 6), Column("Lines", 2, is_number=True), Column("Load", 3, is_number=True))
WORDS: Final = {
    SKIPPED: "skip today",
    DailyOrder.Status.NOT_DELIVERED: "not delivered",
    DailyOrder.Status.DELIVERED: "delivered",
}


def printed_route_sheet(sheet: dict[str, Any], tenant: Tenant, *, now: datetime, about: str = "") -> bytes:
    """Print the answer of `route_sheet_of`; `about` names the round and the part of the day."""
    paper = Paper(
        title=f"Route sheet, {sheet['day']:%A %-d %B %Y}",
        business=tenant.name,
        letters=_letters(sheet) + about,
        made=f"Printed {now.astimezone(tenant.zone):%-d %b %Y, %H:%M}",
    )
    count = len(sheet["stops"])
    paper.facts([("Round", about), ("Stops", str(count))])
    if not count:
        paper.words("Nothing is ordered for this day. Generate its orders first.")
    else:
        paper.words("To load", bold=True)
        paper.listing(LOADS, [_load(load) for load in sheet["totals"]])
        paper.words("Stops, in the order of the round", bold=True)
        paper.listing(STOPS, _rows(sheet["stops"]))
        paper.words("Delivered by: ______________________________     Checked by: ______________________________")
    return paper.done()


def _load(load: dict[str, Any]) -> tuple[str, ...]:
    product = f"{load['product_name']} ({load['product_code']})"
    return product, str(load["lines"]), f"{quantity(load['quantity'])} {load['unit']}"


def _rows(stops: list[dict[str, Any]]) -> list[tuple[str, ...]]:
    """One row a line; who it is for stands at the first of them."""
    rows = []
    for number, stop in enumerate(stops, start=1):
        for position, line in enumerate(stop["lines"]):
            who = (str(number), _who(stop)) if position == 0 else ("", "")
            rows.append((*who, *_what(line)))
    return rows


def _who(stop: dict[str, Any]) -> str:
    return "\n".join(part for part in (stop["customer_name"], stop["address"], stop["phone"]) if part)


def _what(line: dict[str, Any]) -> tuple[str, ...]:
    is_skipped = line["status"] == SKIPPED
    slot = f", {line['slot']}" if line["slot"] else ""
    left = "" if line["delivered_quantity"] is None else quantity(line["delivered_quantity"])
    word = WORDS.get(line["status"], "") if not left else ""
    note = " · ".join(part for part in (word, line["note"]) if part)
    return (
        f"{line['product_name']}{slot}",
        "-" if is_skipped else f"{quantity(line['quantity'])} {line['unit']}",
        left,
        note,
    )


def _letters(sheet: dict[str, Any]) -> str:
    parts = []
    for stop in sheet["stops"]:
        parts += [stop["customer_name"], stop["address"]]
        parts += [f"{line['product_name']}{line['note']}{line['unit']}{line['slot']}" for line in stop["lines"]]
    return "".join(parts)
