"""What is written about standing orders, the orders of a day and deliveries."""

from subscriptions.services.day_orders import NoPriceOnThatDay, OrderIsSettled, order_for_a_day, withdraw_order
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
    "change_standing_order",
    "create_product",
    "end_change",
    "end_standing_order",
    "generate_orders",
    "order_for_a_day",
    "preview_generation",
    "set_price",
    "set_product_active",
    "start_standing_order",
    "withdraw_change",
    "withdraw_order",
]
