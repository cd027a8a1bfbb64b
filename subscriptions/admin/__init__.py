"""What staff see of standing orders, deliveries and reports, and of internet plans."""

from subscriptions.admin import (
    collection_report,
    daily_orders,
    day_actions,
    deliveries,
    delivery_reports,
    invoicing,
    one_offs,
    outstanding_report,
    plan_subscriptions,
    planning,
    products,
    round_payments,
    standing_orders,
    statement_report,
    today,
    usage_lists,
)

__all__ = [
    "round_payments",
    "planning",
    "one_offs",
    "invoicing",
    "daily_orders",
    "day_actions",
    "deliveries",
    "delivery_reports",
    "collection_report",
    "outstanding_report",
    "statement_report",
    "products",
    "standing_orders",
    "today",
    "plan_subscriptions",
    "usage_lists",
]
