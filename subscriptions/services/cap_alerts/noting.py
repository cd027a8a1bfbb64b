"""One batch of subscriptions against their caps: thresholds that were reached are noted, those that hold no more are resolved.

The subscriptions are locked first, by id, so that two workers who look at the same one note its thresholds once; what is used
is asked for all of them at once (`period_usage`).
"""

import logging
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from uuid import UUID

from accounts.locks import locked
from accounts.models import User
from accounts.unit_of_work import unit_of_work
from subscriptions.models import DataCapAlert, PlanSubscription
from subscriptions.rules.billing_cycle import BillingPeriod
from subscriptions.rules.cap_threshold import Noted, crossed, worth_telling
from subscriptions.rules.reasons import NEEDS_A_PERSON, NO_DATA_CAP, SUBSCRIBER_ID_NOT_SET
from subscriptions.selectors.period_usage import PeriodAsked, period_usage
from subscriptions.selectors.plan_subscriptions import current_period
from subscriptions.services.cap_alerts.answer import CapsWatched

log = logging.getLogger("roundsman.usage_monitoring")

Alerts = dict[tuple[UUID, date], list[DataCapAlert]]


@dataclass(slots=True)
class Batch:
    """What a batch found: its counts, what is to be written, and which alerts are to be told."""

    now: datetime
    run_id: UUID
    counts: CapsWatched = field(default_factory=CapsWatched)
    new: list[DataCapAlert] = field(default_factory=list)
    changed: list[DataCapAlert] = field(default_factory=list)
    to_tell: list[UUID] = field(default_factory=list)

    def say(self, event: str, asked: PeriodAsked, *, level: int = logging.INFO, **facts: object) -> None:
        """Log an event about a subscription, without anything personal."""
        said = {
            "subscription_id": str(asked.subscription.pk),
            "period": f"{asked.period.start}/{asked.period.end}",
            "run_id": str(self.run_id),
        }
        log.log(level, f"usage_monitoring.{event}", extra={**said, **facts})


@unit_of_work
def note_thresholds(*, actor: User | None, ids: Sequence[UUID], now: datetime, run_id: UUID) -> Batch:
    """Note which thresholds these subscriptions have reached in their current periods; say whom to tell."""
    found = locked(PlanSubscription.objects.filter(pk__any_of=list(ids))).select_related("plan", "tenant")
    asked = [PeriodAsked(row, period_today(row, now)) for row in found]
    batch = Batch(now, run_id)
    alerts = alerts_of(asked)
    for one, usage_bytes, cap_bytes in measured(asked, batch):
        compare(batch, one, usage_bytes, cap_bytes, alerts.get(one.key, []))
    DataCapAlert.objects.bulk_create(batch.new)
    DataCapAlert.objects.bulk_update(batch.changed, ["usage_bytes", "cap_bytes", "notified_at", "resolved_at"])
    return batch


def period_today(row: PlanSubscription, now: datetime) -> BillingPeriod:
    """The period in which the subscription is, by the clock of its business."""
    return current_period(row, row.tenant.day_of(now))


def alerts_of(asked: Sequence[PeriodAsked]) -> Alerts:
    """What was noted before in these periods."""
    found: Alerts = {}
    keys, starts = [one.subscription.pk for one in asked], {one.period.start for one in asked}
    for alert in DataCapAlert.objects.filter(subscription__any_of=keys, period_start__in=starts):
        found.setdefault((alert.subscription_id, alert.period_start), []).append(alert)
    return found


def measured(asked: Sequence[PeriodAsked], batch: Batch) -> Iterator[tuple[PeriodAsked, int, int]]:
    """Yield each subscription with its usage and its cap (0: unlimited now); skip, with the reason, those not known."""
    capped = []
    for one in asked:
        if has_no_cap(one.subscription):
            skip(batch, one, NO_DATA_CAP)
            yield one, 0, 0
        elif one.subscription.subscriber_id is None:
            skip(batch, one, SUBSCRIBER_ID_NOT_SET)
        else:
            capped.append(one)
    used = period_usage(capped, now=batch.now)
    for one in capped:
        usage = used[one.key]
        if not usage.cap_bytes:
            skip(batch, one, NO_DATA_CAP)
            yield one, 0, 0
        elif not usage.is_known:
            skip(batch, one, usage.why_unknown)
        else:
            batch.counts.checked += 1
            yield one, usage.total_bytes, usage.cap_bytes


def has_no_cap(row: PlanSubscription) -> bool:
    """Whether what holds today is unlimited, so that the whole period is."""
    return row.custom_data_cap_bytes is None and row.plan.cap_bytes is None


def skip(batch: Batch, one: PeriodAsked, reason: str) -> None:
    """Count the reason; what a person must see to is a warning in the log."""
    batch.counts.left[one.subscription.tenant_id, reason] += 1
    batch.say("skipped", one, level=logging.WARNING if reason in NEEDS_A_PERSON else logging.DEBUG, reason=reason)


def compare(batch: Batch, one: PeriodAsked, usage_bytes: int, cap_bytes: int, alerts: Sequence[DataCapAlert]) -> None:
    """Note new thresholds, resolve those that hold no more, open those that hold again, and find the one to tell."""
    reached = crossed(usage_bytes, cap_bytes, one.subscription.plan.alert_thresholds) if cap_bytes else []
    noted = [Noted(each.threshold_percent, each.resolved_at is None, each.notified_at is not None) for each in alerts]
    telling = worth_telling(reached, noted)
    known = {alert.threshold_percent: alert for alert in alerts}
    for percent in reached:
        if percent not in known:
            known[percent] = create(batch, one, percent, usage_bytes, cap_bytes)
    for percent, alert in known.items():
        if alert.resolved_at is None and percent not in reached:
            resolve(batch, one, alert)
        elif alert.resolved_at is not None and percent in reached:
            reopen(batch, one, alert, usage_bytes, cap_bytes)
    if telling is not None:
        batch.to_tell.append(known[telling].pk)


def create(batch: Batch, one: PeriodAsked, percent: int, usage_bytes: int, cap_bytes: int) -> DataCapAlert:
    """A threshold that is reached for the first time in this period."""
    alert = DataCapAlert(
        tenant_id=one.subscription.tenant_id,
        subscription=one.subscription,
        period_start=one.period.start,
        threshold_percent=percent,
        usage_bytes=usage_bytes,
        cap_bytes=cap_bytes,
    )
    batch.new.append(alert)
    batch.counts.alerts_created += 1
    batch.say("alert_created", one, threshold_percent=percent, usage_bytes=usage_bytes, cap_bytes=cap_bytes)
    return alert


def resolve(batch: Batch, one: PeriodAsked, alert: DataCapAlert) -> None:
    """Usage is below the threshold again: the plan or the cap changed, or a record was corrected."""
    alert.resolved_at = batch.now
    batch.changed.append(alert)
    batch.counts.alerts_resolved += 1
    batch.say("alert_resolved", one, threshold_percent=alert.threshold_percent)


def reopen(batch: Batch, one: PeriodAsked, alert: DataCapAlert, usage_bytes: int, cap_bytes: int) -> None:
    """The threshold is reached once more in the period, of a cap that may be another one: it is told again."""
    alert.resolved_at = alert.notified_at = None
    alert.usage_bytes, alert.cap_bytes = usage_bytes, cap_bytes
    batch.changed.append(alert)
    batch.counts.alerts_reopened += 1
    batch.say("alert_reopened", one, threshold_percent=alert.threshold_percent)
