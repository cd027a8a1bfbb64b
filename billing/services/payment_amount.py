"""Correcting the amount of a payment that was typed wrongly, while nothing stands on the wrong figure.

A payment of 80.00 was noted as 8.00. As long as it is not used up, nobody has approved it, nobody has signed for it and no
machine has said what it is, the office corrects it with a reason: never below what it already pays for and what went back, never
above what the business allows at once. Anything else is reversed, and recorded anew.
"""

from accounts.errors import Conflict, RuleBroken
from accounts.models import User
from accounts.roles import OFFICE
from accounts.unit_of_work import unit_of_work
from billing.models import Payment
from billing.selectors.route_money import closed_route_of
from billing.services.checks import check_cents, check_reason
from billing.services.payment_allocation import check_not_spoken_for
from billing.services.payment_audit import Action, record_step, state_of
from billing.services.payment_checks import check_limit
from billing.services.reversals import hold_payment
from billing.services.route_checks import check_figures_open
from routes.services import check_staff

CORRECTABLE = frozenset({Payment.Status.PENDING, Payment.Status.SUCCEEDED})
SAID_BY_A_MACHINE = frozenset({Payment.Channel.GATEWAY, Payment.Channel.LEGACY})


class AmountIsFixed(Conflict):
    """The payment is used up, approved, closed, or its amount was said by a machine."""

    code = "amount_is_fixed"


class LessThanIsUsed(RuleBroken):
    """The payment already pays for more than the new amount, or more went back."""

    code = "less_than_is_used"


@unit_of_work
def change_payment_amount(*, actor: User | None, payment: Payment, amount_cents: int, reason: str) -> Payment:
    """Correct the amount of a payment that is not used up; what it pays for stays as it is, the rest is credit.

    *Raises* NotAnAmount, AmountIsFixed, LessThanIsUsed, PaymentRefused (above the tenant's limit), RouteAlreadyReconciled,
    InvoiceIsLegacy, ReasonMissing.
    """
    check_staff(actor, payment.tenant_id, roles=OFFICE)
    check_cents(amount_cents)
    reason = check_reason(reason, what=f"Changing the amount of payment {payment.pk}")
    held = hold_payment(payment)
    payment = held.payments[payment.pk]
    if why := _why_fixed(payment):
        cure = (
            "Reverse the payment and record it anew." if payment.is_money else "Record what came in as a new payment."
        )
        raise AmountIsFixed(f"The amount of payment {payment.pk} is fixed: {why}. {cure}")
    used = payment.allocated_cents + payment.refunded_cents
    if amount_cents < used:
        raise LessThanIsUsed(
            f"Payment {payment.pk} pays for {payment.allocated_cents} cents and {payment.refunded_cents} went back: it cannot be "
            f"{amount_cents}. Take allocations back first.",
            fields={"amount_cents": [f"At least {used}."]},
        )
    check_limit(held.customer.tenant, channel=payment.channel, amount_cents=amount_cents)
    check_figures_open(closed_route_of(payment), change=f"changing the amount of payment {payment.pk}")
    check_not_spoken_for(payment)
    before = state_of(payment)
    payment.amount_cents = amount_cents
    payment.save()
    record_step(payment, Action.STATUS_CHANGED, actor=actor, before=before, notes=reason)
    return payment


def _why_fixed(payment: Payment) -> str:
    """Why the amount of a payment cannot change; an empty text when it can."""
    if payment.status not in CORRECTABLE or payment.verification_status == Payment.Verification.REJECTED:
        return f"the payment is {payment.get_status_display().lower()}"
    if payment.channel in SAID_BY_A_MACHINE:
        return f"it came by {payment.get_channel_display().lower()}"
    if payment.verification_status == Payment.Verification.APPROVED:
        return "it was approved"
    if payment.unallocated_cents == 0:
        return "the payment is used up"
    return ""
