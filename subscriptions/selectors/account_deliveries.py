"""What the round adds to a customer's account: each delivery that stands, on its day, invoiced or not."""

from collections.abc import Iterator

from django.db.models import Sum

from billing.models import Customer
from billing.selectors.account_events import DELIVERY, Event
from subscriptions.models import Delivery
from subscriptions.selectors.account_figures import asking_deliveries


def deliveries_of(customer: Customer) -> Iterator[Event]:
    """The deliveries of a customer in the currency of their business; entered when confirmed, counted on their day."""
    rows = Delivery.objects.standing().filter(customer=customer, currency=customer.tenant.currency)
    for row in rows.select_related("product"):
        yield Event(
            day=row.delivery_date,
            kind=DELIVERY,
            id=row.pk,
            text=f"{row.product.name}{', extra' if row.daily_order_id is None else ''}",
            charged_cents=row.total_cents,
            quantity=row.quantity,
            product=row.product.name,
            unit_price_cents=row.unit_price_cents,
            at=row.confirmed_at,
        )


def unbilled_cents(customer: Customer) -> int:
    """What the deliveries of a customer ask for that are on no issued invoice. *Money*: cents of the tenant's currency."""
    deliveries = Delivery.objects.filter(customer=customer, currency=customer.tenant.currency)
    return asking_deliveries(deliveries).aggregate(cents=Sum("total_cents"))["cents"] or 0
