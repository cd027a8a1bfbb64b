"""What is always true of standing orders and deliveries, of plan subscriptions and of what is used and billed on them."""

from subscriptions.invariants.deliveries import nothing_delivered_is_lost
from subscriptions.invariants.invoicing import period_invoices_are_whole
from subscriptions.invariants.orders import standing_orders_do_not_overlap
from subscriptions.invariants.outstanding import both_ways_agree, nothing_is_less_than_nothing
from subscriptions.invariants.plan_subscriptions import lines_carry_one_at_a_time
from subscriptions.invariants.usage_billing import lines_bill_what_periods_charge
from subscriptions.invariants.usage_figures import (
    links_missing,
    parked_customers,
    rejected_usage,
    skipped_by_billing,
    skipped_by_watch,
)
from subscriptions.invariants.usage_records import usage_is_what_counters_grew

__all__ = [
    "both_ways_agree",
    "lines_carry_one_at_a_time",
    "lines_bill_what_periods_charge",
    "links_missing",
    "nothing_delivered_is_lost",
    "nothing_is_less_than_nothing",
    "parked_customers",
    "period_invoices_are_whole",
    "rejected_usage",
    "skipped_by_billing",
    "skipped_by_watch",
    "standing_orders_do_not_overlap",
    "usage_is_what_counters_grew",
]
