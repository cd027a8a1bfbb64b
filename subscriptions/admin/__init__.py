"""What staff see of standing orders, deliveries and reports."""

from subscriptions.admin import (
    daily_orders,
    day_actions,
    deliveries,
    delivery_reports,
    invoicing,
    money_reports,
    planning,
    products,
    round_payments,
    standing_orders,
    today,
)

__all__ = [
    "round_payments",
    "planning",
    "invoicing",
    "daily_orders",
    "day_actions",
    "deliveries",
    "delivery_reports",
    "money_reports",
    "products",
    "standing_orders",
    "today",
]
