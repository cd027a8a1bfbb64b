"""What was agreed for a plan subscription, in time order: earlier terms, then what holds now."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from subscriptions.models import PlanSubscription


@dataclass(frozen=True, slots=True)
class Terms:
    """What was agreed from `first_day` to `last_day` (none is open); `subscriber_id` none: nobody knows the line."""

    first_day: date
    last_day: date | None
    plan_id: UUID
    subscriber_id: str | None
    custom_data_cap_bytes: int | None


def terms_in_time(subscription: PlanSubscription) -> list[Terms]:
    """Return everything that was agreed; earlier terms without a line of their own have the subscription's."""
    earlier = [
        Terms(
            past.first_day,
            past.last_day,
            past.plan_id,
            past.subscriber_id or subscription.subscriber_id,
            past.custom_data_cap_bytes,
        )
        for past in subscription.past_terms.order_by("first_day")
    ]
    now = Terms(
        subscription.terms_since or subscription.start_date,
        subscription.end_date,
        subscription.plan_id,
        subscription.subscriber_id,
        subscription.custom_data_cap_bytes,
    )
    return [*earlier, now]
