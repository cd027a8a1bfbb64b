"""How much of what was ordered for a period was delivered: by day, by product and by customer; extra items apart.

Of 3 orders of 2 litres at 50.00, one is delivered as ordered, one with 1 litre, and the third not: 3 orders, 2 delivered, 67 %.
Planned are 6 litres and 300.00, actual 3 litres and 150.00: the variance is -3 litres and -150.00.
"""

from datetime import date
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from django.db.models import BigIntegerField, Count, F, Q, QuerySet, Sum
from django.db.models.functions import Cast, Round

from accounts.models import Tenant
from billing.rules.period import Period
from subscriptions.models import DailyOrder, Delivery

THOUSAND: Final = 1000  # quantities have three places: a thousandth is the smallest, and whole numbers add up exactly
VIEWS: Final = {
    "day": ("day",),
    "product": ("product_id", "product__code", "product__name", "product__unit"),
    "customer": ("customer_id", "customer__number", "customer__name"),
}
BOTH_SIDES: Final = ("orders", "not_delivered", "planned", "planned_cents", "delivered", "actual", "actual_cents")
EXTRAS: Final = ("extra_items", "extra", "extra_cents")


def performance_of(
    tenant: Tenant,
    *,
    first: date | None = None,
    last: date | None = None,
    round_id: UUID | None = None,
    slot: str | None = None,
) -> dict[str, Any]:
    """Answer what was ordered for the days from `first` to `last` and what of it was delivered, whenever it was confirmed.

    *Money*: cents; a planned value is quantity times price of the order, rounded half up once; the actual one is what the
    delivery asks for. Withdrawn orders and cancelled deliveries count nowhere; an order not delivered counts as planned, and
    nothing actual. Nine queries, whatever the number of rows. *Raises* PeriodReversed.
    """
    period = Period(first, last)
    orders, deliveries, extras = _orders(tenant, period), _deliveries(tenant, period), _extras(tenant, period)
    if round_id is not None:
        orders, deliveries, extras = (rows.filter(round=round_id) for rows in (orders, deliveries, extras))
    if slot is not None:
        orders, deliveries, extras = (rows.filter(slot=slot) for rows in (orders, deliveries, extras))
    views = {name: _view(columns, orders, deliveries, extras) for name, columns in VIEWS.items()}
    return {
        "currency": tenant.currency,
        "from": first,
        "to": last,
        "totals": _figures(_added(views["day"])),
        "by_day": [{**_key(row, "day"), **_figures(row)} for row in views["day"]],
        "by_product": [{**_key(row, "product"), **_figures(row)} for row in views["product"]],
        "by_customer": [{**_key(row, "customer"), **_figures(row)} for row in views["customer"]],
    }


def completion_percent(*, delivered: int, orders: int) -> int | None:
    """How many of a hundred orders were delivered, rounded half up; none where nothing was ordered.

    >>> [completion_percent(delivered=done, orders=of) for done, of in ((2, 3), (1, 200), (0, 0))]
    [67, 1, None]
    """
    return (delivered * 200 + orders) // (orders * 2) if orders else None


def value_cents(quantity: str) -> Any:
    """Quantity times price of a row, rounded half up once, in whole numbers: the same on every database."""
    return (thousandths(quantity) * F("unit_price_cents") + THOUSAND // 2) / THOUSAND


def thousandths(quantity: str) -> Cast:
    """A quantity as a whole number of thousandths."""
    return Cast(Round(F(quantity) * THOUSAND), BigIntegerField())


def as_quantity(thousandths: int) -> Decimal:
    """The quantity that a number of thousandths is.

    >>> as_quantity(1500)
    Decimal('1.500')
    """
    return Decimal(thousandths).scaleb(-3)


def _orders(tenant: Tenant, period: Period) -> QuerySet[Any]:
    rows = DailyOrder.objects.of_tenant(tenant).wanted().filter(_days("order_date", period))
    return rows.order_by().annotate(day=F("order_date"))


def _deliveries(tenant: Tenant, period: Period) -> QuerySet[Any]:
    """What confirms an order counts on the day of its order."""
    rows = Delivery.objects.of_tenant(tenant).standing().filter(daily_order__isnull=False)
    return rows.filter(_days("daily_order__order_date", period)).order_by().annotate(day=F("daily_order__order_date"))


def _extras(tenant: Tenant, period: Period) -> QuerySet[Any]:
    rows = Delivery.objects.of_tenant(tenant).standing().filter(daily_order__isnull=True)
    return rows.filter(_days("delivery_date", period)).order_by().annotate(day=F("delivery_date"))


def _days(column: str, period: Period) -> Q:
    first = Q(**{f"{column}__gte": period.first}) if period.first else Q()
    return first & (Q(**{f"{column}__lte": period.last}) if period.last else Q())


def _view(columns: tuple[str, ...], orders: Any, deliveries: Any, extras: Any) -> list[dict[str, Any]]:
    """One row for each key, in the order of its words: what was ordered, what was delivered of it, and extra items."""
    sides = [
        orders.values(*columns).annotate(
            orders=Count("pk"),
            not_delivered=Count("pk", filter=Q(status=DailyOrder.Status.NOT_DELIVERED)),
            planned=_sum(thousandths("planned_quantity")),
            planned_cents=_sum(value_cents("planned_quantity")),
        ),
        deliveries.values(*columns).annotate(
            delivered=Count("pk"), actual=_sum(thousandths("quantity")), actual_cents=_sum(F("total_cents"))
        ),
        extras.values(*columns).annotate(
            extra_items=Count("pk"), extra=_sum(thousandths("quantity")), extra_cents=_sum(F("total_cents"))
        ),
    ]
    rows: dict[Any, dict[str, Any]] = {}
    for side in sides:
        for part in side:
            row = rows.setdefault(part[columns[0]], dict.fromkeys((*BOTH_SIDES, *EXTRAS), 0))
            row.update(part)
    return sorted(rows.values(), key=lambda row: [str(row[name]) for name in (*columns[1:], columns[0])])


def _sum(column: Any) -> Cast:
    return Cast(Sum(column), BigIntegerField())


def _added(rows: list[dict[str, Any]]) -> dict[str, int]:
    return {name: sum(row[name] for row in rows) for name in (*BOTH_SIDES, *EXTRAS)}


def _figures(row: dict[str, Any]) -> dict[str, Any]:
    return {
        "orders": row["orders"],
        "delivered": row["delivered"],
        "not_delivered": row["not_delivered"],
        "waiting": row["orders"] - row["delivered"] - row["not_delivered"],
        "completion_percent": completion_percent(delivered=row["delivered"], orders=row["orders"]),
        "planned_quantity": as_quantity(row["planned"]),
        "actual_quantity": as_quantity(row["actual"]),
        "variance_quantity": as_quantity(row["actual"] - row["planned"]),
        "planned_cents": row["planned_cents"],
        "actual_cents": row["actual_cents"],
        "variance_cents": row["actual_cents"] - row["planned_cents"],
        "extra_items": row["extra_items"],
        "extra_quantity": as_quantity(row["extra"]),
        "extra_cents": row["extra_cents"],
    }


def _key(row: dict[str, Any], view: str) -> dict[str, Any]:
    if view == "day":
        return {"day": row["day"]}
    return {name.replace("__", "_"): row[name] for name in VIEWS[view]}
