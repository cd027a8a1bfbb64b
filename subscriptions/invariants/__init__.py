"""What is always true of standing orders and deliveries."""

from subscriptions.invariants.deliveries import nothing_delivered_is_lost
from subscriptions.invariants.invoicing import period_invoices_are_whole
from subscriptions.invariants.orders import standing_orders_do_not_overlap

__all__ = ["nothing_delivered_is_lost", "period_invoices_are_whole", "standing_orders_do_not_overlap"]
