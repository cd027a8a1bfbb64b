"""Extra items: what a customer got without an order, at the price of the day on which they got it."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from accounts.errors import RuleBroken
from accounts.models import User
from accounts.unit_of_work import unit_of_work
from billing.models import Customer
from billing.services.checks import check_quantity
from routes.services import check_staff
from subscriptions.models import Delivery, Product, ProductPrice
from subscriptions.selectors.prices import price_on
from subscriptions.services.deliveries.checks import check_has_come, check_round, check_total
from subscriptions.services.deliveries.confirming import deliverer, store
from subscriptions.services.deliveries.repeats import must_be_the_same_delivery
from subscriptions.services.orderable import check_orderable
from subscriptions.services.orders.for_a_day import NoPriceOnThatDay


class WalkInHasNoDoor(RuleBroken):
    """The walk-in customer stands for all at the counter: nothing is delivered to them."""

    code = "walk_in_has_no_door"


@unit_of_work
def add_delivery(
    *,
    actor: User | None,
    customer: Customer,
    product: Product,
    quantity: Any,
    day: date,
    now: datetime,
    slot: str = "",
    note: str = "",
    delivered_by: User | None = None,
    id: UUID | None = None,  # noqa: A002 - the field's name
) -> Delivery:
    """Record an extra item that was delivered on a day, today or earlier; a repeat by id returns the first.

    *Money*: asks for quantity times the price of that day, whatever the product costs by now. *Raises* NoPriceOnThatDay,
    DeliveryInTheFuture, NotADay, NotYourRound, NotAQuantity, DeliveryAlreadyKnown, WalkInHasNoDoor, PersonCannotDoThis, and what
    `check_orderable` raises: who is not active gets nothing new.
    """
    check_staff(actor, customer.tenant_id)
    quantity = check_quantity(quantity)
    customer = Customer.objects.select_related("tenant", "round").get(pk=customer.pk)
    check_round(actor, round_id=customer.round_id, day=day)
    check_has_come(day, tenant=customer.tenant, now=now)
    delivery = Delivery(
        **({"id": id} if id else {}),
        tenant_id=customer.tenant_id,
        customer_id=customer.pk,
        product_id=product.pk,
        round_id=customer.round_id,
        slot=slot,
        delivery_date=day,
        quantity=quantity,
        currency=customer.tenant.currency,
        note=note,
        delivered_by=deliverer(actor, delivered_by, tenant_id=customer.tenant_id),
        confirmed_at=now,
    )
    if id and (earlier := Delivery.objects.filter(pk=id).first()):
        return must_be_the_same_delivery(earlier, delivery)
    _check_can_get(customer, product, slot)
    price = _price(product, day)
    delivery.unit_price_cents, delivery.tax_rate_bps = price.unit_price_cents, price.tax_rate_bps
    delivery.total_cents = check_total(quantity=quantity, unit_price_cents=price.unit_price_cents)
    return store(delivery)


def _check_can_get(customer: Customer, product: Product, slot: str) -> None:
    if customer.is_walk_in:
        raise WalkInHasNoDoor(
            f"{customer} buys at the counter. Record a counter sale, or choose a customer with a door."
        )
    check_orderable(customer, product, slot)


def _price(product: Product, day: date) -> ProductPrice:
    price = price_on(product, day)
    if price is None:
        raise NoPriceOnThatDay(
            f"{product} had no price on {day}. Set its price from that day on, or correct the day.",
            fields={"day": ["The product had no price yet."]},
        )
    return price
