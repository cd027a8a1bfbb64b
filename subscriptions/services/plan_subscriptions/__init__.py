"""Internet plans, lines, and which plan is on which line: how each begins, changes and ends."""

from subscriptions.services.plan_subscriptions.lines import LineCannotCarryIt, LineIsTaken, SubscriberNotFound
from subscriptions.services.plan_subscriptions.plan_checks import NotAnInternetPlan
from subscriptions.services.plan_subscriptions.plans import PlanCodeTaken, PlanIsInUse, create_plan, update_plan
from subscriptions.services.plan_subscriptions.starting import (
    NotACap,
    PlanIsNotActive,
    UnknownPlan,
    create_plan_subscription,
)
from subscriptions.services.plan_subscriptions.subscribers import (
    LineAlreadyKnown,
    LineIsDeleted,
    NotALine,
    UnknownCustomer,
    create_subscriber,
    delete_subscriber,
)

__all__ = [
    "LineAlreadyKnown",
    "LineCannotCarryIt",
    "LineIsDeleted",
    "LineIsTaken",
    "NotACap",
    "NotALine",
    "NotAnInternetPlan",
    "PlanCodeTaken",
    "PlanIsInUse",
    "PlanIsNotActive",
    "SubscriberNotFound",
    "UnknownCustomer",
    "UnknownPlan",
    "create_plan",
    "create_plan_subscription",
    "create_subscriber",
    "delete_subscriber",
    "update_plan",
]
