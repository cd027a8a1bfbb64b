"""A plan subscription in time: what was agreed from day to day, and the billing period that a day lies in."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import date
from typing import NamedTuple
from uuid import UUID

from subscriptions.models import PlanSubscription, PlanSubscriptionTerms
from subscriptions.rules.billing_cycle import BillingPeriod, period_of


class Terms(NamedTuple):
    """What was agreed from `first_day` to `last_day` (none is open); `subscriber_id` none: nobody knows the line."""

    first_day: date
    last_day: date | None
    plan_id: UUID
    subscriber_id: str | None
    custom_data_cap_bytes: int | None


def terms_in_time(
    subscription: PlanSubscription, *, past: Iterable[PlanSubscriptionTerms] | None = None
) -> list[Terms]:
    """Return everything that was agreed, the oldest first; earlier terms without a line of their own have the subscription's.

    `past` are its earlier terms, for who has read those of many subscriptions at once.
    """
    earlier = [
        Terms(
            terms.first_day,
            terms.last_day,
            terms.plan_id,
            terms.subscriber_id or subscription.subscriber_id,
            terms.custom_data_cap_bytes,
        )
        for terms in (subscription.past_terms.all() if past is None else past)
    ]
    now = Terms(
        subscription.agreed_since,
        subscription.end_date,
        subscription.plan_id,
        subscription.subscriber_id,
        subscription.custom_data_cap_bytes,
    )
    return [*sorted(earlier, key=lambda terms: terms.first_day), now] if earlier else [now]


def current_period(subscription: PlanSubscription, today: date) -> BillingPeriod:
    """The billing period that a day of the subscription lies in; one that another system began, from our first day."""
    cycle, first_day = subscription.plan.billing_cycle, subscription.billed_from
    period = period_of(subscription.start_date, cycle, today, last_day=subscription.end_date)
    if first_day is None or not period.start < first_day <= today:
        return period
    return replace(period, start=first_day, whole_start=period.start)
