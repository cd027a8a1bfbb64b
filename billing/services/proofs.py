"""Looking at the proof of a payment: the office alone, and every look is written down."""

from accounts.errors import NotFound
from accounts.models import User
from accounts.roles import OFFICE
from accounts.unit_of_work import unit_of_work
from billing.models import Payment
from billing.services.payment_audit import Action, record_step, state_of
from routes.services import check_staff


@unit_of_work
def read_proof(*, actor: User | None, payment: Payment) -> str:
    """Answer where the proof of a payment lies, and note in its audit trail who asked. *Raises* NotFound when it has none."""
    check_staff(actor, payment.tenant_id, roles=OFFICE)
    payment = Payment.objects.get(pk=payment.pk)
    if not payment.proof_reference:
        raise NotFound(f"Payment {payment.pk} has no proof. Ask who recorded it.")
    record_step(payment, Action.VERIFIED, actor=actor, before=state_of(payment), notes="looked at the proof")
    return payment.proof_reference
