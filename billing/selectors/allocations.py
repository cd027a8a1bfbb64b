"""What pays for what right now: allocations that were not taken back."""

from uuid import UUID

from django.db.models import QuerySet

from billing.models import Allocation, Sale


def live_allocations() -> QuerySet[Allocation]:
    """Allocations that stand: neither a reversal nor reversed."""
    return Allocation.objects.filter(reverses__isnull=True, reversal__isnull=True)


def paying_for(sale: Sale) -> list[UUID]:
    """The ids of the payments that pay for this sale now."""
    live = live_allocations().filter(sale=sale, payment__isnull=False)
    return list(live.order_by().values_list("payment_id", flat=True).distinct())


def paid_by(payment_id: UUID) -> list[UUID]:
    """The ids of the sales that this payment pays for now."""
    live = live_allocations().filter(payment=payment_id, sale__isnull=False)
    return list(live.order_by().values_list("sale_id", flat=True).distinct())
