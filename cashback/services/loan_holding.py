"""Holding a loan and a payment of it: locked, the loan first, until the transaction ends."""

from accounts.errors import Conflict, NotAllowed
from accounts.locks import locked
from accounts.models import User
from accounts.roles import OFFICE
from billing.money import grouped
from cashback.models import Loan, LoanPayment
from routes.services import check_staff


class LoanIsNotActive(Conflict):
    """The loan is closed or deleted."""

    code = "loan_is_not_active"


class LoanPaymentIsDeleted(Conflict):
    """The payment was deleted."""

    code = "loan_payment_is_deleted"


class OwnLoan(NotAllowed):
    """Nobody decides about a loan that they owe themselves."""

    code = "own_loan"


def hold_loan(loan: Loan) -> Loan:
    """Lock a loan and give it as it is now."""
    return locked(Loan.objects.filter(pk=loan.pk).select_related("tenant")).get()


def hold_payment(payment: LoanPayment) -> LoanPayment:
    """Lock a payment, its loan first, and give it as it is now, with the held loan. *Raises* LoanPaymentIsDeleted."""
    loan = locked(Loan.objects.filter(pk=payment.loan_id).select_related("tenant")).get()
    payment = locked(LoanPayment.objects.filter(pk=payment.pk)).get()
    payment.loan = loan
    if payment.deleted_at is not None:
        raise LoanPaymentIsDeleted(
            f"The payment {payment} on loan {loan.number} was deleted. Record a new one if it was real."
        )
    return payment


def check_active(loan: Loan) -> None:
    """Let pass a loan that is being paid back. *Raises* LoanIsNotActive."""
    if loan.status != Loan.Status.ACTIVE:
        raise LoanIsNotActive(
            f"Loan {loan.number} is {loan.get_status_display().lower()}: nothing is paid on it any more. Choose an active one."
        )


def check_office_of(actor: User | None, loan: Loan) -> None:
    """Let pass the office of the loan's business, but for its own borrower. *Raises* NotFound, NotAllowed, OwnLoan."""
    check_staff(actor, loan.tenant_id, roles=OFFICE)
    if actor is not None and actor.pk == loan.customer_id:
        raise OwnLoan(f"{actor} owes loan {loan.number} and decides nothing about it. Ask somebody else of the office.")


def money(cents: int, loan: Loan) -> str:
    """Write an amount of a loan for people: `1,234.50 INR`."""
    return f"{grouped(cents, loan.currency)} {loan.currency}"
