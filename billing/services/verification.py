"""Verifying payments, where a business asks for it: a second person looks before the money counts.

Until then the payment is *pending*: it counts nowhere and pays for nothing. Approved, it is money in from that moment and pays
for its sale as far as the sale still asks; rejected, it stays as a record of what was claimed.
"""

from datetime import datetime

from accounts.errors import Conflict, NotAllowed
from accounts.models import User
from accounts.roles import OFFICE
from accounts.unit_of_work import unit_of_work
from billing.models import Payment, Sale
from billing.selectors.route_money import closed_route_of
from billing.services.checks import check_moment, check_reason
from billing.services.holding import Held
from billing.services.payment_audit import Action, record_step, state_of
from billing.services.payments import apply_to_its_debt
from billing.services.reversals import hold_payment
from billing.services.route_checks import check_figures_open
from routes.services import check_staff

# The old system noted payments as received while they still waited.
MAY_WAIT = frozenset({Payment.Status.PENDING, Payment.Status.SUCCEEDED})


class NothingToVerify(Conflict):
    """The payment does not wait for verification."""

    code = "nothing_to_verify"


class OwnPayment(NotAllowed):
    """Nobody verifies a payment that they collected or recorded."""

    code = "own_payment"


@unit_of_work
def approve_payment(*, actor: User, payment: Payment, now: datetime, reason: str = "") -> Payment:
    """Let a waiting payment count and pay for its sale, or for the invoice that asks in its place.

    *Raises* NothingToVerify, OwnPayment; RouteAlreadyReconciled for one of the old system whose route was signed without it.
    """
    check_moment(now, name="now")
    held, payment = _hold_waiting(actor, payment)
    check_figures_open(closed_route_of(payment), change=f"approving payment {payment.pk}")
    before = state_of(payment)
    payment.verification_status = Payment.Verification.APPROVED
    payment.status = Payment.Status.SUCCEEDED
    payment.save()
    record_step(payment, Action.APPROVED, actor=actor, before=before, notes=reason)
    if not _is_for_a_cancelled_sale(payment, held):
        apply_to_its_debt(payment, held, actor=actor, now=now)
    return payment


@unit_of_work
def reject_payment(*, actor: User, payment: Payment, reason: str) -> Payment:
    """Refuse a waiting payment: it never counts. *Raises* NothingToVerify, OwnPayment, ReasonMissing."""
    check_reason(reason, what=f"Rejecting payment {payment.pk}")
    _, payment = _hold_waiting(actor, payment)
    before = state_of(payment)
    payment.verification_status = Payment.Verification.REJECTED
    payment.status = Payment.Status.FAILED
    payment.save()
    record_step(payment, Action.REJECTED, actor=actor, before=before, notes=reason)
    return payment


def _hold_waiting(actor: User, payment: Payment) -> tuple[Held, Payment]:
    check_staff(actor, payment.tenant_id, roles=OFFICE)
    held = hold_payment(payment)
    payment = held.payments[payment.pk]
    waiting = Payment.Verification.PENDING_VERIFICATION
    if payment.verification_status != waiting or payment.status not in MAY_WAIT:
        raise NothingToVerify(
            f"Payment {payment.pk} does not wait for verification: it is {payment.get_status_display().lower()}. "
            "Look at its history."
        )
    recorded_by = payment.history.order_by("history_id").values_list("history_user_id", flat=True).first()
    if actor.pk in {payment.collected_by_id, recorded_by}:
        raise OwnPayment(
            f"{actor} collected or recorded payment {payment.pk}. Ask somebody else of the office to verify it."
        )
    return held, payment


def _is_for_a_cancelled_sale(payment: Payment, held: Held) -> bool:
    return payment.sale_id is not None and held.sales[payment.sale_id].status == Sale.Status.CANCELLED
