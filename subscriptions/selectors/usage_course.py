"""The course of a billing period: what was used day by day, of what the period gives, and what it will be at its end."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import accumulate

from subscriptions.models import PlanSubscription
from subscriptions.rules.days import span_of_days
from subscriptions.rules.usage_forecast import forecast
from subscriptions.selectors.period_usage import PeriodAsked, PeriodUsage, period_usage
from subscriptions.selectors.plan_subscriptions import current_period
from subscriptions.selectors.usage import UsageWindow, usage_in


@dataclass(frozen=True, slots=True)
class UsageCourse:
    """A period, its usage, what each day up to today used, and the forecast to its end (none: it has only begun)."""

    usage: PeriodUsage
    days: Sequence[date]
    used_by_day: Sequence[int]
    forecast_bytes: int | None

    @property
    def summed(self) -> list[int]:
        """What was used up to the end of each day."""
        return list(accumulate(self.used_by_day))

    @property
    def percent(self) -> int | None:
        """How much of the cap is used; none where there is no cap, and where nobody knows how much is used."""
        if not self.usage.cap_bytes or not self.usage.is_known:
            return None
        return self.usage.total_bytes * 100 // self.usage.cap_bytes


def usage_course(
    subscription: PlanSubscription, *, now: datetime, on: date | None = None, using: str = "default"
) -> UsageCourse | None:
    """Answer the course of the period that today lies in, or of the last one where it has ended; none before it begins.

    `on` asks for the period of an earlier day.
    """
    zone = subscription.tenant.zone
    today = now.astimezone(zone).date()
    day = on or min(today, subscription.end_date or today)
    if not subscription.start_date <= day <= min(today, subscription.end_date or today):
        return None
    period = current_period(subscription, day)
    asked = PeriodAsked(subscription, period)
    usage = period_usage([asked], using=using, now=now)[asked.key]
    days = [period.start + timedelta(days=number) for number in range((min(today, period.end) - period.start).days + 1)]
    lines = {
        each: part.subscriber_id for part in usage.parts for each in days if part.first_day <= each <= part.last_day
    }
    windows = [UsageWindow(each, line, *span_of_days(each, each, zone)) for each, line in lines.items() if line]
    used = usage_in(windows, using=using)
    starts_at, ends_at = span_of_days(period.start, period.end, zone)
    return UsageCourse(
        usage,
        days,
        [used[each].total_bytes if each in used else 0 for each in days],
        forecast(usage.total_bytes, starts_at=starts_at, ends_at=ends_at, now=now) if usage.is_known else None,
    )
