"""Confirming many orders at once: a whole day, round or slot as planned, with the exceptions by name.

Forty orders of the northern morning round went out; the Rahmans took 1.5 litres, number 17 was locked. One call says so: 38 as
planned, one with its quantity, one not delivered with its reason. All rows are looked at first; is one of them wrong (number 17
is delivered already, 1.5555 is no quantity), the call is refused with an answer for each wrong row, and nothing is written.
Sent twice, the second call finds everything delivered as it says and changes nothing. The list is a bulk operation with an
answer for each order, in the same commit.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction

from accounts.errors import RuleBroken
from accounts.locks import locked
from accounts.models import Tenant, User
from accounts.unit_of_work import unit_of_work
from billing.models import BulkOperation
from routes.models import Round
from routes.services import check_staff
from subscriptions.models import DailyOrder, Delivery
from subscriptions.models.daily_order import DailyOrderQuerySet
from subscriptions.services.deliveries.answers import Answering
from subscriptions.services.deliveries.checks import check_has_come, check_round
from subscriptions.services.deliveries.confirming import deliverer
from subscriptions.services.deliveries.plan import Confirmed, ListOfOrders, delivered, plan_rows
from subscriptions.services.deliveries.rows import ROWS_AT_ONCE, write_deliveries, write_not_delivered

SHOWN = 100  # refused rows that an error names
NOT_DELIVERED = DailyOrder.Status.NOT_DELIVERED


class DeliveriesRefused(RuleBroken):
    """Rows of a list of deliveries are wrong, so that none was written."""

    code = "deliveries_refused"


class OrderNotOnTheList(RuleBroken):
    """An exception names an order that is not on the list, or names it twice."""

    code = "order_not_on_the_list"


@dataclass(slots=True)
class ConfirmedList:
    """What became of a list of orders, item by item."""

    items: list[Confirmed] = field(default_factory=list)
    operation: BulkOperation | None = None

    def count(self, status: str, *, is_new: bool) -> int:
        """How many orders came to this state, now or before."""
        return sum(item.status == status and item.is_new == is_new for item in self.items)

    @property
    def total_cents(self) -> int:
        """What all the deliveries of the list ask for."""
        return sum(item.total_cents for item in self.items)


@unit_of_work
def confirm_deliveries(
    *,
    actor: User | None,
    tenant: Tenant,
    day: date,
    now: datetime,
    round: Round | None = None,  # noqa: A002 - the field's name
    slot: str | None = None,
    exceptions: Sequence[Mapping[str, Any]] = (),
    delivered_by: User | None = None,
) -> ConfirmedList:
    """Confirm all orders of a day (of a round, of a slot) as planned, but for the exceptions; a representative their rounds'.

    An exception has `order` (a row or an id), `quantity` (0: not delivered), and maybe `note` (for 0 the reason) and `id`. An
    order that was said not to be delivered stays so unless an exception gives it a quantity. *Raises* DeliveriesRefused with a
    message for each wrong row, DeliveryInTheFuture, NotYourRound, PersonCannotDoThis.
    """
    check_staff(actor, tenant.pk)
    check_has_come(day, tenant=tenant, now=now)
    if round is not None:
        check_round(actor, round_id=round.pk, day=day)
    orders = _seen_by(actor, DailyOrder.objects.of_tenant(tenant).of_day(day).wanted())
    orders = orders if round is None else orders.filter(round=round)
    orders = orders if slot is None else orders.filter(slot=slot)
    person = deliverer(actor, delivered_by, tenant_id=tenant.pk)
    said = ListOfOrders(tenant, now, person, _by_order(exceptions))
    named = {"day": day, "round": None if round is None else round.name, "slot": slot}
    return _confirm(orders, said, Answering(said, actor=actor, **named))


@unit_of_work
def confirm_orders(
    *,
    actor: User | None,
    tenant: Tenant,
    items: Sequence[Mapping[str, Any]],
    now: datetime,
    delivered_by: User | None = None,
) -> ConfirmedList:
    """Confirm several orders by name, all or none; an item is as an exception of `confirm_deliveries`, its quantity may be none.

    *Raises* DeliveriesRefused with a message for each wrong row, PersonCannotDoThis.
    """
    check_staff(actor, tenant.pk)
    asked = _by_order(items)
    orders = _seen_by(actor, DailyOrder.objects.of_tenant(tenant).filter(pk__any_of=list(asked)))
    person = deliverer(actor, delivered_by, tenant_id=tenant.pk)
    said = ListOfOrders(tenant, now, person, asked)
    return _confirm(orders, said, Answering(said, actor=actor, orders=len(asked)))


def _seen_by(actor: User | None, orders: DailyOrderQuerySet) -> DailyOrderQuerySet:
    return orders.visible_to_role(actor) if actor is not None and actor.is_representative else orders


def _by_order(items: Iterable[Mapping[str, Any]]) -> dict[UUID, Mapping[str, Any]]:
    asked: dict[UUID, Mapping[str, Any]] = {}
    for item in items:
        order_id = getattr(item["order"], "pk", item["order"])
        if order_id in asked:
            raise OrderNotOnTheList(f"Order {order_id} is named twice. Say once what became of it.")
        asked[order_id] = item
    return asked


def _confirm(orders: DailyOrderQuerySet, said: ListOfOrders, answering: Answering) -> ConfirmedList:
    """Look at all rows that are named, then at each row under its lock as it is written; one refusal takes everything back."""
    for chunk in _chunks(orders.filter(pk__any_of=list(said.asked))):
        plan_rows(chunk, said)
    on_the_list = set(orders.filter(pk__any_of=list(said.asked)).values_list("pk", flat=True))
    for order_id in said.asked.keys() - on_the_list:
        said.refused[order_id] = (
            f"There is no order {order_id} on this list, or it is not yours. Look at the list again."
        )
    _check_nothing_refused(said)
    confirmed = ConfirmedList()
    for chunk in _chunks(locked(orders)):
        new, not_delivered, as_before = plan_rows(chunk, said)
        _check_nothing_refused(said)
        _store(new)
        write_not_delivered(not_delivered)
        items = [delivered(row, is_new=True) for row in new]
        items += [Confirmed(pk, NOT_DELIVERED, is_new=True) for pk in not_delivered]
        items += as_before
        answering.keep(chunk, items)
        confirmed.items += items
    confirmed.operation = answering.end()
    return confirmed


def _chunks(orders: Any) -> Iterator[list[DailyOrder]]:
    """The orders in the order of their keys, some at a time: memory stays flat however long the list is."""
    last = None
    while chunk := list((orders.filter(pk__gt=last) if last else orders).order_by("pk")[:ROWS_AT_ONCE]):
        yield chunk
        last = chunk[-1].pk


def _store(new: list[Delivery]) -> None:
    try:
        with transaction.atomic():
            write_deliveries(new)
    except IntegrityError as error:
        raise DeliveriesRefused(
            "One of the ids of these deliveries is taken by another delivery. Give each new delivery an id of its own."
        ) from error


def _check_nothing_refused(said: ListOfOrders) -> None:
    if said.refused:
        shown = list(said.refused.items())[:SHOWN]
        raise DeliveriesRefused(
            f"{len(said.refused)} rows are wrong, so nothing was written. The first: {shown[0][1]} "
            "Correct or leave out the rows that `fields` names, then send the list again.",
            fields={str(order_id): [message] for order_id, message in shown},
        )
