"""The sheet that whoever delivers takes along: each customer of a day in the order of the round, with what to leave there.

A line stays on the sheet when it is delivered: the sheet of the day is the same in the evening as in the morning, with what
became of each line. Lines that a customer cancelled for the day stand on it too, marked as skipped, so that nobody leaves milk
out of habit.
"""

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from itertools import groupby
from typing import Any, Final
from uuid import UUID

from accounts.models import Tenant
from subscriptions.models import DailyOrder, Delivery
from subscriptions.selectors.wanted import planned

SKIPPED: Final = "SKIPPED"
LAST: Final = 10**9  # who has no place on the round comes after everybody who has


def route_sheet_of(
    tenant: Tenant,
    *,
    day: date,
    orders: Any = None,
    rounds: Any = None,
    round_id: UUID | None = None,
    slot: str | None = None,
) -> dict[str, Any]:
    """Answer the stops of a day: `stops`, each with `lines`; and `totals`, what to load by product.

    `orders` and `rounds` narrow to what a person may see (`DailyOrder.objects.for_user(user)`). Three queries.
    """
    rows = DailyOrder.objects.of_tenant(tenant) if orders is None else orders.of_tenant(tenant)
    rows = rows.wanted().of_day(day).select_related("customer", "product", "round")
    skipped = planned(tenant, day).filter(
        planned=0, quantity__gt=0, standing_order__customer__is_active=True, standing_order__product__is_active=True
    )
    skipped = skipped if rounds is None else skipped.filter(standing_order__customer__round__in=rounds)
    if round_id is not None:
        rows, skipped = rows.filter(round=round_id), skipped.filter(standing_order__customer__round=round_id)
    if slot is not None:
        rows, skipped = rows.filter(slot=slot), skipped.filter(standing_order__slot=slot)
    lines = [*_orders(rows), *_skips(skipped)]
    lines.sort(key=_place)
    stops = [
        _stop(list(of_stop)) for _, of_stop in groupby(lines, key=lambda line: (line["round"], line["customer_id"]))
    ]
    return {"tenant": tenant.name, "day": day, "currency": tenant.currency, "stops": stops, "totals": _loads(lines)}


def _orders(rows: Any) -> Iterator[dict[str, Any]]:
    delivered = dict(
        Delivery.objects.standing()
        .filter(daily_order__in=rows.order_by().values("pk"))
        .values_list("daily_order_id", "quantity")
    )
    for order in rows:
        yield {
            **_who(order.customer, order.round),
            **_what(order.product),
            "slot": order.slot,
            "status": order.status,
            "quantity": order.planned_quantity,
            "delivered_quantity": delivered.get(order.pk),
            "note": order.note,
        }


def _skips(rows: Any) -> Iterator[dict[str, Any]]:
    related = rows.select_related("standing_order__customer__round", "standing_order__product")
    for row in related:
        standing = row.standing_order
        yield {
            **_who(standing.customer, standing.customer.round),
            **_what(standing.product),
            "slot": standing.slot,
            "status": SKIPPED,
            "quantity": Decimal(0),
            "delivered_quantity": None,
            "note": row.note_then,
        }


def _who(customer: Any, on_round: Any) -> dict[str, Any]:
    return {
        "customer_id": customer.pk,
        "customer_number": customer.number,
        "customer_name": customer.name,
        "phone": customer.phone,
        "address": customer.address,
        "round": on_round.name if on_round else "",
        "position": customer.round_position,
    }


def _what(product: Any) -> dict[str, Any]:
    return {"product_code": product.code, "product_name": product.name, "unit": product.unit}


def _place(line: dict[str, Any]) -> tuple[Any, ...]:
    """By round (none last), then by the place on it, then by name."""
    position = LAST if line["position"] is None else line["position"]
    who = (not line["round"], line["round"], position, line["customer_name"], str(line["customer_id"]))
    return (*who, line["slot"], line["product_code"])


def _stop(lines: list[dict[str, Any]]) -> dict[str, Any]:
    about_line = ("slot", "product_code", "product_name", "unit", "status", "quantity", "delivered_quantity", "note")
    first = {name: value for name, value in lines[0].items() if name not in about_line}
    return {**first, "lines": [{name: line[name] for name in about_line} for line in lines]}


def _loads(lines: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """What to load: every product with its planned quantity."""
    loads: dict[str, dict[str, Any]] = {}
    for line in lines:
        if line["status"] == SKIPPED:
            continue
        about = {name: line[name] for name in ("product_code", "product_name", "unit")}
        load = loads.setdefault(line["product_code"], {**about, "quantity": Decimal(0), "lines": 0})
        load["quantity"] += line["quantity"]
        load["lines"] += 1
    return [loads[code] for code in sorted(loads)]
