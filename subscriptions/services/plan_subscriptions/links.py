"""Which line a subscription is for, said by a person: a wrong or missing link put right, or a right one confirmed."""

from datetime import datetime

from accounts.models import User
from accounts.unit_of_work import unit_of_work
from billing.services.checks import check_moment, check_reason
from subscriptions.models import PlanSubscription, PlanSubscriptionTerms
from subscriptions.services.plan_subscriptions.lines import (
    Days,
    LinkIsMissing,
    check_free,
    lock_line,
    save_on_line,
)
from subscriptions.services.plan_subscriptions.one import take


@unit_of_work
def link_subscriber(
    *, actor: User | None, subscription: PlanSubscription, subscriber_id: str, reason: str, now: datetime
) -> PlanSubscription:
    """Say which line the subscription is for and was for: the link is then a person's, and no backfill touches it.

    Earlier terms that carry the wrong line get the right one too; a move to a line is no correction (`move_to_subscriber`).
    A line that was deleted may be said: what was used on it is billed. The link that stands may be said again: it is confirmed.
    *Raises* SubscriberNotFound, LineIsTaken, ReasonMissing.
    """
    check_reason(reason, what="Saying which line it is")
    check_moment(now, name="now")
    subscription = take(actor, subscription)
    whose = {"tenant_id": subscription.tenant_id, "customer_id": subscription.customer_id}
    line = lock_line(**whose, subscriber_id=subscriber_id, also_deleted=True)
    wrong = _terms_with_the_same_link(subscription)
    if subscription.is_active:
        check_free(line, _days_of(subscription, wrong), besides=subscription)
    for terms in wrong:
        if terms.subscriber_id is not None:  # without one, they follow the subscription's own
            terms.subscriber = line
            terms.save()
    subscription.subscriber, subscription.link_source = line, PlanSubscription.LinkSource.PERSON
    subscription.link_confirmed_by, subscription.link_confirmed_at = actor, now
    save_on_line(subscription)
    return subscription


@unit_of_work
def confirm_link(*, actor: User | None, subscription: PlanSubscription, reason: str, now: datetime) -> PlanSubscription:
    """Confirm the line that the subscription has, however it came to it: no backfill, and no undo of one, touches it again.

    *Raises* LinkIsMissing, ReasonMissing.
    """
    check_reason(reason, what="Confirming a link")
    subscription = take(actor, subscription)
    if subscription.subscriber_id is None:
        raise LinkIsMissing(f"Subscription {subscription.pk} has no line to confirm. Say which line it is instead.")
    subscription.link_confirmed_by, subscription.link_confirmed_at = actor, check_moment(now, name="now")
    subscription.save()
    return subscription


def _terms_with_the_same_link(subscription: PlanSubscription) -> list[PlanSubscriptionTerms]:
    """Earlier terms that carry the line that the subscription carries now, or none."""
    same = (None, subscription.subscriber_id)
    return [terms for terms in subscription.past_terms.all() if terms.subscriber_id in same]


def _days_of(subscription: PlanSubscription, terms: list[PlanSubscriptionTerms]) -> list[Days]:
    now_on_it = (subscription.agreed_since, subscription.end_date)
    return [now_on_it, *((past.first_day, past.last_day) for past in terms)]
