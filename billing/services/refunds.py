"""Giving money back: all of a payment or part of it, each time by a row of its own; nothing is deleted.

A payment of 100.00 paid invoice A with 60.00; 40.00 are the customer's credit. Giving back 30.00 takes them from the credit.
Giving back 70.00 takes the 40.00 and lets go 30.00 of A, which is part-paid again: first what lies free, then what was applied
last. Given back whole, the payment is *refunded* and counts no more, unless a reconciled route was signed for with it: those
figures stay, and the payment stays *received* with nothing left of it.

What went back is no longer collected: the payment's route collected that much less, and its representative hands over that much
less cash. Once the route is reconciled, its figures stay as they were signed, and the refund names that route (`settled_route`):
accountability subtracts it beside the routes.
"""

from datetime import datetime

from accounts.errors import Conflict, RuleBroken
from accounts.models import User
from accounts.roles import OFFICE
from accounts.unit_of_work import unit_of_work
from billing.models import Payment, PaymentRefund
from billing.selectors.allocations import live_allocations
from billing.selectors.route_money import closed_route_of
from billing.services.allocations import allocate, take_back, target_of
from billing.services.checks import check_cents, check_moment, check_reason
from billing.services.holding import Held
from billing.services.payment_allocation import check_not_spoken_for
from billing.services.payment_audit import Action, record_step, state_of
from billing.services.reversals import hold_payment
from routes.services import check_staff


class PaymentNotRefundable(Conflict):
    """Only money that came in, and did not go back whole, can be given back."""

    code = "payment_not_refundable"


class MoreThanCameIn(RuleBroken):
    """More would be given back than is left of what came in."""

    code = "more_than_came_in"


@unit_of_work
def refund_payment(
    *, actor: User | None, payment: Payment, amount_cents: int, reason: str, now: datetime, reference: str = ""
) -> PaymentRefund:
    """Give back part of a payment, or all: first its free part, then what it paid for last, which is owed again.

    *Money*: all refunds of a payment together are at most its amount. *Raises* NotAnAmount, MoreThanCameIn,
    PaymentNotRefundable, InvoiceIsLegacy, ReasonMissing.
    """
    check_staff(actor, payment.tenant_id, roles=OFFICE)
    check_moment(now, name="now")
    check_cents(amount_cents)
    reason = check_reason(reason, what=f"Giving back payment {payment.pk}")
    held = hold_payment(payment)
    payment = held.payments[payment.pk]
    _check(payment, amount_cents)
    _let_go(actor, payment, held, amount_cents, reason, now)
    settled_route = closed_route_of(payment)
    before = state_of(payment)
    payment.refunded_cents += amount_cents
    if payment.refunded_cents == payment.amount_cents and settled_route is None:
        payment.status = Payment.Status.REFUNDED
    payment.save()
    record_step(payment, Action.REFUNDED, actor=actor, before=before, notes=reason)
    return PaymentRefund.objects.create(
        tenant_id=payment.tenant_id,
        payment=payment,
        amount_cents=amount_cents,
        reason=reason,
        reference=reference,
        settled_route=settled_route,
        created_by=actor,
    )


def _check(payment: Payment, amount_cents: int) -> None:
    left = payment.amount_cents - payment.refunded_cents
    if not payment.is_money or left == 0:
        raise PaymentNotRefundable(
            f"Payment {payment.pk} is {payment.get_status_display().lower()}, with {left} cents that did not go back: there is "
            "nothing to give back. Look at its history."
        )
    if amount_cents > left:
        raise MoreThanCameIn(
            f"{amount_cents} cents would be given back, but only {left} of payment {payment.pk} are left. Lower the amount.",
            fields={"amount_cents": [f"At most {left}."]},
        )
    check_not_spoken_for(payment)


def _let_go(actor: User | None, payment: Payment, held: Held, cents: int, reason: str, now: datetime) -> None:
    """Free so much of a held payment, by taking back its youngest allocations; of the last one the rest is applied anew."""
    for allocation in live_allocations().filter(payment=payment).order_by("-created_at", "-id"):
        missing = cents - payment.unallocated_cents
        if missing <= 0:
            return
        take_back(actor=actor, allocation=allocation, held=held, reason=reason, now=now)
        kept = allocation.amount_cents - missing
        if kept > 0:
            allocate(
                actor=actor,
                source=payment,
                target=target_of(allocation, held),
                amount_cents=kept,
                rule=allocation.rule,
                rank=allocation.rank,
                reason=reason,
                held=held,
                now=now,
            )
