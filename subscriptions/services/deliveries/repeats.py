"""A delivery that came again: the same order or item, quantity, note and person, or else another one under a used id."""

from accounts.errors import Conflict
from billing.services.repeats import must_be_a_repeat, says_the_same
from subscriptions.models import Delivery

CONTENT = (
    "tenant_id",
    "daily_order_id",
    "customer_id",
    "product_id",
    "delivery_date",
    "slot",
    "quantity",
    "note",
    "delivered_by_id",
)


class DeliveryAlreadyKnown(Conflict):
    """A delivery with this id was confirmed before, with other content."""

    code = "delivery_already_known"


def must_be_the_same_delivery(earlier: Delivery | None, delivery: Delivery) -> Delivery:
    """Return the earlier delivery if it says the same as this one did when it was sent. *Raises* DeliveryAlreadyKnown."""
    if earlier is None:  # the id was taken and is gone again: nothing to compare with
        raise DeliveryAlreadyKnown(f"The id {delivery.pk} is taken. Give the new delivery an id of its own.")
    same = says_the_same(earlier, delivery, CONTENT)
    return must_be_a_repeat(earlier, same=same, refusal=DeliveryAlreadyKnown)
