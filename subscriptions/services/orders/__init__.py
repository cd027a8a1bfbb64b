"""The orders of a day: generated from the standing orders, or made for one day alone."""

from subscriptions.services.orders.for_a_day import (
    NoPriceOnThatDay,
    OrderAlreadyKnown,
    OrderIsSettled,
    order_for_a_day,
    withdraw_order,
)
from subscriptions.services.orders.generation import DayTooFar, ForeignRound, generate_orders, preview_generation

__all__ = [
    "DayTooFar",
    "ForeignRound",
    "NoPriceOnThatDay",
    "OrderAlreadyKnown",
    "OrderIsSettled",
    "generate_orders",
    "order_for_a_day",
    "preview_generation",
    "withdraw_order",
]
