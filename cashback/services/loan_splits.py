"""Splitting a payment beside the others of its loan, and refusing what is more than is owed, with the numbers.

What is verified is split beside the payments that count, whatever else was ever claimed to be paid:

    A, 35,000.00 of day 1, waits; B, 1,000.00 of day 30, is recorded      B shows 8.14 of interest: if A counts, so it is
    B is to be verified                     refused: A does not count, so 300.00 are due. Decide on A first, or change B
    A is verified, B is verified            8.14, as shown
    A bounces                               B waits again: its split rested on A

As it is recorded, a payment is shown beside those that wait and were paid before it, too: a week's payments that are verified in
the order of their days fit as they were shown. Nothing is split again but by a person, so nobody books what nobody saw.
"""

from collections.abc import Iterable
from datetime import date, datetime
from typing import Any

from django.db.models import Q

from accounts.errors import Conflict, RuleBroken
from accounts.locks import locked
from billing.services.checks import check_cents
from cashback.models import Loan, LoanPayment
from cashback.models.loan_payment import LoanPaymentQuerySet
from cashback.rules.interest import Paid
from cashback.rules.loan_split import interest_room, overpaid_day, resting_on, split_payment
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
    """Beside the payments that count, this one would be split in another way than it shows."""

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


def split_as_recorded(payment: LoanPayment, *, interest_cents: int | None) -> Paid:
    """Split a new payment beside those that count and those that wait and were paid before it. *Raises*: as `split_for`."""
    return split_for(payment, interest_cents=interest_cents, expected=paid_by(_waiting_before(payment)))


def split_for(payment: LoanPayment, *, interest_cents: int | None, expected: Iterable[Paid] = ()) -> Paid:
    """Split a payment by its amount and date beside those that count: interest first, or as much interest as the office says.

    *Raises* MoreThanOwed, MoreInterestThanDue, LaterInterestStands.
    """
    loan, on = payment.loan, payment.payment_date
    verified = paid_by(loan.payments.verified().exclude(pk=payment.pk))
    others = [*verified, *expected]
    if interest_cents is None:
        paid = split_payment(payment.amount_cents, terms=loan.terms, others=others, on=on)
        _check_takes_principal(loan, paid)
    else:
        paid = _as_said(payment, interest_cents, room=interest_room(loan.terms, others, on))
    _check_principal_left(loan, paid, loan.principal_cents - sum(other.principal_cents for other in others))
    _check_later(loan, verified, paid)
    return paid


def check_still_fits(payment: LoanPayment) -> None:
    """Let pass a waiting payment whose split is what the rule gives beside those that count. *Raises* SplitNoLongerFits."""
    said = payment.interest_cents if payment.is_split_by_hand else None
    was, loan = _in_words(payment, payment.loan), payment.loan
    cure = _cure(payment)
    try:
        paid = split_for(payment, interest_cents=said)
    except RuleBroken as error:
        raise SplitNoLongerFits(
            f"The payment of {payment.payment_date} on loan {loan.number} was split into {was}. {error.message} {cure}"
        ) from error
    if paid.interest_cents != payment.interest_cents:
        raise SplitNoLongerFits(
            f"The payment of {payment.payment_date} on loan {loan.number} was split into {was}; beside the payments that "
            f"count, it is {_in_words(paid, loan)}. {cure}"
        )


def payments_resting_on(payment: LoanPayment) -> list[LoanPayment]:
    """The verified payments, held, whose split is the rule's only as long as this one counts; its loan is held before."""
    loan = payment.loan
    others = {row.pk: row for row in locked(loan.payments.verified().exclude(pk=payment.pk))}
    by_rule = {pk: _paid(row) for pk, row in others.items() if not row.is_split_by_hand}
    by_hand = [_paid(row) for row in others.values() if row.is_split_by_hand]
    found = resting_on(loan.terms, {payment.pk: _paid(payment)}, by_rule, by_hand)
    for row in others.values():
        row.loan = loan
    return [others[pk] for pk in others if pk in found]


def _paid(payment: LoanPayment) -> Paid:
    return Paid(payment.payment_date, payment.interest_cents, payment.principal_cents)


def _waiting_before(payment: LoanPayment) -> LoanPaymentQuerySet:
    on = payment.payment_date
    return payment.loan.payments.waiting().filter(Q(payment_date__lt=on) | Q(payment_date=on, pk__lt=payment.pk))


def _cure(payment: LoanPayment) -> str:
    change = "hange the payment, which splits it again beside those that count, look at it, then verify it."
    first = _waiting_before(payment).order_by("payment_date", "pk").first()
    return f"C{change}" if first is None else f"Decide on the payment of {first.payment_date} first, or c{change}"


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
            f"on {paid.on}, the other payments taken off: {money(paid.interest_cents + left, loan)}, not "
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
