"""What is written about standing orders, the orders of a day and deliveries."""

from subscriptions.services.bulk_deliveries import confirm_deliveries, confirm_orders
from subscriptions.services.day_orders import NoPriceOnThatDay, OrderIsSettled, order_for_a_day, withdraw_order
from subscriptions.services.deliveries import confirm_delivery, mark_not_delivered
from subscriptions.services.delivery_corrections import cancel_delivery, correct_delivery
from subscriptions.services.extra_items import add_delivery
from subscriptions.services.generation import DayTooFar, generate_orders, preview_generation
from subscriptions.services.products import ProductCodeTaken, create_product, set_price, set_product_active
from subscriptions.services.standing_order_changes import (
    ChangeIsWithdrawn,
    ChangeOutsideStandingOrder,
    change_standing_order,
    end_change,
    withdraw_change,
)
from subscriptions.services.standing_orders import StandingOrdersOverlap, end_standing_order, start_standing_order

__all__ = [
    "ChangeIsWithdrawn",
    "ChangeOutsideStandingOrder",
    "DayTooFar",
    "NoPriceOnThatDay",
    "OrderIsSettled",
    "ProductCodeTaken",
    "StandingOrdersOverlap",
    "add_delivery",
    "cancel_delivery",
    "change_standing_order",
    "confirm_deliveries",
    "confirm_delivery",
    "confirm_orders",
    "correct_delivery",
    "create_product",
    "end_change",
    "end_standing_order",
    "generate_orders",
    "mark_not_delivered",
    "order_for_a_day",
    "preview_generation",
    "set_price",
    "set_product_active",
    "start_standing_order",
    "withdraw_change",
    "withdraw_order",
]
