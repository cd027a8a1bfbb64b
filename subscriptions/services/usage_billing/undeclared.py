"""Which periods wait because nobody knows what was used: those that `declare_usage` takes."""

from datetime import datetime

from subscriptions.models import PlanSubscription
from subscriptions.rules.billing_cycle import BillingPeriod
from subscriptions.services.usage_billing.deciding import why_unknown
from subscriptions.services.usage_billing.standing import read_standing
from subscriptions.services.usage_billing.terms import terms_at


def undeclared_periods(subscription: PlanSubscription, *, now: datetime) -> list[BillingPeriod]:
    """The closed periods of a subscription of which no records tell what was used, oldest first; nothing is locked."""
    tenants = {subscription.tenant_id: subscription.tenant}
    [one] = read_standing([subscription], tenants, terms_at(now))
    waiting = [period for period in one.closed if period.start in one.used and one.is_undecided(period)]
    return [period for period in waiting if why_unknown(one.used[period.start])]
