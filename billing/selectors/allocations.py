"""What pays for what right now: allocations that were not taken back."""

from collections.abc import Iterable
from uuid import UUID

from django.db.models import QuerySet

from billing.models import Allocation


def live_allocations() -> QuerySet[Allocation]:
    """Allocations that stand: neither a reversal nor reversed."""
    return Allocation.objects.filter(reverses__isnull=True, reversal__isnull=True)


def paying_for(sale_ids: Iterable[UUID]) -> set[UUID]:
    """The ids of the payments that pay for these sales now."""
    live = live_allocations().filter(sale__in=sale_ids, payment__isnull=False)
    return set(live.order_by().values_list("payment_id", flat=True))


def paid_by(payment_ids: Iterable[UUID]) -> set[UUID]:
    """The ids of the sales that these payments pay for now."""
    live = live_allocations().filter(payment__in=payment_ids, sale__isnull=False)
    return set(live.order_by().values_list("sale_id", flat=True))
