"""What was used in a billing period of a subscription: the one answer that bills, alerts, pages and reports share.

A period that saw several terms (plan, cap or line changed on a day) is answered in parts. The cap of a part is its share by
days, cut so that the parts of one cap add up to it; a last period that is cut short has its share in the same way. Where the
line should have sent records and none is there, usage is *unknown*: never nothing (ADR 0016).
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

from accounts.models import Tenant
from subscriptions.models import InternetPlan, PlanSubscription, PlanSubscriptionTerms, Subscriber
from subscriptions.rules.billing_cycle import BillingPeriod
from subscriptions.rules.days import span_of_days
from subscriptions.rules.overage import share_of_cap
from subscriptions.rules.reasons import SUBSCRIBER_ID_NOT_SET, USAGE_UNKNOWN
from subscriptions.selectors.plan_subscriptions import terms_in_time
from subscriptions.selectors.usage import Usage, UsageWindow, usage_in


@dataclass(frozen=True, slots=True)
class PeriodAsked:
    """A subscription, and one of its billing periods."""

    subscription: PlanSubscription
    period: BillingPeriod

    @property
    def key(self) -> tuple[UUID, date]:
        """What the answer is found by."""
        return self.subscription.pk, self.period.start


@dataclass(frozen=True, slots=True)
class PartOfPeriod:
    """Days of the period under one plan, cap and line. `cap_bytes` is the share of these days; none is unlimited."""

    plan: InternetPlan
    subscriber_id: str | None
    first_day: date
    last_day: date
    cap_bytes: int | None
    usage: Usage = field(default_factory=Usage)
    why_unknown: str = ""

    @property
    def days(self) -> int:
        """How many days it has."""
        return (self.last_day - self.first_day).days + 1


@dataclass(frozen=True, slots=True)
class PeriodUsage:
    """What was used in a period, part by part, and whether that is known."""

    subscription: PlanSubscription
    period: BillingPeriod
    parts: tuple[PartOfPeriod, ...]

    @property
    def total_bytes(self) -> int:
        """What was used in all parts."""
        return sum(part.usage.total_bytes for part in self.parts)

    @property
    def cap_bytes(self) -> int | None:
        """What the period gives; none where a part of it is unlimited."""
        caps = [part.cap_bytes for part in self.parts]
        return None if None in caps else sum(cap for cap in caps if cap is not None)

    @property
    def why_unknown(self) -> str:
        """Why usage is not known: a part without a line, or a part without records of a line that was active. Empty: it is."""
        reasons = {part.why_unknown for part in self.parts}
        return next((reason for reason in (SUBSCRIBER_ID_NOT_SET, USAGE_UNKNOWN) if reason in reasons), "")

    @property
    def is_known(self) -> bool:
        """Whether `total_bytes` may be billed."""
        return not self.why_unknown


def period_usage(
    asked: Sequence[PeriodAsked], *, using: str = "default", now: datetime | None = None
) -> dict[tuple[UUID, date], PeriodUsage]:
    """Answer what was used in each period asked, in at most five statements however many they are.

    Days that begin after `now` expect no records; without it all days are past.
    """
    given = _Given(asked, using)
    parts = {one.key: tuple(given.parts_of(one)) for one in asked}
    windows = [
        UsageWindow((key, place), part.subscriber_id, *given.span(key[0], part))
        for key, of_period in parts.items()
        for place, part in enumerate(of_period)
        if part.subscriber_id is not None
    ]
    used = usage_in(windows, using=using)
    given.read_lines(window.subscriber_id for window in windows if not used[window.key].records)
    return {
        one.key: PeriodUsage(
            one.subscription,
            one.period,
            tuple(
                given.with_usage(one, part, used.get((one.key, place), Usage()), now)
                for place, part in enumerate(parts[one.key])
            ),
        )
        for one in asked
    }


class _Given:
    """What the parts are made of, read once for all that is asked: past terms, plans, lines and zones."""

    def __init__(self, asked: Sequence[PeriodAsked], using: str) -> None:
        subscriptions = {one.subscription.pk: one.subscription for one in asked}
        self.past: dict[UUID, list[PlanSubscriptionTerms]] = {}
        for terms in PlanSubscriptionTerms.objects.using(using).filter(subscription__any_of=list(subscriptions)):
            self.past.setdefault(terms.subscription_id, []).append(terms)
        everything: list[Any] = [*subscriptions.values(), *(terms for of_one in self.past.values() for terms in of_one)]
        self.plans = _by_id(InternetPlan, {one.plan_id for one in everything}, using)
        self.caps = {pk: plan.cap_bytes for pk, plan in self.plans.items()}
        self.using = using
        self.lines: dict[str, Subscriber] = {}
        self.tenants = _by_id(Tenant, {one.tenant_id for one in subscriptions.values()}, using)
        self.zones = {pk: self.tenants[one.tenant_id].zone for pk, one in subscriptions.items()}

    def read_lines(self, without_records: Iterable[str]) -> None:
        """Read the lines that have no records: were some to be expected of them?"""
        self.lines = _by_id(Subscriber, set(without_records), self.using)

    def parts_of(self, one: PeriodAsked) -> Iterator[PartOfPeriod]:
        """Yield the days under each of the terms that the period saw, oldest first."""
        for terms in terms_in_time(one.subscription, past=self.past.get(one.subscription.pk, [])):
            first_day = max(terms.first_day, one.period.start)
            last_day = min(terms.last_day or one.period.end, one.period.end)
            if first_day <= last_day:
                cap = terms.custom_data_cap_bytes or self.caps[terms.plan_id]
                share = cap and _share(cap, one.period, first_day, last_day)
                yield PartOfPeriod(self.plans[terms.plan_id], terms.subscriber_id, first_day, last_day, share)

    def span(self, subscription_id: UUID, part: PartOfPeriod) -> tuple[datetime, datetime]:
        """The moments between which its days lie in the time zone of the business."""
        return span_of_days(part.first_day, part.last_day, self.zones[subscription_id])

    def with_usage(self, one: PeriodAsked, part: PartOfPeriod, usage: Usage, now: datetime | None) -> PartOfPeriod:
        """The part with what was used, or why that is not known."""
        why = ""
        if part.subscriber_id is None:
            why = SUBSCRIBER_ID_NOT_SET
        elif not usage.records:
            starts_at, ends_at = self.span(one.subscription.pk, part)
            if expects_records(self.lines[part.subscriber_id], starts_at, min(ends_at, now or ends_at)):
                why = USAGE_UNKNOWN
        return replace(part, usage=usage, why_unknown=why)


def _by_id(model: Any, ids: set[Any], using: str) -> dict[Any, Any]:
    return {row.pk: row for row in model.objects.using(using).filter(pk__any_of=list(ids))} if ids else {}


def _share(cap_bytes: int, period: BillingPeriod, first_day: date, last_day: date) -> int:
    before, days = (first_day - period.start).days, (last_day - first_day).days + 1
    return share_of_cap(cap_bytes, days_before=before, days=days, whole_days=period.whole_days)


def expects_records(line: Subscriber, starts_at: datetime, ends_at: datetime) -> bool:
    """Whether the line was in service for some of this time: from its activation until it was ended or deleted."""
    if line.activated_at is None and line.status == Subscriber.Status.PENDING:
        return False
    began = line.activated_at or datetime.min.replace(tzinfo=UTC)
    ended = min(moment for moment in (line.terminated_at, line.deleted_at, ends_at) if moment is not None)
    return max(began, starts_at) < ended
