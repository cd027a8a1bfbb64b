"""What a person decides about a period: how much was used where nobody knows, and whether a parked charge is asked for.

A counter jumped, and January would charge 40,000.00: the period is parked. Somebody looks, finds that the customer did copy a
data centre, and releases it: the invoice is issued. Or finds a stolen line, and waives it: the customer is asked for nothing. In
February the line sent no records, though it was active: somebody reads the meter of the modem and declares 80 GB.
"""

from datetime import date, datetime
from uuid import UUID

from accounts.errors import Conflict, NotFound, RuleBroken
from accounts.locks import locked
from accounts.models import Tenant, User
from accounts.roles import OFFICE
from accounts.unit_of_work import unit_of_work
from billing.models import Invoice
from billing.services.checks import LARGEST_CENTS, NotAnAmount, check_moment, check_reason
from routes.services import check_staff
from subscriptions.models import BilledPeriod, PlanSubscription
from subscriptions.rules.billing_cycle import BillingPeriod
from subscriptions.rules.overage import Part, overage_of
from subscriptions.selectors.period_usage import PeriodUsage
from subscriptions.services.usage_billing.batch import hold_customers
from subscriptions.services.usage_billing.deciding import Decided, add_adjustment, measure, parts_of, why_unknown
from subscriptions.services.usage_billing.standing import Standing, Status, read_standing
from subscriptions.services.usage_billing.terms import Terms, terms_at
from subscriptions.services.usage_billing.writing import write

MOST_BYTES = 2**62


class PeriodIsNotParked(Conflict):
    """The period does not wait for a person."""

    code = "period_is_not_parked"


class NoSuchPeriod(NotFound):
    """The subscription has no closed period that begins on this day."""

    code = "no_such_period"


class UsageIsKnown(Conflict):
    """Records say what was used: nobody declares it."""

    code = "usage_is_known"


class NotUsage(RuleBroken):
    """This is no number of bytes."""

    code = "not_usage"


@unit_of_work
def release_parked(*, actor: User | None, period: BilledPeriod, reason: str, now: datetime) -> Invoice:
    """Bill a parked charge after all, as it stands. *Raises* PeriodIsNotParked, ReasonMissing."""
    reason = _check(actor, period, reason, "Releasing a parked charge", now)
    one = _hold(period.subscription_id, terms_at(now))
    row = _parked(one, period)
    row.status, row.note, row.decided_by = Status.BILLED, _note("Released", reason), actor
    decided = Decided(one, changed=[row], charged=[row])
    return _write(decided, actor, terms_at(now))[one.subscription.pk]


@unit_of_work
def waive_parked(*, actor: User | None, period: BilledPeriod, reason: str, now: datetime) -> BilledPeriod:
    """Ask for nothing: of a parked charge, or of one whose invoice is void. *Raises* PeriodIsNotParked, ReasonMissing."""
    reason = _check(actor, period, reason, "Waiving a charge", now)
    one = _hold(period.subscription_id, terms_at(now))
    row = _parked(one, period, or_freed=True)
    row.status, row.note, row.decided_by, row.invoice = Status.WAIVED, _note("Waived", reason), actor, None
    row.save()
    return row


@unit_of_work
def declare_usage(
    *,
    actor: User | None,
    subscription: PlanSubscription,
    period_start: date,
    usage_bytes: int,
    reason: str,
    now: datetime,
) -> BilledPeriod:
    """Say what was used in a closed period of which no records tell it; beyond the cap it is billed at once.

    It may wait for records, be parked, or be free again because its invoice is void (the link was wrong, and is right now).

    Records that come within USAGE_LATE_DAYS count instead of it. *Raises* NoSuchPeriod, UsageIsKnown, NotUsage, ReasonMissing.
    """
    check_staff(actor, subscription.tenant_id, roles=OFFICE)
    reason, terms = check_reason(reason, what="Declaring usage"), terms_at(check_moment(now, name="now"))
    if type(usage_bytes) is not int or not 0 <= usage_bytes <= MOST_BYTES:
        raise NotUsage(
            f"usage_bytes is {usage_bytes!r}: give whole bytes from 0.", fields={"usage_bytes": ["Bytes from 0."]}
        )
    one = _hold(subscription.pk, terms)
    period, used = _unknown_period(one, period_start)
    decided = _declared(one, period, used, usage_bytes, terms)
    [row] = decided.new or decided.changed
    row.note, row.decided_by = _note("Declared", reason), actor
    _write(decided, actor, terms)
    return row


