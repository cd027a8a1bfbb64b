"""What is agreed changes on a day: another plan, another cap, another line. What held until the day before is kept."""

from datetime import date, timedelta
from typing import Any
from uuid import UUID

from accounts.errors import Conflict, RuleBroken
from accounts.models import User
from accounts.unit_of_work import unit_of_work
from billing.services.checks import check_reason
from subscriptions.models import InternetPlan, PlanSubscription, PlanSubscriptionTerms
from subscriptions.services.checks import check_day
from subscriptions.services.plan_subscriptions.lines import (
    LinkIsMissing,
    check_can_carry,
    check_free,
    lock_line,
    save_on_line,
)
from subscriptions.services.plan_subscriptions.one import in_force, settled_until
from subscriptions.services.plan_subscriptions.starting import check_cap, lock_plan

DAY = timedelta(days=1)


class DayOutsideTerms(RuleBroken):
    """What holds on this day cannot change any more, or never held."""

    code = "day_outside_terms"


class PeriodIsSettled(Conflict):
    """A billing period that is settled already would be another one."""

    code = "period_is_settled"


class PlanDoesNotFit(Conflict):
    """The plan is billed in another currency or in other periods."""

    code = "plan_does_not_fit"


class NothingChanges(Conflict):
    """The subscription has this already."""

    code = "nothing_changes"


@unit_of_work
def change_plan(
    *, actor: User | None, subscription: PlanSubscription, plan_id: UUID, from_day: date, reason: str
) -> PlanSubscription:
    """Give the subscription another plan from a day on; a period that sees both is billed in parts.

    *Raises* UnknownPlan, PlanIsNotActive, PlanDoesNotFit, NothingChanges, DayOutsideTerms, PeriodIsSettled, SubscriptionIsOver.
    """
    check_reason(reason, what="Changing the plan")
    subscription = in_force(actor, subscription)
    plan = lock_plan(subscription.tenant_id, plan_id)
    _check_fits(subscription.plan, plan)
    _check_changes(subscription.plan_id != plan.pk, f"plan {plan.code}", "plan_id")
    _keep_what_held(subscription, from_day)
    subscription.plan = plan
    subscription.save()
    return subscription


@unit_of_work
def set_data_cap(
    *,
    actor: User | None,
    subscription: PlanSubscription,
    custom_data_cap_bytes: int | None,
    from_day: date,
    reason: str,
) -> PlanSubscription:
    """Give the subscription a cap of its own from a day on; None is the plan's again.

    *Raises* NotACap, NothingChanges, DayOutsideTerms, PeriodIsSettled, SubscriptionIsOver.
    """
    check_reason(reason, what="Changing the cap")
    check_cap(custom_data_cap_bytes)
    subscription = in_force(actor, subscription)
    changes = subscription.custom_data_cap_bytes != custom_data_cap_bytes
    _check_changes(changes, "this cap", "custom_data_cap_bytes")
    _keep_what_held(subscription, from_day)
    subscription.custom_data_cap_bytes = custom_data_cap_bytes
    subscription.save()
    return subscription


@unit_of_work
def move_to_subscriber(
    *, actor: User | None, subscription: PlanSubscription, subscriber_id: str, from_day: date, reason: str
) -> PlanSubscription:
    """Put the subscription on another line of the same customer from a day on; before it, the old line counts.

    A link that was wrong from the beginning is no move: `link_subscriber` corrects it.
    *Raises* SubscriberNotFound, LinkIsMissing, LineIsTaken, LineCannotCarryIt, NothingChanges, DayOutsideTerms, PeriodIsSettled,
    SubscriptionIsOver.
    """
    check_reason(reason, what="Moving to another line")
    subscription = in_force(actor, subscription)
    if subscription.subscriber_id is None:
        raise LinkIsMissing(f"Subscription {subscription.pk} has no line to move from. Say first which line it is for.")
    line = lock_line(
        tenant_id=subscription.tenant_id, customer_id=subscription.customer_id, subscriber_id=subscriber_id
    )
    _check_changes(subscription.subscriber_id != line.pk, f"line {line.pk}", "subscriber_id")
    check_can_carry(line, subscription.end_date)
    check_free(line, [(check_day(from_day, name="from_day"), subscription.end_date)], besides=subscription)
    _keep_what_held(subscription, from_day)
    _say_the_line_of_earlier_terms(subscription)
    subscription.subscriber, subscription.link_source = line, PlanSubscription.LinkSource.MOVED
    subscription.link_confirmed_by, subscription.link_confirmed_at = None, None
    save_on_line(subscription)
    return subscription


def _keep_what_held(subscription: PlanSubscription, from_day: Any) -> None:
    """Write what held until the day before; a change on the very first day of what holds now leaves nothing to keep."""
    since = subscription.agreed_since
    _check_day_can_change(subscription, check_day(from_day, name="from_day"), since)
    if from_day > since:
        PlanSubscriptionTerms.objects.create(
            tenant_id=subscription.tenant_id, subscription=subscription, plan_id=subscription.plan_id,
            subscriber_id=subscription.subscriber_id, custom_data_cap_bytes=subscription.custom_data_cap_bytes,
            first_day=since, last_day=from_day - DAY,
        )  # fmt: skip
        subscription.terms_since = from_day


def _say_the_line_of_earlier_terms(subscription: PlanSubscription) -> None:
    """Earlier terms without a line mean the subscription's own: as that goes away, they must name it themselves."""
    for terms in subscription.past_terms.filter(subscriber__isnull=True):
        terms.subscriber_id = subscription.subscriber_id
        terms.save()


def _check_day_can_change(subscription: PlanSubscription, day: date, since: date) -> None:
    last = subscription.end_date
    if day < since or last is not None and day > last:
        until = f"to {last}" if last else "on"
        raise DayOutsideTerms(
            f"What holds now holds from {since} {until}: it cannot change on {day}. Choose a day in it; what was agreed before "
            "stays as it was.",
            fields={"from_day": [f"From {since} {until}."]},
        )
    check_not_settled(subscription, day, name="from_day")


def check_not_settled(subscription: PlanSubscription, day: date, *, name: str) -> None:
    """Let pass a day after every settled billing period. *Raises* PeriodIsSettled."""
    settled = settled_until(subscription)
    if settled is not None and day <= settled:
        raise PeriodIsSettled(
            f"Subscription {subscription.pk} is settled up to {settled}, so nothing changes on {day}. Choose a day from "
            f"{settled + DAY} on; what was charged too much is given back as a credit.",
            fields={name: [f"After {settled}."]},
        )


def _check_fits(plan: InternetPlan, wanted: InternetPlan) -> None:
    if (plan.currency, plan.billing_cycle) != (wanted.currency, wanted.billing_cycle):
        raise PlanDoesNotFit(
            f"Plan {plan.code} is billed {plan.billing_cycle} in {plan.currency}, plan {wanted.code} {wanted.billing_cycle} in "
            f"{wanted.currency}. End this subscription, and begin one on the new plan the day after.",
            fields={"plan_id": ["Another currency or billing cycle."]},
        )


def _check_changes(changes: bool, what: str, name: str) -> None:
    if not changes:
        raise NothingChanges(
            f"The subscription has {what} already. Choose another.", fields={name: ["Has it already."]}
        )
