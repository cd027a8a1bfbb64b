"""Correcting what a customer owed before this system knew them: by an entry with a reason, never in silence.

Mrs Rahman came with 800.00, of which 300.00 are paid since. The paper book said 750.00: corrected with a reason, she has 450.00
left to pay. Below 300.00 it cannot go while that money lies on it: take those allocations back first.
"""

from accounts.errors import Conflict, RuleBroken
from accounts.models import User
from accounts.roles import OFFICE
from accounts.unit_of_work import unit_of_work
from billing.models import Customer, OpeningBalanceCorrection
from billing.services.checks import check_cents, check_reason
from billing.services.holding import hold
from routes.services import check_staff


class OpeningBalanceIsPaid(RuleBroken):
    """More is paid of the opening balance than it would be."""

    code = "opening_balance_is_paid"


class OpeningBalanceIsTheSame(Conflict):
    """The opening balance is that already."""

    code = "opening_balance_is_the_same"


@unit_of_work
def correct_opening_balance(
    *, actor: User | None, customer: Customer, opening_balance_cents: int, reason: str
) -> OpeningBalanceCorrection:
    """Correct a customer's opening balance, used or not; the entry keeps what it was, who changed it and why.

    *Money*: cents of the tenant's currency, never below what is paid of it. *Raises* NotAnAmount, OpeningBalanceIsPaid,
    OpeningBalanceIsTheSame, ReasonMissing.
    """
    check_staff(actor, customer.tenant_id, roles=OFFICE)
    check_cents(opening_balance_cents, name="opening_balance_cents", least=0)
    reason = check_reason(reason, what=f"Correcting the opening balance of {customer}")
    customer = hold(customer_id=customer.pk).customer
    before, paid = customer.opening_balance_cents, customer.opening_balance_allocated_cents
    if opening_balance_cents == before:
        raise OpeningBalanceIsTheSame(
            f"The opening balance of {customer} is {before} cents already. Nothing to correct."
        )
    if opening_balance_cents < paid:
        raise OpeningBalanceIsPaid(
            f"{paid} cents are paid of the opening balance of {customer}, which is {before}: it cannot become "
            f"{opening_balance_cents}. Take allocations back first.",
            fields={"opening_balance_cents": [f"At least {paid}."]},
        )
    customer.opening_balance_cents = opening_balance_cents
    customer.save()
    return OpeningBalanceCorrection.objects.create(
        tenant_id=customer.tenant_id,
        customer=customer,
        before_cents=before,
        after_cents=opening_balance_cents,
        reason=reason,
        created_by=actor,
    )
