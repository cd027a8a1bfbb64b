"""How a plan subscription rests, goes on, and ends."""

from datetime import date

from accounts.errors import Conflict, RuleBroken
from accounts.models import User
from accounts.unit_of_work import unit_of_work
from billing.services.checks import check_reason
from subscriptions.models import PlanSubscription
from subscriptions.services.checks import check_day
from subscriptions.services.plan_subscriptions.lines import check_free, lock_line, save_on_line
from subscriptions.services.plan_subscriptions.one import in_force, settled_until
from subscriptions.services.plan_subscriptions.terms import DAY, PeriodIsSettled

LONGEST_REASON = 255


class SubscriptionIsSuspended(Conflict):
    """The subscription is suspended already."""

    code = "subscription_is_suspended"


class SubscriptionIsNotSuspended(Conflict):
    """The subscription is not suspended."""

    code = "subscription_is_not_suspended"


class EndsTooEarly(RuleBroken):
    """A subscription ends on or after the first day of what holds now."""

    code = "ends_too_early"


@unit_of_work
def suspend_plan_subscription(*, actor: User | None, subscription: PlanSubscription, reason: str) -> PlanSubscription:
    """Let a subscription rest: it keeps its line, and what was used is billed.

    *Raises* SubscriptionIsSuspended, SubscriptionIsOver, ReasonMissing.
    """
    reason = check_reason(reason, what="Suspending a subscription")
    subscription = in_force(actor, subscription)
    if subscription.is_suspended:
        raise SubscriptionIsSuspended(
            f"Subscription {subscription.pk} is suspended already ({subscription.suspended_reason or 'nobody wrote why'}). "
            "There is nothing left to do."
        )
    subscription.is_suspended, subscription.suspended_reason = True, reason[:LONGEST_REASON]
    subscription.save()
    return subscription


@unit_of_work
def resume_plan_subscription(*, actor: User | None, subscription: PlanSubscription, reason: str) -> PlanSubscription:
    """Let a suspended subscription go on. *Raises* SubscriptionIsNotSuspended, ReasonMissing."""
    check_reason(reason, what="Resuming a subscription")
    subscription = in_force(actor, subscription)
    if not subscription.is_suspended:
        raise SubscriptionIsNotSuspended(
            f"Subscription {subscription.pk} is not suspended. There is nothing to resume."
        )
    subscription.is_suspended, subscription.suspended_reason = False, ""
    subscription.save()
    return subscription


@unit_of_work
def end_plan_subscription(
    *, actor: User | None, subscription: PlanSubscription, last_day: date, reason: str
) -> PlanSubscription:
    """Let a subscription end after a day, earlier or later than it would; its last period is cut there and billed.

    *Raises* EndsTooEarly, PeriodIsSettled, LineIsTaken, SubscriptionIsOver, ReasonMissing, NotADay.
    """
    check_reason(reason, what="Ending a subscription")
    check_day(last_day, name="last_day")
    subscription = in_force(actor, subscription)
    _check_can_end(subscription, last_day)
    if _lasts_longer(subscription, last_day):
        whose = {"tenant_id": subscription.tenant_id, "customer_id": subscription.customer_id}
        line = lock_line(**whose, subscriber_id=subscription.subscriber_id, also_deleted=True)
        check_free(line, [(subscription.agreed_since, last_day)], besides=subscription)
    subscription.end_date = last_day
    save_on_line(subscription)
    return subscription


def _lasts_longer(subscription: PlanSubscription, last_day: date) -> bool:
    """Whether it then takes days of its line that it had given up."""
    was_to_end = subscription.end_date
    return subscription.subscriber_id is not None and was_to_end is not None and last_day > was_to_end


def _check_can_end(subscription: PlanSubscription, last_day: date) -> None:
    """A period that is settled keeps its days: neither shorter, nor, cut at the end it had then, longer."""
    since, settled, was_to_end = subscription.agreed_since, settled_until(subscription), subscription.end_date
    if last_day < since:
        raise EndsTooEarly(
            f"What subscription {subscription.pk} has now, it has from {since}: it cannot end on {last_day}. End it on "
            f"{since} or later.",
            fields={"last_day": [f"Not before {since}."]},
        )
    if settled and last_day < settled:
        raise PeriodIsSettled(
            f"Subscription {subscription.pk} is settled up to {settled}, so it cannot end on {last_day}. End it on {settled} or "
            "later; what was charged too much is given back as a credit.",
            fields={"last_day": [f"Not before {settled}."]},
        )
    if settled and was_to_end and was_to_end <= settled and last_day > was_to_end:
        raise PeriodIsSettled(
            f"Subscription {subscription.pk} ended on {was_to_end} and is settled to its end. Begin a new one on "
            f"{was_to_end + DAY}.",
            fields={"last_day": [f"It ended on {was_to_end}."]},
        )
