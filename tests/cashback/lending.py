"""What the tests of lending share: days of a loan, and what is left and paid of it."""

from datetime import date, timedelta
from typing import Any

from cashback import services
from cashback.models import Loan, LoanPayment
from tests import make

START = make.TODAY - timedelta(days=30)


def day(number: int) -> date:
    """The day so many days after the loans of `make.loan` started; day 30 is TODAY."""
    return START + timedelta(days=number)


def totals(loan: Loan) -> tuple[int, int]:
    """What is left of its principal, and the interest paid on it."""
    row = Loan.objects.get(pk=loan.pk)
    return row.remaining_principal_cents, row.interest_paid_cents


def split(payment: LoanPayment) -> tuple[int, int]:
    """Its interest and its principal, as they are stored."""
    row = LoanPayment.objects.get(pk=payment.pk)
    return row.interest_cents, row.principal_cents


def verify(payment: LoanPayment, *, by: Any = None, **fields: Any) -> LoanPayment:
    """Verify a payment by somebody of the office who had nothing to do with it."""
    by = by or make.user("FINANCE", of=payment.tenant)
    return services.verify_loan_payment(actor=by, payment=payment, now=make.NOW, **fields)


def reject(payment: LoanPayment, *, by: Any = None, reason: str = "bounced") -> LoanPayment:
    """Reject a payment by somebody of the office who had nothing to do with it."""
    by = by or make.user("FINANCE", of=payment.tenant)
    return services.reject_loan_payment(actor=by, payment=payment, reason=reason, now=make.NOW)


def change(payment: LoanPayment, *, by: Any = None, reason: str = "typed wrongly", **figures: Any) -> LoanPayment:
    """Change a payment by somebody of the office."""
    by = by or make.user("FINANCE", of=payment.tenant)
    return services.change_loan_payment(actor=by, payment=payment, reason=reason, now=make.NOW, **figures)
