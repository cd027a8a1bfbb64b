"""Taking a payment back: a bounced cheque, a typing error. Compensating rows; nothing is deleted."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from accounts.errors import Conflict
from accounts.models import User
from accounts.unit_of_work import unit_of_work
from billing.models import Payment
from billing.selectors.route_money import closed_route_of
from billing.services.allocations import release
from billing.services.checks import check_moment, check_reason
from billing.services.holding import Held, hold
from billing.services.payment_allocation import check_not_spoken_for
from billing.services.payment_audit import Action, record_step, state_of
from billing.services.route_checks import check_figures_open
from routes.models import Route
from routes.services import check_staff


class PaymentNotReversible(Conflict):
    """Only money that came in, and did not go back, can be reversed."""

    code = "payment_not_reversible"


@unit_of_work
def reverse_payment(*, actor: User | None, payment: Payment, reason: str, now: datetime) -> Payment:
    """Reverse a payment: it counts no more, and what it paid for is owed again.

    *Raises* PaymentNotReversible, RouteAlreadyReconciled (the signed figures hold it), InvoiceIsLegacy, ReasonMissing.
    """
    check_staff(actor, payment.tenant_id)
    check_moment(now, name="now")
    reason = check_reason(reason, what=f"Reversing payment {payment.pk}")
    held = hold_payment(payment)
    payment = held.payments[payment.pk]
    _check_reversible(payment)
    check_figures_open(closed_route_of(payment), change=f"reversing payment {payment.pk}")
    if payment.is_money:  # else an invoice that the old system calls paid would stay paid, by nothing
        check_not_spoken_for(payment)
    release(actor=actor, held=held, reason=reason, now=now, payment=payment)
    before = state_of(payment)
    payment.status = Payment.Status.REVERSED
    payment.save()
    record_step(payment, Action.REVERSED, actor=actor, before=before, notes=reason)
    return payment


def _check_reversible(payment: Payment) -> None:
    if payment.status not in {Payment.Status.SUCCEEDED, Payment.Status.PENDING}:
        raise PaymentNotReversible(
            f"Payment {payment.pk} is {payment.get_status_display().lower()}: there is nothing to reverse. Look at its history."
        )
    if payment.refunded_cents:
        left = payment.amount_cents - payment.refunded_cents
        raise PaymentNotReversible(
            f"{payment.refunded_cents} cents of payment {payment.pk} went back already, so it cannot be taken back as a whole. "
            f"Refund the other {left} cents."
        )


def hold_payment(
    payment: Payment, *, routes: Iterable[Route] = (), sales: Iterable[Any] = (), invoices: Iterable[Any] = ()
) -> Held:
    """Lock a payment with its customer, its own and its sale's route, and every sale and invoice that it pays for."""
    own = [payment.sale_id] if payment.sale_id else []
    return hold(
        customer_id=payment.customer_id,
        payments=[payment],
        sales=[*own, *sales],
        invoices=invoices,
        routes=routes,
        with_allocated=True,
    )
