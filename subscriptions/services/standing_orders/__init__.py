"""Standing orders: how they start and end, and what is different on some of their days."""

from subscriptions.services.standing_orders.changes import (
    ChangeAlreadyKnown,
    ChangeIsWithdrawn,
    ChangeNeedsOther,
    ChangeOutsideStandingOrder,
    UnknownChange,
    change_standing_order,
    end_change,
    withdraw_change,
)
from subscriptions.services.standing_orders.starting import (
    EndsBeforeItStarts,
    StandingOrderAlreadyKnown,
    StandingOrdersOverlap,
    end_standing_order,
    start_standing_order,
)

__all__ = [
    "ChangeAlreadyKnown",
    "ChangeIsWithdrawn",
    "ChangeNeedsOther",
    "ChangeOutsideStandingOrder",
    "EndsBeforeItStarts",
    "StandingOrderAlreadyKnown",
    "StandingOrdersOverlap",
    "UnknownChange",
    "change_standing_order",
    "end_change",
    "end_standing_order",
    "start_standing_order",
    "withdraw_change",
]
