"""Writing what was delivered, many rows with a few statements: deliveries, the states of their orders, and history of both.

Whoever calls holds the orders under lock and has checked every row. A single confirmation takes the same way.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime
from itertools import islice
from typing import Any, TypeVar
from uuid import UUID

from accounts import audit
from operations.history_writing import write_baselines, write_images
from subscriptions.models import DailyOrder, Delivery

ROWS_AT_ONCE = 1000

Row = TypeVar("Row")


def write_deliveries(deliveries: Iterable[Delivery]) -> None:
    """Store new deliveries, and let the orders that they confirm be delivered."""
    for chunk in _chunks(deliveries):
        Delivery.objects.bulk_create(chunk)
        write_images(Delivery.objects.filter(pk__any_of=[row.pk for row in chunk]), history_type="+")
        confirmed = [row.daily_order_id for row in chunk if row.daily_order_id]
        move_orders(confirmed, to=DailyOrder.Status.DELIVERED)


def write_not_delivered(reasons: dict[UUID, str]) -> None:
    """Let orders be not delivered, each with its reason in history."""
    orders_by_reason = defaultdict(list)
    for order_id, reason in reasons.items():
        orders_by_reason[reason].append(order_id)
    for reason, orders in orders_by_reason.items():
        with audit.acting(reason=reason):
            move_orders(orders, to=DailyOrder.Status.NOT_DELIVERED)


def move_orders(order_ids: Sequence[UUID], *, to: str) -> None:
    """Let held orders be in another state."""
    for chunk in _chunks(order_ids):
        orders = DailyOrder.objects.filter(pk__any_of=chunk)
        write_baselines(orders)
        orders.update(status=to)
        write_images(orders, history_type="~")


def new_delivery(
    *, of: DailyOrder, quantity: Any, total_cents: int, currency: str, now: datetime, **said: Any
) -> Delivery:
    """Make the delivery that confirms an order, at the order's price; nothing is stored. `said`: note, delivered_by, id."""
    return Delivery(
        **said,
        tenant_id=of.tenant_id,
        daily_order_id=of.pk,
        customer_id=of.customer_id,
        product_id=of.product_id,
        round_id=of.round_id,
        slot=of.slot,
        delivery_date=of.order_date,
        quantity=quantity,
        unit_price_cents=of.unit_price_cents,
        tax_rate_bps=of.tax_rate_bps,
        total_cents=total_cents,
        currency=currency,
        confirmed_at=now,
    )


def _chunks(rows: Iterable[Row]) -> Iterable[list[Row]]:
    left = iter(rows)
    while chunk := list(islice(left, ROWS_AT_ONCE)):
        yield chunk
