"""What is to be written for each order of a list, and what is so already: looked at row by row, written by `bulk_deliveries`."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from accounts.errors import DomainError
from accounts.models import Tenant, User
from billing.services.checks import check_reason
from subscriptions.models import DailyOrder, Delivery
from subscriptions.services.deliveries.checks import (
    check_deliverable,
    check_delivered_quantity,
    check_has_come,
    check_total,
)
from subscriptions.services.deliveries.repeats import DeliveryAlreadyKnown, must_be_the_same_delivery
from subscriptions.services.deliveries.rows import new_delivery

Status = DailyOrder.Status


@dataclass(frozen=True, slots=True)
class Confirmed:
    """What became of one order: its state, whether it was so before, and what was delivered."""

    order_id: UUID
    status: str
    is_new: bool
    delivery_id: UUID | None = None
    quantity: Decimal = Decimal(0)
    total_cents: int = 0


@dataclass(slots=True)
class ListOfOrders:
    """What a call says of its orders, by their ids, and what was found wrong with which."""

    tenant: Tenant
    now: datetime
    delivered_by: User | None
    asked: dict[UUID, Mapping[str, Any]]
    refused: dict[UUID, str] = field(default_factory=dict)
    taken_ids: set[UUID] = field(default_factory=set)


def plan_rows(chunk: list[DailyOrder], said: ListOfOrders) -> tuple[list[Delivery], dict[UUID, str], list[Confirmed]]:
    """What is to be written for these orders, and what is so already; refusals are noted in `said`."""
    rows = Delivery.objects.standing().filter(daily_order__pk__any_of=[order.pk for order in chunk])
    standing = {row.daily_order_id: row for row in rows}
    said.taken_ids = _taken(chunk, said)
    new, not_delivered, as_before = [], {}, []
    for order in chunk:
        try:
            planned = _plan(order, standing.get(order.pk), said)
        except DomainError as error:
            said.refused[order.pk] = error.message
            continue
        if isinstance(planned, Delivery):
            new.append(planned)
        elif isinstance(planned, str):
            not_delivered[order.pk] = planned
        else:
            as_before.append(planned)
    return new, not_delivered, as_before


def _plan(order: DailyOrder, standing: Delivery | None, said: ListOfOrders) -> Delivery | str | Confirmed:
    """A new delivery, the reason of none, or what is so already. *Raises* what is wrong with the row."""
    asked = said.asked.get(order.pk)
    quantity = None if asked is None else asked.get("quantity")
    quantity = order.planned_quantity if quantity is None else check_delivered_quantity(quantity)
    check_has_come(order.order_date, tenant=said.tenant, now=said.now)
    if not quantity:
        return _nothing(order, reason=asked.get("note", "") if asked else "")
    if asked is None and order.status == Status.NOT_DELIVERED:
        return Confirmed(order.pk, Status.NOT_DELIVERED, is_new=False)
    delivery = _delivery(order, quantity, asked or {}, said)
    if standing is not None and _says_the_same(standing, delivery, asked):
        return delivered(standing, is_new=False)
    check_deliverable(order)
    if delivery.pk in said.taken_ids:
        raise DeliveryAlreadyKnown(
            f"The id {delivery.pk} is taken by another delivery. Give this one an id of its own."
        )
    return delivery


def _nothing(order: DailyOrder, *, reason: str) -> str | Confirmed:
    reason = check_reason(reason, what=f"Delivering nothing of order {order.pk}")
    if order.status == Status.NOT_DELIVERED:
        return Confirmed(order.pk, Status.NOT_DELIVERED, is_new=False)
    check_deliverable(order)
    return reason


def _delivery(order: DailyOrder, quantity: Decimal, asked: Mapping[str, Any], said: ListOfOrders) -> Delivery:
    return new_delivery(
        **({"id": asked["id"]} if asked.get("id") else {}),
        of=order,
        quantity=quantity,
        total_cents=check_total(quantity=quantity, unit_price_cents=order.unit_price_cents),
        currency=said.tenant.currency,
        now=said.now,
        note=asked.get("note", ""),
        delivered_by=said.delivered_by,
    )


def _says_the_same(standing: Delivery, delivery: Delivery, asked: Mapping[str, Any] | None) -> bool:
    """As planned is content with whatever was delivered; a named quantity is not. *Raises* DeliveryAlreadyKnown."""
    if standing.pk == delivery.pk:
        must_be_the_same_delivery(standing, delivery)
    is_as_planned = asked is None or asked.get("quantity") is None
    return is_as_planned or standing.pk == delivery.pk or standing.quantity == delivery.quantity


def delivered(row: Delivery, *, is_new: bool) -> Confirmed:
    """An order that this delivery confirms."""
    return Confirmed(row.daily_order_id, Status.DELIVERED, is_new, row.pk, row.quantity, row.total_cents)  # type: ignore[arg-type]


def _taken(chunk: list[DailyOrder], said: ListOfOrders) -> set[UUID]:
    """Which of the ids that clients made for these orders belong to a delivery already."""
    ids = [said.asked[order.pk].get("id") for order in chunk if order.pk in said.asked]
    found = Delivery.objects.filter(pk__any_of=[pk for pk in ids if pk])
    return set(found.values_list("pk", flat=True))
