"""Repairs of stored subscriptions, found by the engine under their names."""

from subscriptions.backfills.plan_subscription_subscriber import PlanSubscriptionSubscriber

__all__ = ["PlanSubscriptionSubscriber"]
