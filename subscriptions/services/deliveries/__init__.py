"""Deliveries: what customers really got, one by one or a whole list at once, and mistakes put right."""

from subscriptions.services.deliveries.checks import (
    DeliveryInTheFuture,
    DeliveryIsBilled,
    DeliveryIsCancelled,
    NotYourRound,
    OrderAlreadyDelivered,
    OrderIsWithdrawn,
)
from subscriptions.services.deliveries.confirming import confirm_delivery, mark_not_delivered
from subscriptions.services.deliveries.confirming_many import (
    ConfirmedList,
    DeliveriesRefused,
    OrderNotOnTheList,
    confirm_deliveries,
    confirm_orders,
)
from subscriptions.services.deliveries.corrections import cancel_delivery, correct_delivery
from subscriptions.services.deliveries.extra_items import WalkInHasNoDoor, add_delivery
from subscriptions.services.deliveries.recovered import DeliveryChanged, check_deliveries_unchanged
from subscriptions.services.deliveries.repeats import DeliveryAlreadyKnown

__all__ = [
    "ConfirmedList",
    "DeliveriesRefused",
    "DeliveryAlreadyKnown",
    "DeliveryChanged",
    "DeliveryInTheFuture",
    "DeliveryIsBilled",
    "DeliveryIsCancelled",
    "NotYourRound",
    "OrderAlreadyDelivered",
    "OrderIsWithdrawn",
    "OrderNotOnTheList",
    "WalkInHasNoDoor",
    "add_delivery",
    "cancel_delivery",
    "check_deliveries_unchanged",
    "confirm_deliveries",
    "confirm_delivery",
    "confirm_orders",
    "correct_delivery",
    "mark_not_delivered",
]
