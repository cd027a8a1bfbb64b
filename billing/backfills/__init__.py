"""The repairs of stored money data, registered with the engine."""

from billing.backfills.allocation_totals import AllocationTotals
from billing.backfills.payment_allocations import PaymentAllocations
from billing.backfills.payment_route import PaymentRoute

__all__ = ["AllocationTotals", "PaymentAllocations", "PaymentRoute"]
