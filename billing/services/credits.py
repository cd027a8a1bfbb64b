"""Credits: what is owed to a customer with no payment behind it, applied like money, and void when it was a mistake."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from accounts.errors import Conflict
from accounts.models import User
from accounts.roles import OFFICE
from accounts.unit_of_work import unit_of_work
from billing.models import Allocation, Credit, Customer
from billing.services.allocations import release
from billing.services.checks import check_cents, check_moment, check_reason
from billing.services.holding import hold
from billing.services.payment_allocation import apply_source
from routes.services import check_staff


class CreditIsVoid(Conflict):
    """The credit was made void before."""

    code = "credit_is_void"


@unit_of_work
def grant_credit(
    *, actor: User | None, customer: Customer, amount_cents: int, reason: str, currency: str | None = None
) -> Credit:
    """Grant a customer goodwill. *Money*: cents of `currency`, by default the tenant's. *Raises* NotAnAmount, ReasonMissing."""
    check_staff(actor, customer.tenant_id, roles=OFFICE)
    reason = check_reason(reason, what="Goodwill")
    held = hold(customer_id=customer.pk)
    return Credit.objects.create(
        tenant_id=customer.tenant_id,
        customer=held.customer,
        kind=Credit.Kind.GOODWILL,
        reason=reason,
        amount_cents=check_cents(amount_cents),
        currency=currency or held.customer.tenant.currency,
    )


@unit_of_work
def apply_credit(
    *,
    actor: User | None,
    credit: Credit,
    now: datetime,
    splits: Sequence[Mapping[str, Any]] | None = None,
    reason: str = "",
) -> list[Allocation]:
    """Apply a credit, whole or in part, to debts of its customer; as `allocate_payment`, and with the same refusals."""
    check_staff(actor, credit.tenant_id, roles=OFFICE)
    check_moment(now, name="now")
    return apply_source(actor=actor, source=credit, splits=splits, now=now, reason=reason)


@unit_of_work
def void_credit(*, actor: User | None, credit: Credit, reason: str, now: datetime) -> Credit:
    """Make a credit void: what it paid for is owed again, and it pays for nothing more. *Raises* CreditIsVoid, ReasonMissing."""
    check_staff(actor, credit.tenant_id, roles=OFFICE)
    reason = check_reason(reason, what=f"Voiding {credit}")
    check_moment(now, name="now")
    held = hold(customer_id=credit.customer_id, credits=[credit], with_allocated=True)
    credit = held.credits[credit.pk]
    if credit.status == Credit.Status.VOIDED:
        raise CreditIsVoid(f"{credit} is void already. There is nothing to do.")
    release(actor=actor, held=held, reason=reason, now=now, credit=credit)
    credit.status = Credit.Status.VOIDED
    credit.save()
    return credit
