"""What becomes of each period of a subscription: decided in Python on what was read, nothing is written here.

A closed period without a row is charged, or settled without a charge, or parked, or waits because nobody knows what was used. One
whose invoice is void is measured and charged again, and a parked one once something else is known of it. A settled one that late
records changed gives an adjustment: what it charges now, less all that it charged until now.
"""

from dataclasses import dataclass, field
from typing import Any

from accounts.copying import new_row
from billing.services.checks import LARGEST_CENTS
from subscriptions.models import BilledPeriod, PeriodAdjustment, PlanSubscription
from subscriptions.rules import reasons
from subscriptions.rules.billing_cycle import BillingPeriod
from subscriptions.rules.charge_check import why_parked
from subscriptions.rules.overage import Overage, Part, Price, overage_of
from subscriptions.selectors.period_usage import PeriodUsage
from subscriptions.services.usage_billing.standing import SETTLED, Standing, Status
from subscriptions.services.usage_billing.terms import Terms

Event = tuple[str, dict[str, Any]]


@dataclass(slots=True)
class Decided:
    """What is to be written for a subscription, why something was not billed, and what the log says of it."""

    standing: Standing
    new: list[BilledPeriod] = field(default_factory=list)
    changed: list[BilledPeriod] = field(default_factory=list)
    adjustments: list[PeriodAdjustment] = field(default_factory=list)
    charged: list[BilledPeriod] = field(default_factory=list)
    added: list[PeriodAdjustment] = field(default_factory=list)
    reasons: set[str] = field(default_factory=set)
    events: list[Event] = field(default_factory=list)

    @property
    def subscription(self) -> PlanSubscription:
        """Whose periods these are."""
        return self.standing.subscription

    @property
    def is_charged(self) -> bool:
        """Whether there is something to invoice."""
        return bool(self.charged or self.added)

    @property
    def currencies(self) -> list[str]:
        """The currency of each period and adjustment that is to be invoiced."""
        return [row.currency for row in self.charged] + [added.currency for added in self.added]

    @property
    def reason(self) -> str:
        """Why it was skipped."""
        return reasons.worst(self.reasons)

    def say(self, event: str, period: BillingPeriod | None = None, **facts: Any) -> None:
        """Remember a line for the log, which is written once the batch is committed."""
        if period is not None:
            facts["period"] = f"{period.start}/{period.end}"
        self.events.append((event, {"subscription_id": str(self.subscription.pk), **facts}))


def decide(one: Standing, terms: Terms) -> Decided:
    """Decide about everything of a subscription."""
    decided = Decided(one)
    if not one.subscription.is_active:
        decided.reasons.add(reasons.NOT_IN_FORCE)
    elif not one.is_priced:
        decided.reasons.add(reasons.NO_OVERAGE_PRICE if one.has_cap else reasons.NO_DATA_CAP)
    elif not one.closed and not one.ended_before:
        decided.reasons.add(reasons.PERIOD_NOT_CLOSED)
    for period in one.closed if one.is_priced else ():
        _decide_period(one, period, decided, terms)
    decided.added += one.waiting()
    _one_currency(decided)
    if not decided.reasons:
        decided.reasons.add(reasons.ALREADY_BILLED)
    return decided


def _decide_period(one: Standing, period: BillingPeriod, decided: Decided, terms: Terms) -> None:
    row, used = one.rows.get(period.start), one.used.get(period.start)
    is_parked = row is not None and row.status == Status.PARKED
    if used is None:
        return
    if why := why_unknown(used):
        if one.is_undecided(period):
            decided.reasons.add(reasons.PARKED if is_parked else why)
            _say_unknown(decided, period, why)
        return
    overage = overage_of(parts_of(used))
    if row is not None and is_parked and not _is_news(one, row, used, overage):
        decided.reasons.add(reasons.PARKED)
    elif one.is_undecided(period):
        _settle(one, period, used, overage, decided, terms)
    elif row is not None and row.status in SETTLED:
        _adjust(one, row, period, used, overage, decided, terms)


def _is_news(one: Standing, row: BilledPeriod, used: PeriodUsage, overage: Overage) -> bool:
    """Whether a parked period would charge something else by now: late records came, or its line was put right."""
    asked = min(overage.cents - one.charged_since(row), LARGEST_CENTS)
    return (used.total_bytes, asked) != (row.usage_bytes, row.overage_cents)


def _settle(
    one: Standing, period: BillingPeriod, used: PeriodUsage, overage: Overage, decided: Decided, terms: Terms
) -> None:
    """Charge a period, settle it without a charge, or park it."""
    row = one.rows.get(period.start)
    is_new = row is None
    if row is None:
        whose = {"tenant_id": one.subscription.tenant_id, "subscription_id": one.subscription.pk}
        row = new_row(BilledPeriod, **whose, period_start=period.start)
    asked = overage.cents - (0 if is_new else one.charged_since(row))
    measure(row, period, used, overage, terms)
    row.overage_cents, row.invoice_id, row.decided_by_id = min(max(asked, 0), LARGEST_CENTS), None, None
    why = _why_parked(one, period, overage.cents, terms)
    row.status, row.note = (Status.PARKED, f"Parked: {why}.") if why and asked > 0 else (Status.NO_CHARGE, "")
    one.rows[period.start] = row
    (decided.new if is_new else decided.changed).append(row)
    if row.status == Status.PARKED:
        decided.reasons.add(reasons.PARKED)
        decided.say("usage_billing.parked", period, cents=asked, why=why)
    elif asked > 0:
        row.status = Status.BILLED  # the invoice is made with the batch
        decided.charged.append(row)
        decided.say("usage_billing.overage_detected", period, overage_bytes=row.overage_bytes, cents=asked)
    else:
        decided.reasons.add(reasons.NO_OVERAGE)
        if asked < 0:
            add_adjustment(row, asked, row.usage_bytes, decided)


