"""Saying what one customer really got: as planned, more, less, or nothing.

The Rahmans' order of today is 2 litres at 0.75. Mr Das leaves 1.5: the delivery asks for 1.125, so 1.13, at the price of the
day, and the order is delivered. Had he left nothing, he would say why, and the order would be not delivered.
Which invoice asks for the money is nobody's business here: what no live invoice line bills goes on the next one, however late
the confirmation came.
"""

from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction

from accounts.locks import locked
from accounts.models import User
from accounts.unit_of_work import unit_of_work
from billing.services.checks import check_reason
from routes.services import check_staff, check_worker
from subscriptions.models import DailyOrder, Delivery
from subscriptions.services.deliveries.checks import (
    check_deliverable,
    check_delivered_quantity,
    check_has_come,
    check_round,
    check_total,
)
from subscriptions.services.deliveries.repeats import must_be_the_same_delivery
from subscriptions.services.deliveries.rows import new_delivery, write_deliveries, write_not_delivered


@unit_of_work
def confirm_delivery(
    *,
    actor: User | None,
    order: DailyOrder,
    now: datetime,
    quantity: Any = None,
    note: str = "",
    delivered_by: User | None = None,
    id: UUID | None = None,  # noqa: A002 - the field's name
) -> Delivery | None:
    """Confirm an order: as planned without a quantity, else what was really left; a repeat by id returns the first delivery.

    A quantity of zero says that nothing was delivered; `note` is then the reason, and there is no delivery to return.
    *Money*: asks for quantity times the order's price. *Raises* DeliveryInTheFuture, NotYourRound, OrderAlreadyDelivered,
    OrderIsWithdrawn, DeliveryAlreadyKnown, NotAQuantity, ReasonMissing, PersonCannotDoThis.
    """
    order = _held(actor, order, now)
    delivered = order.planned_quantity if quantity is None else check_delivered_quantity(quantity)
    if not delivered:
        _not_delivered(order, reason=note)
        return None
    delivery = new_delivery(
        **({"id": id} if id else {}),
        of=order,
        quantity=delivered,
        total_cents=check_total(quantity=delivered, unit_price_cents=order.unit_price_cents),
        currency=order.tenant.currency,
        now=now,
        note=note,
        delivered_by=deliverer(actor, delivered_by, tenant_id=order.tenant_id),
    )
    if id and (earlier := Delivery.objects.filter(pk=id).first()):
        return must_be_the_same_delivery(earlier, delivery)
    check_deliverable(order)
    return store(delivery)


@unit_of_work
def mark_not_delivered(*, actor: User | None, order: DailyOrder, reason: str, now: datetime) -> DailyOrder:
    """Say that nothing was delivered, and why: the door was shut, nobody wanted any. Delivered later, it can be confirmed.

    *Raises* DeliveryInTheFuture, NotYourRound, OrderAlreadyDelivered, OrderIsWithdrawn, ReasonMissing.
    """
    return _not_delivered(_held(actor, order, now), reason=reason)


def store(delivery: Delivery) -> Delivery:
    """Write a new delivery; one that another call wrote at the same time under its id must say the same."""
    try:
        with transaction.atomic():
            write_deliveries([delivery])
    except IntegrityError:
        return must_be_the_same_delivery(Delivery.objects.filter(pk=delivery.pk).first(), delivery)
    return delivery


def deliverer(actor: User | None, named: User | None, *, tenant_id: Any) -> User | None:
    """Who delivered it: the person that was named, else the representative who says so. *Raises* PersonCannotDoThis."""
    if named is not None:
        check_worker(named, tenant_id)
    return named or (actor if actor is not None and actor.is_representative else None)


def _held(actor: User | None, order: DailyOrder, now: datetime) -> DailyOrder:
    check_staff(actor, order.tenant_id)
    order = locked(DailyOrder.objects.filter(pk=order.pk).select_related("tenant")).get()
    check_round(actor, round_id=order.round_id, day=order.order_date)
    check_has_come(order.order_date, tenant=order.tenant, now=now)
    return order


def _not_delivered(order: DailyOrder, *, reason: str) -> DailyOrder:
    reason = check_reason(reason, what="Delivering nothing")
    check_deliverable(order)
    write_not_delivered({order.pk: reason})
    order.status = DailyOrder.Status.NOT_DELIVERED
    return order
