"""Billing of what was used beyond the cap: every closed period once, and what late records changed about it."""

from subscriptions.services.usage_billing.links import LinksAreMissing
from subscriptions.services.usage_billing.running import SUBSCRIPTIONS_AT_ONCE, UsageBilled, bill_usage

__all__ = ["SUBSCRIPTIONS_AT_ONCE", "LinksAreMissing", "UsageBilled", "bill_usage"]
