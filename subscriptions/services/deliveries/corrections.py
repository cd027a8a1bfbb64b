"""Mistakes in what was delivered: another quantity, or not delivered at all. Never once an invoice asks for its money.

The customer is locked first, as whoever invoices locks them: a delivery is not corrected while an invoice takes it up. Then the
order, then the delivery.
"""

from datetime import datetime
from typing import Any

from accounts.locks import locked
from accounts.models import User
from accounts.roles import OFFICE
from accounts.unit_of_work import unit_of_work
from billing.models import Customer
from billing.services.checks import check_quantity, check_reason
from routes.services import check_staff
from subscriptions.models import DailyOrder, Delivery
from subscriptions.services.deliveries.checks import check_standing, check_total, check_unbilled
from subscriptions.services.deliveries.rows import move_orders


@unit_of_work
def correct_delivery(*, actor: User | None, delivery: Delivery, quantity: Any, reason: str, now: datetime) -> Delivery:
    """Put another quantity on a delivery, at its own price; history keeps the old one. The office's alone.

    *Raises* NotAQuantity (cancel what was not delivered at all), DeliveryIsBilled, DeliveryIsCancelled, ReasonMissing.
    """
    delivery = _held(actor, delivery, reason, what="Correcting")
    check_unbilled(delivery, change="correcting it")
    delivery.quantity = check_quantity(quantity)
    delivery.total_cents = check_total(quantity=delivery.quantity, unit_price_cents=delivery.unit_price_cents)
    delivery.save()
    return delivery


@unit_of_work
def cancel_delivery(*, actor: User | None, delivery: Delivery, reason: str, now: datetime) -> Delivery:
    """Take back a delivery that was a mistake: it asks for nothing, and its order waits for delivery again. The office's alone.

    *Raises* DeliveryIsBilled, DeliveryIsCancelled, ReasonMissing.
    """
    delivery = _held(actor, delivery, reason, what="Cancelling")
    check_unbilled(delivery, change="cancelling it")
    delivery.status = Delivery.Status.CANCELLED
    delivery.save()
    if delivery.daily_order_id:
        move_orders([delivery.daily_order_id], to=DailyOrder.Status.GENERATED)
    return delivery


def _held(actor: User | None, delivery: Delivery, reason: str, *, what: str) -> Delivery:
    check_staff(actor, delivery.tenant_id, roles=OFFICE)
    check_reason(reason, what=f"{what} delivery {delivery.pk}")
    locked(Customer.objects.filter(pk=delivery.customer_id)).get()
    if delivery.daily_order_id:
        locked(DailyOrder.objects.filter(pk=delivery.daily_order_id)).get()
    delivery = locked(Delivery.objects.filter(pk=delivery.pk)).get()
    check_standing(delivery)
    return delivery
