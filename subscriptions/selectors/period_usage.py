"""What was used in a billing period of a subscription: the one answer that bills, alerts, pages and reports share.

A period that saw several terms (plan, cap or line changed on a day) is answered in parts. The cap of a part is its share by
days, cut so that the parts of one cap add up to it; a last period that is cut short has its share in the same way. Where the
line should have sent records and none is there, usage is *unknown*: never nothing (ADR 0016).
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
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
from subscriptions.selectors.usage import NOTHING, Usage, UsageWindow, usage_in


@dataclass(frozen=True, slots=True)
class PeriodAsked:
    """A subscription, and one of its billing periods."""

    subscription: PlanSubscription
    period: BillingPeriod

    @property
    def key(self) -> tuple[UUID, date]:
        """What the answer is found by."""
        return self.subscription.pk, self.period.start


@dataclass(slots=True)
class PartOfPeriod:
    """Days of the period under one plan, cap and line. `cap_bytes` is the share of these days; none is unlimited."""

    plan: InternetPlan
    subscriber_id: str | None
    first_day: date
    last_day: date
    cap_bytes: int | None
    usage: Usage = NOTHING
    why_unknown: str = ""

    @property
    def days(self) -> int:
        """How many days it has."""
        return (self.last_day - self.first_day).days + 1


@dataclass(slots=True)
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
    asked: Sequence[PeriodAsked],
    *,
    using: str = "default",
    now: datetime | None = None,
    past: Mapping[UUID, Sequence[PlanSubscriptionTerms]] | None = None,
) -> dict[tuple[UUID, date], PeriodUsage]:
    """Answer what was used in each period asked, in at most five statements however many they are.

    Days that begin after `now` expect no records; without it all days are past. Who has read the past terms of the
    subscriptions (`past_terms`) hands them on.
    """
    given = _Given(asked, using, past)
    parts = [given.parts_of(one) for one in asked]
    windows = [
        UsageWindow((number, place), part.subscriber_id, *given.span(asked[number], part))
        for number, of_period in enumerate(parts)
        for place, part in enumerate(of_period)
        if part.subscriber_id is not None
    ]
    used = usage_in(windows, using=using)
    given.read_lines(window.subscriber_id for window in windows if not used[window.key].records)
    answer = {}
    for number, (one, of_period) in enumerate(zip(asked, parts, strict=True)):
        for place, part in enumerate(of_period):
            part.usage = used.get((number, place), NOTHING)
            part.why_unknown = given.why_unknown(one, part, now)
        answer[one.key] = PeriodUsage(one.subscription, one.period, tuple(of_period))
    return answer


def past_terms(keys: Sequence[UUID], *, using: str = "default") -> dict[UUID, list[PlanSubscriptionTerms]]:
    """What was agreed for these subscriptions before what they have now, each with its plan."""
    past: dict[UUID, list[PlanSubscriptionTerms]] = {}
    found = PlanSubscriptionTerms.objects.using(using).filter(subscription__any_of=list(keys))
    for terms in found.select_related("plan"):
        past.setdefault(terms.subscription_id, []).append(terms)
    return past


class _Given:
    """What the parts are made of, read once for all that is asked: past terms, plans, lines and zones."""

    def __init__(
        self, asked: Sequence[PeriodAsked], using: str, past: Mapping[UUID, Sequence[PlanSubscriptionTerms]] | None
    ) -> None:
        subscriptions = {one.subscription.pk: one.subscription for one in asked}
        self.past = past_terms(list(subscriptions), using=using) if past is None else past
        everything: list[Any] = [*subscriptions.values(), *(terms for of_one in self.past.values() for terms in of_one)]
        self.plans = _by_id(InternetPlan, {one.plan_id for one in everything}, using)
        self.caps = {pk: plan.cap_bytes for pk, plan in self.plans.items()}
        self.using = using
        self.lines: dict[str, Subscriber] = {}
        tenants = _by_id(Tenant, {one.tenant_id for one in subscriptions.values()}, using)
        self.zones = {pk: tenant.zone for pk, tenant in tenants.items()}

    def read_lines(self, without_records: Iterable[str]) -> None:
        """Read the lines that have no records: were some to be expected of them?"""
        self.lines = _by_id(Subscriber, set(without_records), self.using)

    def parts_of(self, one: PeriodAsked) -> list[PartOfPeriod]:
        """The days under each of the terms that the period saw, oldest first."""
        period, parts = one.period, []
        for terms in terms_in_time(one.subscription, past=self.past.get(one.subscription.pk, ())):
            first_day = max(terms.first_day, period.start)
            last_day = min(terms.last_day or period.end, period.end)
            if first_day <= last_day:
                cap = terms.custom_data_cap_bytes or self.caps[terms.plan_id]
                share = cap and _share(cap, period, first_day, last_day)
                parts.append(PartOfPeriod(self.plans[terms.plan_id], terms.subscriber_id, first_day, last_day, share))
        return parts

    def span(self, one: PeriodAsked, part: PartOfPeriod) -> tuple[datetime, datetime]:
        """The moments between which its days lie in the time zone of the business."""
        return span_of_days(part.first_day, part.last_day, self.zones[one.subscription.tenant_id])

    def why_unknown(self, one: PeriodAsked, part: PartOfPeriod, now: datetime | None) -> str:
        """Why it is not known what was used in it; empty: it is."""
        if part.subscriber_id is None:
            return SUBSCRIBER_ID_NOT_SET
        if not part.usage.records:
            starts_at, ends_at = self.span(one, part)
            if expects_records(self.lines[part.subscriber_id], starts_at, min(ends_at, now or ends_at)):
                return USAGE_UNKNOWN
        return ""


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
