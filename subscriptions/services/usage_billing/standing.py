"""Where subscriptions stand: their closed periods, which of these are settled, and what was used in all that is to be decided."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache
from uuid import UUID

from accounts.models import Tenant
from billing.models import InvoiceLine
from subscriptions.models import (
    BILLED_PERIOD,
    PERIOD_ADJUSTMENT,
    BilledPeriod,
    InternetPlan,
    PeriodAdjustment,
    PlanSubscription,
    PlanSubscriptionTerms,
)
from subscriptions.rules.billing_cycle import BillingPeriod, periods
from subscriptions.selectors.period_usage import PeriodAsked, PeriodUsage, past_terms, period_usage
from subscriptions.services.usage_billing.terms import Terms

Status = BilledPeriod.Status
SETTLED = (Status.NO_CHARGE, Status.BILLED, Status.DECLARED)


@dataclass(slots=True)
class Standing:
    """A locked subscription, its closed periods, the rows that settle them, and what late records changed about these."""

    subscription: PlanSubscription
    closed: Sequence[BillingPeriod]
    past: list[PlanSubscriptionTerms]  # what was agreed before what it has now
    rows: dict[date, BilledPeriod] = field(default_factory=dict)
    adjustments: dict[UUID, list[PeriodAdjustment]] = field(default_factory=dict)
    live: set[UUID] = field(default_factory=set)
    used: dict[date, PeriodUsage] = field(default_factory=dict)
    is_priced: bool = field(init=False)  # whether any plan that it had could ever charge for more than a cap

    def __post_init__(self) -> None:
        self.is_priced = any(plan.overage_price_cents for plan, own_cap in self.agreed if plan.has_data_cap or own_cap)

    @property
    def agreed(self) -> list[tuple[InternetPlan, int | None]]:
        """Each plan that it had and has, with the cap of its own."""
        own = self.subscription
        before = [(terms.plan, terms.custom_data_cap_bytes) for terms in self.past]
        return [*before, (own.plan, own.custom_data_cap_bytes)]

    @property
    def ended_before(self) -> bool:
        """Whether it was over before the first day that is billed here: the system before settled all of it."""
        own = self.subscription
        return own.billed_from is not None and own.end_date is not None and own.end_date < own.billed_from

    def plan_on(self, day: date) -> InternetPlan:
        """The plan that it had on a day."""
        if not self.past:
            return self.subscription.plan
        held = (terms.plan for terms in self.past if terms.first_day <= day <= terms.last_day)
        return next(held, self.subscription.plan)

    @property
    def has_cap(self) -> bool:
        """Whether any plan that it had, or its own agreement, is limited."""
        return any(plan.has_data_cap or own_cap for plan, own_cap in self.agreed)

    def is_open(self, period: BillingPeriod) -> bool:
        """Whether it is to be settled: it has no row, or one whose invoice is void or deleted."""
        row = self.rows.get(period.start)
        return row is None or self.is_freed(row)

    def is_undecided(self, period: BillingPeriod) -> bool:
        """Whether what was used in it, and what that costs, may still be said anew: it is open, or waits for a person."""
        row = self.rows.get(period.start)
        return row is None or row.status == Status.PARKED or self.is_freed(row)

    def is_freed(self, row: BilledPeriod) -> bool:
        """Whether it was billed, and no live invoice asks for it any more."""
        return row.status == Status.BILLED and row.pk not in self.live

    def charged_since(self, row: BilledPeriod) -> int:
        """What late records added to it until now, and took from it. *Money*: cents."""
        return sum(adjustment.added_cents for adjustment in self.adjustments.get(row.pk, []))

    def waiting(self) -> list[PeriodAdjustment]:
        """What was added by late records and is on no live invoice; nothing of a period that was waived."""
        asked_for = [row.pk for row in self.rows.values() if row.status != Status.WAIVED]
        of_all = (adjustment for pk in asked_for for adjustment in self.adjustments.get(pk, []))
        return [one for one in of_all if one.added_cents > 0 and one.pk not in self.live]


def read_standing(
    subscriptions: Sequence[PlanSubscription], tenants: dict[UUID, Tenant], terms: Terms
) -> list[Standing]:
    """Read where these (locked) subscriptions stand, in a few statements however many they are."""
    keys = [subscription.pk for subscription in subscriptions]
    past = past_terms(keys)
    standing = {
        one.pk: Standing(one, closed_periods(one, tenants[one.tenant_id], terms), past.get(one.pk, []))
        for one in subscriptions
    }
    _read_rows(standing, keys)
    asked = [ask for one in standing.values() for ask in _questions(one, tenants[one.subscription.tenant_id], terms)]
    for (subscription_id, start), used in period_usage(asked, now=terms.now, past=past).items() if asked else ():
        standing[subscription_id].used[start] = used
    return list(standing.values())


def closed_periods(subscription: PlanSubscription, tenant: Tenant, terms: Terms) -> Sequence[BillingPeriod]:
    """The periods that are over for longer than records may be late, oldest first, the last one cut where it ended.

    One that somebody took out has none: it keeps no line, and what is used on that is another's.
    """
    if not subscription.is_active:
        return ()
    return _periods(
        subscription.start_date,
        subscription.plan.billing_cycle,
        subscription.billed_from or subscription.start_date,
        terms.closed_until(tenant),
        subscription.end_date,
    )


@lru_cache(maxsize=4096)  # those of a batch begin on few days
def _periods(anchor: date, cycle: str, since: date, until: date, last_day: date | None) -> tuple[BillingPeriod, ...]:
    return tuple(periods(anchor, cycle, since=since, until=until, last_day=last_day))


def _questions(one: Standing, tenant: Tenant, terms: Terms) -> Iterator[PeriodAsked]:
    """Periods of which it matters what was used: those to decide, and settled ones whose late records are still billed."""
    if not one.is_priced:
        return
    since = terms.looked_at_since(tenant)
    for period in one.closed:
        row = one.rows.get(period.start)
        if one.is_undecided(period) or (row and row.status in SETTLED and period.end >= since):
            yield PeriodAsked(one.subscription, period)


def _read_rows(standing: dict[UUID, Standing], keys: list[UUID]) -> None:
    found: list[UUID] = []
    for row in BilledPeriod.objects.filter(subscription__any_of=keys).order_by("period_start"):
        standing[row.subscription_id].rows[row.period_start] = row
        found.append(row.pk)
    if not found:
        return
    owner = {row.pk: one for one in standing.values() for row in one.rows.values()}
    for adjustment in PeriodAdjustment.objects.filter(billed_period__any_of=found).order_by("pk"):
        owner[adjustment.billed_period_id].adjustments.setdefault(adjustment.billed_period_id, []).append(adjustment)
        owner[adjustment.pk] = owner[adjustment.billed_period_id]
    lines = InvoiceLine.objects.filter(source_kind__in=(BILLED_PERIOD, PERIOD_ADJUSTMENT), is_live=True)
    for source_id in lines.filter(source_id__any_of=list(owner)).values_list("source_id", flat=True):
        if source_id is not None:
            owner[source_id].live.add(source_id)
