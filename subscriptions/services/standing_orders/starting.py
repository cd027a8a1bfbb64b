"""Standing orders: what a customer wants from a day on, daily or in turn, until they end it."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from uuid import UUID

from django.db.models import Q

from accounts.errors import Conflict, RuleBroken
from accounts.locks import locked
from accounts.models import User
from accounts.unit_of_work import unit_of_work
from billing.models import Customer
from billing.services.repeats import must_be_a_repeat, says_the_same
from routes.services import check_staff
from subscriptions.models import Product, StandingOrder, StandingOrderDay
from subscriptions.rules.standing_order import cycle_offset
from subscriptions.services.checks import check_days, check_pattern
from subscriptions.services.orderable import check_orderable

CONTENT = ("tenant_id", "customer_id", "product_id", "slot", "starts_on", "ends_on", "cycle_days")


class StandingOrdersOverlap(Conflict):
    """The customer has a standing order for this product and slot on some of these days."""

    code = "standing_orders_overlap"


class StandingOrderAlreadyKnown(Conflict):
    """A standing order with this id was made before, with other content."""

    code = "standing_order_already_known"


class EndsBeforeItStarts(RuleBroken):
    """A standing order cannot end before its first day."""

    code = "ends_before_it_starts"


@unit_of_work
def start_standing_order(
    *,
    actor: User | None,
    customer: Customer,
    product: Product,
    quantities: Sequence[Decimal | int | str] | Decimal | int | str,
    starts_on: date,
    ends_on: date | None = None,
    slot: str = "",
    id: UUID | None = None,  # noqa: A002 - the field's name
) -> StandingOrder:
    """Note what a customer wants from `starts_on` on; the quantities repeat day by day. A repeat by id returns the first.

    Example: `quantities=2` is two every day; `[2, 0]` is two every other day; seven of them are a week from `starts_on`.
    *Raises* StandingOrdersOverlap, NotAPattern, NotAQuantity, DaysReversed, UnknownSlot, ProductNotActive, CustomerNotActive,
    ForeignProduct.
    """
    check_staff(actor, customer.tenant_id)
    pattern = check_pattern(quantities)
    check_days(starts_on, ends_on, names=("starts_on", "ends_on"))
    customer = locked(Customer.objects.filter(pk=customer.pk)).get()
    made = StandingOrder(
        **({"id": id} if id else {}), tenant_id=customer.tenant_id, customer=customer, product=product, slot=slot,
        starts_on=starts_on, ends_on=ends_on, cycle_days=len(pattern), cycle_offset=cycle_offset(starts_on, len(pattern)),
    )  # fmt: skip
    if id and (earlier := StandingOrder.objects.filter(pk=id).first()):
        same = says_the_same(earlier, made, CONTENT)
        same = same and list(earlier.days.values_list("quantity", flat=True)) == pattern
        return must_be_a_repeat(earlier, same=same, refusal=StandingOrderAlreadyKnown)
    check_orderable(customer, product, slot)
    _check_no_overlap(made)
    made.save(force_insert=True)
    StandingOrderDay.objects.bulk_create(
        StandingOrderDay(standing_order=made, position=position, quantity=quantity)
        for position, quantity in enumerate(pattern)
    )
    return made


@unit_of_work
def end_standing_order(
    *, actor: User | None, standing_order: StandingOrder, ends_on: date, reason: str = ""
) -> StandingOrder:
    """Let a standing order end after a day, earlier or later than it would; what was delivered stays.

    Orders of later days that were generated already are withdrawn when their day is generated anew.
    *Raises* EndsBeforeItStarts, StandingOrdersOverlap, NotADay.
    """
    check_staff(actor, standing_order.tenant_id)
    locked(Customer.objects.filter(pk=standing_order.customer_id)).get()
    standing_order = StandingOrder.objects.get(pk=standing_order.pk)
    check_days(ends_on, None, names=("ends_on", ""))
    if ends_on < standing_order.starts_on:
        raise EndsBeforeItStarts(
            f"The standing order starts on {standing_order.starts_on}, so it cannot end on {ends_on}. End it on its first day, "
            "and skip that day if nothing is wanted at all.",
            fields={"ends_on": [f"Not before {standing_order.starts_on}."]},
        )
    if standing_order.ends_on != ends_on:
        standing_order.ends_on = ends_on
        _check_no_overlap(standing_order)
        standing_order.save()
    return standing_order


def _check_no_overlap(wanted: StandingOrder) -> None:
    """The customer is locked: whoever else starts or moves one of theirs waits, and then sees this one."""
    same = {name: getattr(wanted, name) for name in ("customer_id", "product_id", "slot")}
    others = StandingOrder.objects.filter(**same).exclude(pk=wanted.pk)
    others = others.filter(Q(ends_on__isnull=True) | Q(ends_on__gte=wanted.starts_on))
    if wanted.ends_on is not None:
        others = others.filter(starts_on__lte=wanted.ends_on)
    if other := others.select_related("product").first():
        until = f"to {other.ends_on}" if other.ends_on else "on"
        raise StandingOrdersOverlap(
            f"The customer already gets {other.product} by standing order {other.pk} from {other.starts_on} {until}. "
            "End that one first, or change it for the days in question."
        )
