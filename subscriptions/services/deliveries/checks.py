"""What is refused of a delivery before it is written: its day, its round, its quantity, and the state of its order."""

from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from django.db.models import Q

from accounts.errors import Conflict, NotAllowed, RuleBroken
from accounts.models import Tenant, User
from billing.models import InvoiceLine
from billing.services.checks import LARGEST_CENTS, NotAnAmount, check_quantity
from routes.models import Round, Route
from subscriptions.models import DELIVERY, DailyOrder, Delivery
from subscriptions.rules.delivery_total import delivery_total_cents
from subscriptions.services.checks import check_day


class DeliveryInTheFuture(RuleBroken):
    """Nothing is delivered on a day that has not come yet."""

    code = "delivery_in_the_future"


class NotYourRound(NotAllowed):
    """A representative confirms the deliveries of their own rounds only."""

    code = "not_your_round"


class OrderAlreadyDelivered(Conflict):
    """A delivery that stands confirms the order."""

    code = "order_already_delivered"


class OrderIsWithdrawn(Conflict):
    """Nobody wants the order any more."""

    code = "order_is_withdrawn"


class DeliveryIsCancelled(Conflict):
    """The delivery was cancelled."""

    code = "delivery_is_cancelled"


class DeliveryIsBilled(Conflict):
    """A live invoice asks for the delivery's money."""

    code = "delivery_is_billed"


def check_has_come(day: date, *, tenant: Tenant, now: datetime) -> None:
    """Let pass a day that has begun where the business is. *Raises* DeliveryInTheFuture, NotADay."""
    today = tenant.day_of(now)
    if check_day(day, name="day") > today:
        raise DeliveryInTheFuture(
            f"Nothing can have been delivered on {day} yet: in {tenant.timezone} it is {today}. Wait for the day, or correct it.",
            fields={"day": [f"At the latest {today}."]},
        )


def check_round(actor: User | None, *, round_id: Any, day: date) -> None:
    """Let pass the office, and a representative on a round that is theirs that day. *Raises* NotYourRound."""
    if actor is None or not actor.is_representative:
        return
    routes = Route.objects.filter(assigned_to=actor, round=round_id, route_date=day)
    if round_id is None or not (Round.objects.filter(pk=round_id, usual_rep=actor).exists() or routes.exists()):
        raise NotYourRound(
            f"This round is not yours on {day}: you are not its usual representative and have no route on it that day. "
            "Ask the office to confirm it, or to plan a route for you."
        )


def check_delivered_quantity(quantity: Any) -> Decimal:
    """Return a quantity that was delivered: zero, which means not delivered, or positive. *Raises* NotAQuantity."""
    try:
        is_nothing = not isinstance(quantity, bool | float) and Decimal(quantity) == 0
    except (InvalidOperation, TypeError, ValueError):
        is_nothing = False
    return Decimal(0) if is_nothing else check_quantity(quantity)


def check_deliverable(order: DailyOrder) -> None:
    """Let pass an order that waits for its delivery, or was said not to be delivered.

    *Raises* OrderAlreadyDelivered, OrderIsWithdrawn.
    """
    if order.status == DailyOrder.Status.DELIVERED:
        standing = Delivery.objects.standing().filter(daily_order=order).first()
        raise OrderAlreadyDelivered(
            f"Order {order.pk} of {order.order_date} is delivered already ({standing and standing.quantity}). "
            "Correct that delivery, or cancel it first."
        )
    if order.status == DailyOrder.Status.WITHDRAWN:
        raise OrderIsWithdrawn(
            f"Order {order.pk} of {order.order_date} was withdrawn: nobody wanted it any more. "
            "If it was delivered all the same, record an extra item."
        )


def check_standing(delivery: Delivery) -> None:
    """Let pass a delivery that was not cancelled. *Raises* DeliveryIsCancelled."""
    if delivery.status == Delivery.Status.CANCELLED:
        raise DeliveryIsCancelled(
            f"Delivery {delivery.pk} of {delivery.delivery_date} was cancelled. Confirm the order again, or record an extra item."
        )


def check_unbilled(delivery: Delivery, *, change: str) -> None:
    """Let pass a delivery that no live invoice bills. *Raises* DeliveryIsBilled."""
    lines = InvoiceLine.objects.filter(Q(source_kind=DELIVERY, source_id=delivery.pk, is_live=True))
    line = lines.select_related("invoice").first()
    if line is not None:
        raise DeliveryIsBilled(
            f"Invoice {line.invoice} asks for the money of delivery {delivery.pk} of {delivery.delivery_date}: {change} would "
            "leave it asking for something else. Issue a credit note on that invoice, or void or delete it first."
        )


def check_total(*, quantity: Decimal, unit_price_cents: int) -> int:
    """Return what a delivery asks for. *Raises* NotAnAmount beyond all measure."""
    total = delivery_total_cents(quantity=quantity, unit_price_cents=unit_price_cents)
    if total > LARGEST_CENTS:
        raise NotAnAmount(
            f"{quantity} at {unit_price_cents} cents is {total} cents, more than {LARGEST_CENTS}. Check the quantity.",
            fields={"quantity": ["Too large at this price."]},
        )
    return total
