"""What staff see of standing orders, deliveries and reports."""

from subscriptions.admin import daily_orders, deliveries, products, standing_orders

__all__ = ["daily_orders", "deliveries", "products", "standing_orders"]
