"""The repairs of stored money data, registered with the engine."""

from billing.backfills.payment_allocations import PaymentAllocations
from billing.backfills.payment_route import PaymentRoute

__all__ = ["PaymentAllocations", "PaymentRoute"]
