"""The audit trail of payments: every step leaves one row, in the transaction of the step itself.

before = state_of(payment)
payment.status = Payment.Status.REVERSED
payment.save()
record_step(payment, Action.REVERSED, actor=actor, before=before, notes=reason)
"""

from typing import Any

from accounts.inserting import insert_row
from accounts.models import User
from billing.models import Payment, PaymentAuditLog

Action = PaymentAuditLog.Action
STATE = ("status", "verification_status", "amount_cents", "allocated_cents", "refunded_cents")


def state_of(payment: Payment) -> dict[str, Any]:
    """What of a payment a step can change; `before` of the step that comes next."""
    return {name: getattr(payment, name) for name in STATE}


def record_step(
    payment: Payment, action: str, *, actor: User | None, before: dict[str, Any] | None, notes: str = ""
) -> PaymentAuditLog:
    """Write one row of the trail: what the payment was `before` (None: it was not there) and what it is now."""
    return insert_row(
        PaymentAuditLog(
            tenant_id=payment.tenant_id,
            payment=payment,
            action=action,
            performed_by=actor,
            previous_state=before,
            new_state=state_of(payment),
            notes=notes,
        )
    )
