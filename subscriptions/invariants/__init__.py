"""What is always true of standing orders and deliveries."""

from subscriptions.invariants.deliveries import nothing_delivered_is_lost

__all__ = ["nothing_delivered_is_lost"]
