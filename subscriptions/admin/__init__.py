"""What staff see of standing orders, deliveries and reports."""

from subscriptions.admin import (
    daily_orders,
    day_actions,
    deliveries,
    delivery_reports,
    invoicing,
    money_reports,
    products,
    standing_orders,
    today,
)

__all__ = [
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