def _adjust(
    one: Standing,
    row: BilledPeriod,
    period: BillingPeriod,
    used: PeriodUsage,
    overage: Overage,
    decided: Decided,
    terms: Terms,
) -> None:
    """Charge or credit what late records changed about a settled period."""
    added = overage.cents - row.overage_cents - one.charged_since(row)
    if added == 0:
        return
    if added > 0 and (why := _why_parked(one, period, overage.cents, terms)):
        _park_settled(row, period, used, overage, decided, terms, added, why)
        return
    decided.say("usage_billing.adjusted", period, cents=added)
    add_adjustment(row, added, used.total_bytes, decided)


def _park_settled(
    row: BilledPeriod,
    period: BillingPeriod,
    used: PeriodUsage,
    overage: Overage,
    decided: Decided,
    terms: Terms,
    added: int,
    why: str,
) -> None:
    """Late records make a charge far above the usual: what nobody was asked for waits; a billed period stays, and says so."""
    decided.reasons.add(reasons.PARKED)
    decided.say("usage_billing.parked", period, cents=overage.cents, why=why)
    told = f"Late records would charge {added} cents more: {why}. To ask for it, make its invoice void."
    if row.status != Status.BILLED:
        measure(row, period, used, overage, terms)
        row.overage_cents, row.status = min(added, LARGEST_CENTS), Status.PARKED
        row.note = f"Parked: {why}, by late records."
        decided.changed.append(row)
    elif row.note != told:
        row.note = told
        decided.changed.append(row)


def add_adjustment(row: BilledPeriod, cents: int, usage_bytes: int, decided: Decided) -> None:
    """Add what late records, or a person, changed about a settled period: a line of the next invoice, or a credit."""
    adjustment = PeriodAdjustment(
        tenant_id=row.tenant_id,
        billed_period=row,
        usage_bytes_before=row.usage_bytes,
        usage_bytes=usage_bytes,
        added_cents=cents,
        currency=row.currency,
    )
    decided.adjustments.append(adjustment)
    if cents > 0:
        decided.added.append(adjustment)
    else:
        decided.reasons.add(reasons.CREDITED)


def measure(row: BilledPeriod, period: BillingPeriod, used: PeriodUsage, overage: Overage, terms: Terms) -> None:
    """Let the row say what was used in its period."""
    row.period_end = period.end
    row.usage_bytes, row.cap_bytes, row.overage_bytes = used.total_bytes, used.cap_bytes, overage.overage_bytes
    row.currency, row.measured_at = used.parts[-1].plan.currency, terms.now


def parts_of(used: PeriodUsage) -> list[Part]:
    """What the rule of charges needs to know of each part."""
    return [
        Part(
            part.usage.total_bytes,
            part.cap_bytes,
            Price(part.plan.overage_price_cents, part.plan.overage_unit, part.plan.overage_rounding),
        )
        for part in used.parts
    ]


def why_unknown(used: PeriodUsage) -> str:
    """Why it is not known what the limited parts used, if anything could be charged; unlimited ones may stay unknown."""
    capped = [part for part in used.parts if part.cap_bytes is not None]
    told = {part.why_unknown for part in capped if part.why_unknown}
    is_priced = any(part.plan.overage_price_cents for part in capped)
    return reasons.worst(told) if told and is_priced else ""


def _why_parked(one: Standing, period: BillingPeriod, cents: int, terms: Terms) -> str:
    if cents > LARGEST_CENTS:
        return "more than an invoice can ask for"
    before = [row for start, row in sorted(one.rows.items()) if start < period.start and row.status != Status.PARKED]
    return why_parked(
        cents,
        monthly_price_cents=one.plan_on(period.end).monthly_price_cents,
        last_cents=[row.overage_cents + one.charged_since(row) for row in before],
        limits=terms.limits,
    )


def _say_unknown(decided: Decided, period: BillingPeriod, why: str) -> None:
    event = "missing_subscriber_link" if why == reasons.SUBSCRIBER_ID_NOT_SET else "usage_unknown"
    decided.say(f"usage_billing.{event}", period, reason=why)


def _one_currency(decided: Decided) -> None:
    """An invoice is in one currency: what is charged in another goes on the next one."""
    currencies = decided.currencies
    if len(set(currencies)) < 2:
        return
    later = {row.pk for row in decided.charged if row.currency != currencies[0]}
    decided.new = [row for row in decided.new if row.pk not in later]
    decided.changed = [row for row in decided.changed if row.pk not in later]
    decided.charged = [row for row in decided.charged if row.pk not in later]
    decided.added = [one for one in decided.added if one.currency == currencies[0]]
