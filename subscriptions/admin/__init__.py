"""What staff see of standing orders, deliveries and reports."""

from subscriptions.admin import daily_orders, deliveries, delivery_reports, money_reports, products, standing_orders

__all__ = ["daily_orders", "deliveries", "delivery_reports", "money_reports", "products", "standing_orders"]
