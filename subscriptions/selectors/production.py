"""What must be produced for a day: how much of each product, by part of the day, and what of it has been delivered so far.

The plan is the orders of the day, delivered or not: it does not shrink while deliveries are confirmed.
"""

from collections import defaultdict
from datetime import date
from typing import Any, Final
from uuid import UUID

from django.db.models import BigIntegerField, Count, Sum
from django.db.models.functions import Cast

from accounts.models import Tenant
from subscriptions.models import DailyOrder, Delivery
from subscriptions.selectors.performance import as_quantity, thousandths, value_cents

PRODUCT: Final = ("product_id", "product__code", "product__name", "product__unit")


def production_of(
    tenant: Tenant, *, day: date, orders: Any = None, round_id: UUID | None = None, slot: str | None = None
) -> dict[str, Any]:
    """Answer the quantities of a day by product and slot; `orders` narrows to what a person may see.

    *Money*: cents; `planned_cents` is quantity times price of each order, rounded half up. Two queries.
    """
    rows = DailyOrder.objects.of_tenant(tenant) if orders is None else orders.of_tenant(tenant)
    wanted = _narrowed(rows.wanted().of_day(day).order_by(), round_id, slot)
    delivered = Delivery.objects.standing().filter(daily_order__in=wanted.values("pk")).order_by()
    done = {
        (row["product_id"], row["daily_order__slot"]): row["quantity"]
        for row in delivered.values("product_id", "daily_order__slot").annotate(quantity=_sum(thousandths("quantity")))
    }
    planned = wanted.values(*PRODUCT, "slot").annotate(
        orders=Count("pk"),
        customers=Count("customer", distinct=True),
        planned=_sum(thousandths("planned_quantity")),
        planned_cents=_sum(value_cents("planned_quantity")),
    )
    lines = [_line(row, done.get((row["product_id"], row["slot"]), 0)) for row in planned]
    lines.sort(key=lambda line: (line["product_code"], line["slot"]))
    return {
        "currency": tenant.currency,
        "day": day,
        "lines": lines,
        "products": _by_product(lines),
        "orders": sum(line["orders"] for line in lines),
        "planned_cents": sum(line["planned_cents"] for line in lines),
    }


def _narrowed(rows: Any, round_id: UUID | None, slot: str | None) -> Any:
    rows = rows if round_id is None else rows.filter(round=round_id)
    return rows if slot is None else rows.filter(slot=slot)


def _line(row: dict[str, Any], delivered: int) -> dict[str, Any]:
    return {
        **{name.replace("__", "_"): row[name] for name in PRODUCT},
        "slot": row["slot"],
        "orders": row["orders"],
        "customers": row["customers"],
        "planned_quantity": as_quantity(row["planned"]),
        "delivered_quantity": as_quantity(delivered),
        "planned_cents": row["planned_cents"],
    }


def _by_product(lines: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The slots of each product added up."""
    added: dict[Any, dict[str, Any]] = {}
    sums: defaultdict[Any, Any] = defaultdict(int)
    for line in lines:
        key = line["product_id"]
        added.setdefault(key, {name.replace("__", "_"): line[name.replace("__", "_")] for name in PRODUCT})
        for name in ("orders", "planned_quantity", "delivered_quantity", "planned_cents"):
            sums[key, name] += line[name]
    return [
        {
            **product,
            **{name: sums[key, name] for name in ("orders", "planned_quantity", "delivered_quantity", "planned_cents")},
        }
        for key, product in added.items()
    ]


def _sum(column: Any) -> Cast:
    return Cast(Sum(column), BigIntegerField())