def _unknown_period(one: Standing, start: date) -> tuple[BillingPeriod, PeriodUsage]:
    period = next((period for period in one.closed if period.start == start), None)
    used = one.used.get(start)
    if period is None or used is None and start not in one.rows:
        raise NoSuchPeriod(
            f"Subscription {one.subscription.pk} has no closed period from {start} that could be charged."
        )
    if used is None or not one.is_undecided(period) or not why_unknown(used):
        raise UsageIsKnown(f"The period from {start} is settled, or records say what was used. Nothing was changed.")
    return period, used


def _declared(one: Standing, period: BillingPeriod, used: PeriodUsage, usage_bytes: int, terms: Terms) -> Decided:
    """Decide it: what was declared counts against the cap of the whole period, by the plan of its last days."""
    [*_, last] = parts_of(used)
    overage = overage_of([Part(usage_bytes, used.cap_bytes, last.price)])
    if overage.cents > LARGEST_CENTS:
        raise NotAnAmount(f"The period would charge {overage.cents} cents. Look at the number of bytes.")
    decided, before = Decided(one), one.rows.get(period.start)
    whose = {"tenant_id": one.subscription.tenant_id, "subscription": one.subscription}
    row = before or BilledPeriod(**whose, period_start=period.start)
    (decided.changed if before else decided.new).append(row)
    asked = overage.cents - one.charged_since(row)
    measure(row, period, used, overage, terms)
    row.usage_bytes, row.overage_cents, row.invoice = usage_bytes, max(asked, 0), None
    row.status = Status.BILLED if asked > 0 else Status.DECLARED
    if asked > 0:
        decided.charged.append(row)
    elif asked < 0:
        add_adjustment(row, asked, usage_bytes, decided)
    return decided


def _check(actor: User | None, period: BilledPeriod, reason: str, what: str, now: datetime) -> str:
    check_staff(actor, period.tenant_id, roles=OFFICE)
    check_moment(now, name="now")
    return check_reason(reason, what=what)


def _note(what: str, reason: str) -> str:
    longest = BilledPeriod._meta.get_field("note").max_length or 0
    return f"{what}: {reason}"[:longest]


def _hold(subscription_id: UUID, terms: Terms) -> Standing:
    """Lock a subscription and its customer, and read where it stands."""
    held = list(locked(PlanSubscription.objects.filter(pk=subscription_id)).select_related("plan"))
    hold_customers(held)
    [one] = read_standing(held, {row.pk: row for row in Tenant.objects.filter(pk=held[0].tenant_id)}, terms)
    return one


def _parked(one: Standing, period: BilledPeriod, *, or_freed: bool = False) -> BilledPeriod:
    row = one.rows.get(period.period_start)
    if row is None or not (row.status == Status.PARKED or (or_freed and one.is_freed(row))):
        raise PeriodIsNotParked(
            f"The period from {period.period_start} is {period.get_status_display().lower()}: it does not wait for a person."
        )
    return row


def _write(decided: Decided, actor: User | None, terms: Terms) -> dict[UUID, Invoice]:
    tenant_id = decided.subscription.tenant_id
    tenants = {row.pk: row for row in Tenant.objects.filter(pk=tenant_id)}
    return write([decided], actor=actor, tenants=tenants, terms=terms)
