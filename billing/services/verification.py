"""Verifying payments, where a business asks for it: a second person looks before the money counts.

Until then the payment is *pending*: it counts nowhere and pays for nothing. Approved, it is money in from that moment and pays
for what it was meant for, as far as that is still owed; rejected, it stays as a record of what was claimed.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from accounts.errors import Conflict, NotAllowed
from accounts.models import User
from accounts.roles import OFFICE
from accounts.unit_of_work import unit_of_work
from billing.models import Payment, PaymentAuditLog
from billing.selectors.route_money import closed_route_of
from billing.services.allocations import MANUAL
from billing.services.checks import check_moment, check_reason
from billing.services.holding import Held
from billing.services.named_debts import INVOICE, SALE, Named, check_ours, ids_of, named_debts, plan_of
from billing.services.payment_allocation import apply_plan
from billing.services.payment_audit import Action, record_step, state_of
from billing.services.payment_intentions import intended_debts, still_possible
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
    """Nobody verifies a payment that they collected or recorded, or whose amount they changed."""

    code = "own_payment"


@unit_of_work
def approve_payment(
    *,
    actor: User,
    payment: Payment,
    now: datetime,
    reason: str = "",
    splits: Sequence[Mapping[str, Any]] | None = None,
) -> Payment:
    """Let a waiting payment count and pay: for the debts of `splits`, else for what it was meant for when it was recorded.

    *Raises* NothingToVerify, OwnPayment; RouteAlreadyReconciled for one of the old system whose route was signed without it; with
    splits what `allocate_payment` raises.
    """
    check_moment(now, name="now")
    named = intended_debts(payment) if splits is None else named_debts(splits, tenant_id=payment.tenant_id)
    held, payment = _hold_waiting(actor, payment, named)
    check_figures_open(closed_route_of(payment), change=f"approving payment {payment.pk}")
    before = state_of(payment)
    payment.verification_status = Payment.Verification.APPROVED
    payment.status = Payment.Status.SUCCEEDED
    payment.save()
    record_step(payment, Action.APPROVED, actor=actor, before=before, notes=reason)
    if splits is None:
        settle_as_meant(payment, named, held, actor=actor, now=now)
    else:
        plan = plan_of(named, held, payment)
        apply_plan(actor=actor, source=payment, plan=plan, rule=MANUAL, held=held, now=now, reason=reason)
    return payment


def settle_as_meant(payment: Payment, named: Named, held: Held, *, actor: User | None, now: datetime) -> None:
    """Let a held payment that counts as money from now on pay for what it was meant for, else for its own debt."""
    if named:
        plan = still_possible(named, held, payment)
        reason = "meant when it was recorded"
        apply_plan(actor=actor, source=payment, plan=plan, rule=MANUAL, held=held, now=now, reason=reason)
    elif _has_a_debt_to_pay(payment, held):
        apply_to_its_debt(payment, held, actor=actor, now=now)


@unit_of_work
def reject_payment(*, actor: User, payment: Payment, reason: str) -> Payment:
    """Refuse a waiting payment: it never counts. *Raises* NothingToVerify, OwnPayment, ReasonMissing."""
    check_reason(reason, what=f"Rejecting payment {payment.pk}")
    _, payment = _hold_waiting(actor, payment, {})
    before = state_of(payment)
    payment.verification_status = Payment.Verification.REJECTED
    payment.status = Payment.Status.FAILED
    payment.save()
    record_step(payment, Action.REJECTED, actor=actor, before=before, notes=reason)
    return payment


def _hold_waiting(actor: User, payment: Payment, named: Named) -> tuple[Held, Payment]:
    check_staff(actor, payment.tenant_id, roles=OFFICE)
    check_ours(named, tenant_id=payment.tenant_id, customer_id=payment.customer_id)
    held = hold_payment(payment, sales=ids_of(named, SALE), invoices=ids_of(named, INVOICE))
    payment = held.payments[payment.pk]
    waiting = Payment.Verification.PENDING_VERIFICATION
    if payment.verification_status != waiting or payment.status not in MAY_WAIT:
        raise NothingToVerify(
            f"Payment {payment.pk} does not wait for verification: it is {payment.get_status_display().lower()}. "
            "Look at its history."
        )
    if actor.pk in _hands_in(payment):
        raise OwnPayment(
            f"{actor} collected or recorded payment {payment.pk}, or changed its amount. "
            "Ask somebody else of the office to verify it."
        )
    return held, payment


def _hands_in(payment: Payment) -> set[Any]:
    """Who collected, recorded or changed a waiting payment: none of them may say that it is right."""
    recorded_by = payment.history.order_by("history_id").values_list("history_user_id", flat=True).first()
    steps = PaymentAuditLog.objects.filter(payment=payment, action=Action.STATUS_CHANGED)
    return {payment.collected_by_id, recorded_by, *steps.values_list("performed_by_id", flat=True)}


def _has_a_debt_to_pay(payment: Payment, held: Held) -> bool:
    """Whether its sale, or without one the opening balance, is in its currency: the old system did not look."""
    if payment.sale_id is None:
        return payment.currency == held.customer.tenant.currency
    return payment.currency == held.asks_for(held.sales[payment.sale_id]).currency
