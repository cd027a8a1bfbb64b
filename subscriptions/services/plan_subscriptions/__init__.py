"""Internet plans, lines, and which plan is on which line: how each begins, changes and ends."""

from subscriptions.services.plan_subscriptions.lines import (
    LineCannotCarryIt,
    LineIsTaken,
    LinkIsMissing,
    SubscriberNotFound,
)
from subscriptions.services.plan_subscriptions.links import confirm_link, link_subscriber
from subscriptions.services.plan_subscriptions.one import SubscriptionIsOver
from subscriptions.services.plan_subscriptions.plan_checks import NotAnInternetPlan
from subscriptions.services.plan_subscriptions.plans import PlanCodeTaken, PlanIsInUse, create_plan, update_plan
from subscriptions.services.plan_subscriptions.starting import (
    NotACap,
    PlanIsNotActive,
    UnknownPlan,
    create_plan_subscription,
)
from subscriptions.services.plan_subscriptions.stopping import (
    EndsTooEarly,
    SubscriptionIsNotSuspended,
    SubscriptionIsSuspended,
    end_plan_subscription,
    resume_plan_subscription,
    suspend_plan_subscription,
)
from subscriptions.services.plan_subscriptions.subscribers import (
    LineAlreadyKnown,
    LineIsDeleted,
    NotALine,
    UnknownCustomer,
    create_subscriber,
    delete_subscriber,
)
from subscriptions.services.plan_subscriptions.terms import (
    DayOutsideTerms,
    NothingChanges,
    PeriodIsSettled,
    PlanDoesNotFit,
    change_plan,
    move_to_subscriber,
    set_data_cap,
)

__all__ = [
    "DayOutsideTerms",
    "EndsTooEarly",
    "LineAlreadyKnown",
    "LineCannotCarryIt",
    "LineIsDeleted",
    "LineIsTaken",
    "LinkIsMissing",
    "NotACap",
    "NotALine",
    "NotAnInternetPlan",
    "NothingChanges",
    "PeriodIsSettled",
    "PlanCodeTaken",
    "PlanDoesNotFit",
    "PlanIsInUse",
    "PlanIsNotActive",
    "SubscriberNotFound",
    "SubscriptionIsNotSuspended",
    "SubscriptionIsOver",
    "SubscriptionIsSuspended",
    "UnknownCustomer",
    "UnknownPlan",
    "change_plan",
    "confirm_link",
    "create_plan",
    "create_plan_subscription",
    "create_subscriber",
    "delete_subscriber",
    "end_plan_subscription",
    "link_subscriber",
    "move_to_subscriber",
    "resume_plan_subscription",
    "set_data_cap",
    "suspend_plan_subscription",
    "update_plan",
]
