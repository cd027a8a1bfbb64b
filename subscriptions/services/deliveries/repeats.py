"""A delivery that came again: the same order or item, quantity, note and person, or else another one under a used id."""

from accounts.errors import Conflict
from billing.services.repeats import as_first_sent
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
    if earlier is not None:
        first = as_first_sent(earlier)
        if all(getattr(first, name) == getattr(delivery, name) for name in CONTENT):
            return earlier
    raise DeliveryAlreadyKnown(
        f"A delivery with the id {delivery.pk} exists with other content. Give the new delivery an id of its own."
    )
