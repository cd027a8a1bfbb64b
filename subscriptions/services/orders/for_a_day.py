"""An order for one day alone: something that no standing order speaks of."""

from datetime import date
from decimal import Decimal
from uuid import UUID

from accounts.errors import Conflict
from accounts.locks import locked
from accounts.models import User
from accounts.unit_of_work import unit_of_work
from billing.models import Customer
from billing.services.checks import check_reason
from billing.services.repeats import must_be_a_repeat, says_the_same
from routes.services import check_staff
from subscriptions.models import DailyOrder, Product
from subscriptions.rules.standing_order import LONGEST_NOTE
from subscriptions.selectors.prices import price_on
from subscriptions.services.checks import check_day, check_planned
from subscriptions.services.orderable import check_orderable

CONTENT = ("tenant_id", "customer_id", "product_id", "order_date", "slot", "planned_quantity", "note")


class NoPriceOnThatDay(Conflict):
    """The product has no price on that day."""

    code = "no_price_on_that_day"


class OrderAlreadyKnown(Conflict):
    """An order with this id was made before, with other content."""

    code = "order_already_known"


class OrderIsSettled(Conflict):
    """The order is no longer to deliver."""

    code = "order_is_settled"


@unit_of_work
def order_for_a_day(
    *,
    actor: User | None,
    customer: Customer,
    product: Product,
    day: date,
    quantity: Decimal | int | str,
    slot: str = "",
    note: str = "",
    id: UUID | None = None,  # noqa: A002 - the field's name
) -> DailyOrder:
    """Order something for one day, besides whatever stands; generating the day leaves it alone. A repeat by id returns the first.

    *Money*: price and tax rate of the day, kept on the order.
    *Raises* NoPriceOnThatDay, NotAQuantity, NotADay, ProductNotActive, CustomerNotActive, UnknownSlot, OrderAlreadyKnown.
    """
    check_staff(actor, customer.tenant_id)
    check_day(day, name="day")
    planned_quantity = check_planned(quantity)
    customer = locked(Customer.objects.filter(pk=customer.pk)).get()
    order = DailyOrder(
        **({"id": id} if id else {}), tenant_id=customer.tenant_id, customer=customer, product=product, slot=slot,
        round_id=customer.round_id, order_date=day, planned_quantity=planned_quantity, note=str(note).strip()[:LONGEST_NOTE],
    )  # fmt: skip
    if id and (earlier := DailyOrder.objects.filter(pk=id).first()):
        return must_be_a_repeat(earlier, same=says_the_same(earlier, order, CONTENT), refusal=OrderAlreadyKnown)
    check_orderable(customer, product, slot)
    price = price_on(product, day)
    if price is None:
        raise NoPriceOnThatDay(f"{product} has no price on {day}. Set one that is valid from that day or earlier.")
    order.unit_price_cents, order.tax_rate_bps = price.unit_price_cents, price.tax_rate_bps
    order.save(force_insert=True)
    return order


@unit_of_work
def withdraw_order(*, actor: User | None, order: DailyOrder, reason: str) -> DailyOrder:
    """Withdraw an order for one day alone that is not wanted after all. *Raises* OrderIsSettled, ReasonMissing."""
    check_staff(actor, order.tenant_id)
    check_reason(reason, what="Withdrawing an order")
    order = locked(DailyOrder.objects.filter(pk=order.pk)).get()
    if order.standing_order_id is not None:
        raise OrderIsSettled(
            f"Order {order.pk} comes from a standing order: skip the day there, and generate the day again."
        )
    if order.status != DailyOrder.Status.GENERATED:
        raise OrderIsSettled(
            f"Order {order.pk} is {order.get_status_display().lower()}: only one to deliver is withdrawn."
        )
    order.status = DailyOrder.Status.WITHDRAWN
    order.save()
    return order
