"""Splitting a payment beside the others of its loan, and refusing what is more than is owed, with the numbers.

A payment is split beside all verified ones and those that wait and were paid before it: three payments of a week that wait
together each take the interest of their own days, and fit when they are verified in whichever order. One of them rejected, the
interest it was to pay is still due: a later one that waits no longer fits and is split again before it is verified, so that
nobody books what nobody saw.
"""

from datetime import date, datetime
from typing import Any

from django.db.models import Q

from accounts.errors import Conflict, RuleBroken
from billing.services.checks import check_cents
from cashback.models import Loan, LoanPayment
from cashback.rules.interest import Paid
from cashback.rules.loan_split import interest_room, overpaid_day, split_payment
from cashback.selectors.loans import paid_by
from cashback.services.loan_holding import money


class NotAPaymentDate(RuleBroken):
    """The day is none on which this loan can have been paid."""

    code = "not_a_payment_date"


class MoreThanOwed(RuleBroken):
    """More would be paid than principal and interest together."""

    code = "more_than_owed"


class MoreInterestThanDue(RuleBroken):
    """More would go to interest than is due, or than is paid."""

    code = "more_interest_than_due"


class LaterInterestStands(RuleBroken):
    """Principal paid back this early would leave later payments with more interest than accrued."""

    code = "later_interest_stands"


class SplitNoLongerFits(Conflict):
    """What was paid besides has changed since this payment was split."""

    code = "split_no_longer_fits"


def check_payment_date(loan: Loan, on: Any, *, now: datetime) -> date:
    """Return a day from the loan's start to today. *Raises* NotAPaymentDate."""
    today = loan.tenant.day_of(now)
    if type(on) is not date or not loan.started_on <= on <= today:
        raise NotAPaymentDate(
            f"The payment date is {on}, but loan {loan.number} started on {loan.started_on} and today is {today}. "
            "Give a day between the two.",
            fields={"payment_date": [f"A day from {loan.started_on} to {today}."]},
        )
    return on


def split_for(payment: LoanPayment, *, interest_cents: int | None) -> Paid:
    """Split a payment, held or new, by its amount and date: interest first, or as much interest as the office says.

    *Raises* MoreThanOwed, MoreInterestThanDue, LaterInterestStands.
    """
    loan, on = payment.loan, payment.payment_date
    verified = paid_by(loan.payments.verified().exclude(pk=payment.pk))
    earlier = Q(payment_date__lt=on) | Q(payment_date=on, pk__lt=payment.pk)
    others = [*verified, *paid_by(loan.payments.waiting().filter(earlier))]
    if interest_cents is None:
        paid = split_payment(payment.amount_cents, terms=loan.terms, others=others, on=on)
        _check_takes_principal(loan, paid)
    else:
        paid = _as_said(payment, interest_cents, room=interest_room(loan.terms, others, on))
    _check_principal_left(loan, paid, loan.principal_cents - sum(other.principal_cents for other in others))
    _check_later(loan, verified, paid)
    return paid


def check_still_fits(payment: LoanPayment) -> None:
    """Let pass a waiting payment whose split is what it would be split into now. *Raises* SplitNoLongerFits."""
    said = payment.interest_cents if payment.is_split_by_hand else None
    was, loan = _in_words(payment, payment.loan), payment.loan
    cure = "Change the payment, which splits it again or corrects it, look at it, then verify it."
    try:
        paid = split_for(payment, interest_cents=said)
    except RuleBroken as error:
        raise SplitNoLongerFits(
            f"The payment {payment.payment_date} on loan {loan.number} was split into {was}. {error.message} {cure}"
        ) from error
    if paid.interest_cents != payment.interest_cents:
        raise SplitNoLongerFits(
            f"The payment of {payment.payment_date} on loan {loan.number} was split into {was}; by what else was paid since, it "
            f"is {_in_words(paid, loan)}. {cure}"
        )


def _as_said(payment: LoanPayment, interest_cents: int, *, room: int) -> Paid:
    check_cents(interest_cents, name="interest_cents", least=0)
    most = min(room, payment.amount_cents)
    if interest_cents > most:
        loan = payment.loan
        raise MoreInterestThanDue(
            f"{money(interest_cents, loan)} of interest is more than {money(most, loan)}: on {payment.payment_date} "
            f"{money(room, loan)} is due on loan {loan.number}, and {money(payment.amount_cents, loan)} is paid. "
            f"Give at most {money(most, loan)}.",
            fields={"interest_cents": [f"At most {most}."]},
        )
    return Paid(payment.payment_date, interest_cents, payment.amount_cents - interest_cents)


def _check_takes_principal(loan: Loan, paid: Paid) -> None:
    """An interest-only loan takes principal only when the office says so."""
    if loan.loan_type == Loan.LoanType.INTEREST_ONLY and paid.principal_cents:
        raise MoreThanOwed(
            f"Loan {loan.number} takes interest only, and {money(paid.interest_cents, loan)} is due on {paid.on}: not "
            f"{money(paid.interest_cents + paid.principal_cents, loan)}. Give at most that, or, where principal is paid back, "
            "let the office say how much of the payment is interest.",
            fields={"amount_cents": [f"At most {paid.interest_cents}."]},
        )


def _check_principal_left(loan: Loan, paid: Paid, left: int) -> None:
    left = max(0, left)
    if paid.principal_cents > left:
        raise MoreThanOwed(
            f"{money(paid.interest_cents, loan)} of interest and {money(left, loan)} of principal are left on loan {loan.number} "
            f"on {paid.on}, verified payments and those that wait taken off: {money(paid.interest_cents + left, loan)}, not "
            f"{money(paid.interest_cents + paid.principal_cents, loan)}. Give at most that, or reject what waits wrongly.",
            fields={"amount_cents": [f"At most {paid.interest_cents + left}."]},
        )


def _check_later(loan: Loan, verified: list[Paid], paid: Paid) -> None:
    day = overpaid_day(loan.terms, [*verified, paid])
    if day is not None and overpaid_day(loan.terms, verified) is None:
        raise LaterInterestStands(
            f"{money(day.interest_paid_cents, loan)} of interest is paid on loan {loan.number} by {day.on}. With "
            f"{money(paid.principal_cents, loan)} of principal paid back on {paid.on} only {money(day.accrued_cents, loan)} "
            f"would have accrued. Change the later payments first, or give this one a date from {day.on} on.",
            fields={"payment_date": ["A later payment took the interest of these days."]},
        )


def _in_words(paid: Any, loan: Loan) -> str:
    return f"{money(paid.interest_cents, loan)} of interest and {money(paid.principal_cents, loan)} of principal"
