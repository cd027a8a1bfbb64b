"""Payments on loans: recorded, changed and deleted. Whether they count is decided by a second person, in `loan_verification`.

36,000.00 at 10 % over 360 days; on day 30 the borrower pays 1,000.00 and Asha records it:

    it waits              300.00 interest, 700.00 principal; 36,000.00 are still left
    Ravi verifies it      35,300.00 left, 300.00 interest paid, cashback is earned on the 300.00
    it was 900.00: Asha changes it      300.00 and 600.00 wait; 36,000.00 left again, the cashback is taken back
    Ravi verifies it anew               35,400.00 left
"""

from datetime import date, datetime
from typing import Any

from accounts.errors import Conflict, NotAllowed, NotFound, RuleBroken
from accounts.models import User
from accounts.roles import OFFICE, Role
from accounts.unit_of_work import unit_of_work
from billing.services.checks import check_cents, check_moment
from cashback.models import Loan, LoanPayment
from cashback.rules.interest import Paid
from cashback.services.assignments import is_assigned
from cashback.services.loan_holding import check_active, check_office_of, hold_loan, hold_payment
from cashback.services.loan_splits import check_payment_date, split_as_recorded, split_for
from cashback.services.loan_verification import Status, check_short_reason, stop_counting
from cashback.services.texts import check_text

LONGEST_REFERENCE = 100


class NotAMethod(RuleBroken):
    """No such way of paying."""

    code = "not_a_method"


class NotYoursToSubmit(NotAllowed):
    """A payment is submitted by the borrower, by who looks after the loan, or by the office."""

    code = "not_yours_to_submit"


class NotYoursToSplit(NotAllowed):
    """Only the office says how much of a payment is interest."""

    code = "not_yours_to_split"


class NothingToChange(Conflict):
    """The payment says that already."""

    code = "nothing_to_change"


@unit_of_work
def record_loan_payment(
    *,
    actor: User | None,
    loan: Loan,
    amount_cents: int,
    payment_date: date,
    now: datetime,
    payment_method: str = LoanPayment.Method.CASH,
    transaction_id: str = "",
    interest_cents: int | None = None,
) -> LoanPayment:
    """Record what was paid; it waits until somebody else verifies it. Accrued interest is paid first, the rest is principal.

    `interest_cents`, said by the office, splits it by hand: 0 pays principal only. *Raises* NotYoursToSubmit, NotYoursToSplit,
    LoanIsNotActive, NotAnAmount, NotAPaymentDate, NotAMethod, and what `split_for` raises.
    """
    check_moment(now, name="now")
    _check_may_submit(actor, loan, by_hand=interest_cents is not None)
    loan = hold_loan(loan)
    check_active(loan)
    payment = LoanPayment(
        tenant_id=loan.tenant_id,
        loan=loan,
        amount_cents=check_cents(amount_cents),
        payment_date=check_payment_date(loan, payment_date, now=now),
        payment_method=_check_method(payment_method),
        transaction_id=check_text(transaction_id, name="transaction_id", longest=LONGEST_REFERENCE, lines=False),
        submitted_by=actor,
    )
    _write_split(payment, split_as_recorded(payment, interest_cents=interest_cents), by_hand=interest_cents is not None)
    payment.save()
    return payment


@unit_of_work
def change_loan_payment(
    *,
    actor: User | None,
    payment: LoanPayment,
    reason: str,
    now: datetime,
    amount_cents: int | None = None,
    interest_cents: int | None = None,
    payment_date: date | None = None,
) -> LoanPayment:
    """Correct a payment: it is split anew and waits to be verified again; what it paid and earned so far is taken back.

    It is split beside the payments that count; verified ones whose split rested on it wait again, too. Without any new figure
    it is only split again, by the rule. *Raises* ReasonMissing, NothingToChange, LoanIsNotActive, LoanPaymentIsDeleted, and
    what `record_loan_payment` raises of figures.
    """
    check_office_of(actor, payment.loan)
    check_moment(now, name="now")
    reason = check_short_reason(reason, what="Changing a payment")
    payment = hold_payment(payment)
    waited, before = payment.status == Status.PENDING, _figures(payment)
    stop_counting(payment, actor=actor, now=now, reason=reason)
    check_active(payment.loan)
    if amount_cents is not None:
        payment.amount_cents = check_cents(amount_cents)
    if payment_date is not None:
        payment.payment_date = check_payment_date(payment.loan, payment_date, now=now)
    _write_split(payment, split_for(payment, interest_cents=interest_cents), by_hand=interest_cents is not None)
    if waited and _figures(payment) == before:
        raise NothingToChange(f"The payment {payment} already says so, and it waits. Verify it, or give other figures.")
    payment.status, payment.rejection_reason = Status.PENDING, ""
    payment.save()
    return payment


@unit_of_work
def delete_loan_payment(*, actor: User | None, payment: LoanPayment, reason: str, now: datetime) -> LoanPayment:
    """Delete a payment that was entered by mistake: what it paid and earned is taken back. The row stays.

    *Raises* ReasonMissing, LoanPaymentIsDeleted.
    """
    check_office_of(actor, payment.loan)
    check_moment(now, name="now")
    reason = check_short_reason(reason, what="Deleting a payment")
    payment = hold_payment(payment)
    stop_counting(payment, actor=actor, now=now, reason=reason)
    payment.status, payment.rejection_reason, payment.deleted_at = Status.REJECTED, reason, now
    payment.save()
    return payment


def _write_split(payment: LoanPayment, paid: Paid, *, by_hand: bool) -> None:
    payment.interest_cents, payment.principal_cents = paid.interest_cents, paid.principal_cents
    payment.is_split_by_hand = by_hand


def _figures(payment: LoanPayment) -> tuple[Any, ...]:
    return payment.amount_cents, payment.interest_cents, payment.payment_date, payment.is_split_by_hand


def _check_may_submit(actor: User | None, loan: Loan, *, by_hand: bool) -> None:
    """Let pass the office, who looks after the loan, and its borrower; only the office splits by hand."""
    if actor is None or actor.is_superuser:
        return
    is_borrower = actor.pk == loan.customer_id
    if actor.tenant_id != loan.tenant_id or actor.role == Role.CUSTOMER and not is_borrower:
        raise NotFound("There is no such loan in your business. Check the address, or ask who owns it.")
    is_office = actor.role in OFFICE
    if not actor.is_active or not (is_office or is_borrower or is_assigned(actor, loan)):
        raise NotYoursToSubmit(
            f"{actor} does not look after loan {loan.number}. Ask an administrator to assign you, or the office to record it."
        )
    if by_hand and (is_borrower or not is_office):
        raise NotYoursToSplit("How much of a payment is interest is said by the office. Leave `interest_cents` out.")


def _check_method(value: Any) -> str:
    if value not in LoanPayment.Method.values:
        allowed = ", ".join(LoanPayment.Method.values)
        raise NotAMethod(
            f"payment_method is {value!r}. Choose one of: {allowed}.",
            fields={"payment_method": [f"One of: {allowed}."]},
        )
    return value
