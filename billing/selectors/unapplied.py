"""Money that came in and does not pay for anything yet: whose, which payment, how much is left, for how long."""

from datetime import datetime
from typing import Any

from django.db.models import QuerySet

from accounts.models import Tenant, User
from billing.models import Payment
from billing.selectors.credits import unused_payments


def unapplied_payments(user: User, *, tenant: Tenant | None = None) -> QuerySet[Any]:
    """Payments that this person may see, count as money in and are not used up, each with `credit_cents`: what is left of it."""
    return unused_payments(Payment.objects.for_user(user).of_tenant(tenant)).select_related("customer")


def age_in_days(payment: Payment, *, as_of: datetime) -> int:
    """For how many whole days a payment has been lying there; one received ahead of now since today."""
    return max((as_of - payment.received_at).days, 0)
