"""A deleted invoice that is recovered bills its deliveries again: only if they are still what its lines say."""

from accounts.errors import Conflict
from billing.models import InvoiceLine
from subscriptions.models import Delivery


class DeliveryChanged(Conflict):
    """Since the invoice was deleted, a delivery on it was corrected or cancelled."""

    code = "delivery_changed"


def check_deliveries_unchanged(lines: list[InvoiceLine]) -> None:
    """Let pass lines whose deliveries stand with the same total; who recovers holds the customer. *Raises* DeliveryChanged."""
    standing = Delivery.objects.standing().filter(pk__any_of=[line.source_id for line in lines])
    totals = dict(standing.values_list("pk", "total_cents"))
    for line in lines:
        if line.source_id is not None and totals.get(line.source_id) != line.total_cents:
            raise DeliveryChanged(
                f"{line.description}: the delivery was corrected or cancelled since the invoice was deleted. "
                "Leave the invoice deleted, and make it anew."
            )
