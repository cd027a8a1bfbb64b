"""Verifying payments on loans: a second person looks before the money counts, and it counts once.

Whoever submitted a payment, or changed its figures since, does not verify or reject it; nor does the borrower. What is booked is
what that person saw: a split that no longer fits, because something else was verified, rejected or deleted since, is refused with
the cure and never booked in another way. Splitting a payment again by the rule changes no figure by hand, so who does that may
verify it.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from accounts.errors import Conflict, NotAllowed
from accounts.models import User
from accounts.unit_of_work import unit_of_work
from billing.services.checks import check_moment, check_reason
from cashback.models import Loan, LoanPayment
from cashback.services.earning import earn_on_payment, take_back_on_payments
from cashback.services.loan_holding import check_active, check_office_of, hold_payment
from cashback.services.loan_splits import check_still_fits, payments_resting_on
from cashback.services.seen import check_seen
from cashback.services.texts import check_text

Status = LoanPayment.Status

LONGEST_REASON = 500


class NothingToVerify(Conflict):
    """The payment does not wait for verification."""

    code = "nothing_to_verify"


class NothingToReject(Conflict):
    """The payment was rejected before."""

    code = "nothing_to_reject"


class OwnLoanPayment(NotAllowed):
    """Nobody decides on a payment that they submitted, or whose figures they changed."""

    code = "own_payment"


@unit_of_work
def verify_loan_payment(
    *,
    actor: User | None,
    payment: LoanPayment,
    now: datetime,
    cashback: Sequence[tuple[User, int]] | None = None,
    cashback_reason: str = "",
    seen: int | None = None,
) -> LoanPayment:
    """Let a waiting payment count: principal and interest are booked as it is split, and cashback is earned on the interest.

    `cashback`: by the loan's configurations, or exactly these (person, points in cents) for a `cashback_reason`; [] is none.
    `seen` is the mark of the payment as it was shown. *Raises* NothingToVerify, ChangedSinceSeen, OwnLoanPayment,
    SplitNoLongerFits, LoanIsNotActive, LoanPaymentIsDeleted, and what `earn_on_payment` raises.
    """
    check_moment(now, name="now")
    payment = _hold_to_decide(actor, payment)
    if payment.status != Status.PENDING:
        raise NothingToVerify(
            f"{_name(payment)} does not wait: it is {payment.get_status_display().lower()}. See its history."
        )
    check_seen(payment, seen, named=_name(payment))
    check_active(payment.loan)
    check_still_fits(payment)
    payment.status, payment.verified_by, payment.verified_at = Status.VERIFIED, actor, now
    payment.verifications += 1
    payment.save()
    _count(payment, times=1)
    earn_on_payment(payment=payment, actor=actor, now=now, by_hand=cashback, reason=cashback_reason)
    return payment


@unit_of_work
def reject_loan_payment(*, actor: User | None, payment: LoanPayment, reason: str, now: datetime) -> LoanPayment:
    """Refuse a payment that waits, or take one back that was verified (it bounced): what it paid and earned goes back.

    Verified payments whose split rested on it wait again, and what they paid and earned goes back, too.
    *Raises* ReasonMissing, NothingToReject, OwnLoanPayment, LoanPaymentIsDeleted.
    """
    check_moment(now, name="now")
    reason = check_short_reason(reason, what="Rejecting a payment")
    payment = _hold_to_decide(actor, payment)
    if payment.status == Status.REJECTED:
        raise NothingToReject(f"{_name(payment)} was rejected before: {payment.rejection_reason}. See its history.")
    stop_counting(payment, actor=actor, now=now, reason=reason)
    payment.status, payment.rejection_reason = Status.REJECTED, reason
    payment.save()
    return payment


def check_short_reason(reason: str, *, what: str) -> str:
    """Return a reason that fits into the payment's row. *Raises* ReasonMissing, NotPlainText."""
    return check_text(check_reason(reason, what=what), name="reason", longest=LONGEST_REASON)


def stop_counting(payment: LoanPayment, *, actor: User | None, now: datetime, reason: str) -> None:
    """Give back what a held payment paid and earned, if it counts, and let those that rested on it wait again.

    A loan that was closed upon it is active again. The caller says what becomes of the payment, and saves it.
    """
    if payment.status != Status.VERIFIED:
        return
    resting = payments_resting_on(payment)
    for each in (payment, *resting):
        _count(each, times=-1)
        each.verified_by, each.verified_at = None, None
    for each in resting:
        each.status = Status.PENDING
        each.save()
    take_back_on_payments(payments=[payment, *resting], actor=actor, now=now, reason=reason)


def hands_in(payment: LoanPayment) -> set[Any]:
    """Who submitted a payment, or said one of its figures since: none of them may say that it is right."""
    columns = ("history_user_id", "amount_cents", "payment_date", "is_split_by_hand", "interest_cents")
    hands, before = {payment.submitted_by_id}, None
    images = payment.history.using(payment._state.db)
    for person, amount, day, by_hand, interest in images.order_by("history_id").values_list(*columns):
        said = (amount, day, interest if by_hand else None)
        if said != before:
            hands.add(person)
        before = said
    return hands - {None}


def _hold_to_decide(actor: User | None, payment: LoanPayment) -> LoanPayment:
    check_office_of(actor, payment.loan)
    payment = hold_payment(payment)
    if actor is not None and actor.pk in hands_in(payment):
        raise OwnLoanPayment(
            f"{actor} submitted {_name(payment).lower()}, or changed it. Ask somebody else of the office to look at it."
        )
    return payment


def _count(payment: LoanPayment, *, times: int) -> None:
    """Write the loan's running totals with a payment that counts from now on (1) or no longer (-1)."""
    loan = payment.loan
    loan.remaining_principal_cents -= times * payment.principal_cents
    loan.interest_paid_cents += times * payment.interest_cents
    if times < 0 and loan.status == Loan.Status.CLOSED:
        loan.status, loan.closed_at = Loan.Status.ACTIVE, None
    loan.save(update_fields=["remaining_principal_cents", "interest_paid_cents", "status", "closed_at"])


def _name(payment: LoanPayment) -> str:
    return f"The payment of {payment.payment_date} on loan {payment.loan.number}"
