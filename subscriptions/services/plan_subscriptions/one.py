"""One plan subscription at a time: locked by who changes it, with what of it is settled."""

from datetime import date

from accounts.errors import Conflict
from accounts.locks import locked
from accounts.models import User
from accounts.roles import ADMINS
from routes.services import check_staff
from subscriptions.models import BilledPeriod, PlanSubscription


class SubscriptionIsOver(Conflict):
    """The subscription is not in force: somebody took it out."""

    code = "subscription_is_over"


def take(actor: User | None, subscription: PlanSubscription) -> PlanSubscription:
    """Return the subscription as it is now, locked, for an administrator of its business."""
    check_staff(actor, subscription.tenant_id, roles=ADMINS)
    return locked(PlanSubscription.objects.filter(pk=subscription.pk).select_related("plan")).get()


def in_force(actor: User | None, subscription: PlanSubscription) -> PlanSubscription:
    """`take` one that is in force. *Raises* SubscriptionIsOver."""
    subscription = take(actor, subscription)
    if not subscription.is_active:
        raise SubscriptionIsOver(
            f"Subscription {subscription.pk} is not in force, so nothing of it changes. Begin a new one for this customer."
        )
    return subscription


def settled_until(subscription: PlanSubscription) -> date | None:
    """The last day of its last settled billing period."""
    settled = BilledPeriod.objects.filter(subscription=subscription).order_by("-period_start")
    return settled.values_list("period_end", flat=True).first()
