"""Taking back all that a payment pays for, at once: the payment stays, and can be applied anew.

A payment of 800.00 paid 500.00 of two invoices and 200.00 of the opening balance, by mistake. Rolled back, both
invoices and the opening balance are owed again, their sales follow, and 800.00 lie on the payment.
"""

from datetime import datetime

from accounts.errors import Conflict
from accounts.models import User
from accounts.roles import OFFICE
from accounts.unit_of_work import unit_of_work
from billing.models import Allocation, Payment
from billing.services.allocations import release
from billing.services.checks import check_moment, check_reason
from billing.services.reversals import hold_payment
from routes.services import check_staff


class NothingToRollBack(Conflict):
    """The payment pays for nothing."""

    code = "nothing_to_roll_back"


@unit_of_work
def rollback_allocations(*, actor: User | None, payment: Payment, reason: str, now: datetime) -> list[Allocation]:
    """Take back exactly the live allocations of a payment, on invoices, sales and the opening balance; answer those taken back.

    *Raises* NothingToRollBack, ReasonMissing.
    """
    check_staff(actor, payment.tenant_id, roles=OFFICE)
    reason = check_reason(reason, what=f"Rolling back payment {payment.pk}")
    check_moment(now, name="now")
    held = hold_payment(payment)
    released = release(actor=actor, held=held, reason=reason, now=now, payment=held.payments[payment.pk])
    if not released:
        raise NothingToRollBack(f"Payment {payment.pk} pays for nothing now: there is nothing to take back.")
    return released
