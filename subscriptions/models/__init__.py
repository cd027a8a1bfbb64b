"""Tables of standing orders and of what is delivered by them."""

from subscriptions.models.daily_order import DailyOrder
from subscriptions.models.delivery import DELIVERY, Delivery
from subscriptions.models.product import Product, ProductPrice
from subscriptions.models.standing_order import StandingOrder, StandingOrderChange, StandingOrderDay

__all__ = [
    "DELIVERY",
    "DailyOrder",
    "Delivery",
    "Product",
    "ProductPrice",
    "StandingOrder",
    "StandingOrderChange",
    "StandingOrderDay",
]
