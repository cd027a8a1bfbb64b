"""Billing of what was used beyond the cap: every closed period once, and what late records changed about it."""

from subscriptions.services.usage_billing.by_hand import (
    NoSuchPeriod,
    NotUsage,
    PeriodIsNotParked,
    UsageIsKnown,
    declare_usage,
    release_parked,
    waive_parked,
)
from subscriptions.services.usage_billing.links import LinksAreMissing
from subscriptions.services.usage_billing.running import SUBSCRIPTIONS_AT_ONCE, UsageBilled, bill_usage
from subscriptions.services.usage_billing.undeclared import undeclared_periods

__all__ = [
    "SUBSCRIPTIONS_AT_ONCE",
    "LinksAreMissing",
    "NoSuchPeriod",
    "NotUsage",
    "PeriodIsNotParked",
    "UsageBilled",
    "UsageIsKnown",
    "bill_usage",
    "declare_usage",
    "release_parked",
    "undeclared_periods",
    "waive_parked",
]
