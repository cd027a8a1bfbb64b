"""Where loans stand: what is left of the principal, what interest is due, and how it came to that, payment by payment.

Only verified payments count. 36,000.00 at 10 % over 360 days, 1,000.00 paid and verified on day 30, as of day 45:

    principal left  35,300.00      accrued  447.08      paid  300.00      due  147.08      outstanding  35,447.08
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Count, Sum

from cashback.models import Loan, LoanPayment
from cashback.models.loan_payment import LoanPaymentQuerySet
from cashback.rules.interest import Paid, course, standing_on


@dataclass(frozen=True, slots=True)
class LoanFigures:
    """Where a loan stands at the end of a day. *Money*: cents of the loan's currency; what waits counts nowhere else."""

    as_of: date
    principal_cents: int
    principal_left_cents: int
    interest_accrued_cents: int
    interest_paid_cents: int
    interest_due_cents: int
    outstanding_cents: int
    waiting_payments: int
    waiting_cents: int


@dataclass(frozen=True, slots=True)
class StatementLine:
    """One line of a loan's statement: what accrued since the line before, what was paid, what is left.

    The first says what was lent; the last, without a payment, how things stand on the day that was asked for.
    """

    on: date
    days: int
    interest_accrued_cents: int
    payment: LoanPayment | None
    principal_left_cents: int
    interest_due_cents: int


def paid_by(payments: LoanPaymentQuerySet) -> list[Paid]:
    """What these payments paid on which day, for the rule of interest."""
    columns = ("payment_date", "interest_cents", "principal_cents")
    return [Paid(*row) for row in payments.order_by().values_list(*columns)]


def interest_due_cents(loan: Loan, *, as_of: date) -> int:
    """The interest that accrued until a day and is not paid. A deleted loan bears none."""
    return figures_of(loan, as_of=as_of).interest_due_cents


def figures_of(loan: Loan, *, as_of: date) -> LoanFigures:
    """All figures of a loan at the end of a day."""
    return figures_of_many([loan], as_of=as_of)[loan.pk]


def figures_of_many(loans: Sequence[Loan], *, as_of: date) -> dict[Any, LoanFigures]:
    """The figures of these loans by id, in two queries however many they are."""
    of_these = LoanPayment.objects.filter(loan__in=[loan.pk for loan in loans])
    paid: dict[Any, list[Paid]] = defaultdict(list)
    columns = ("loan", "payment_date", "interest_cents", "principal_cents")
    for loan_id, *row in of_these.verified().order_by().values_list(*columns):
        paid[loan_id].append(Paid(*row))
    waiting = of_these.waiting().order_by().values_list("loan").annotate(Count("pk"), Sum("amount_cents"))
    waits = {loan_id: (count, cents) for loan_id, count, cents in waiting}
    return {loan.pk: _figures(loan, paid[loan.pk], waits.get(loan.pk, (0, 0)), as_of) for loan in loans}


def statement_of(loan: Loan, *, as_of: date) -> list[StatementLine]:
    """Tell a loan from the day it was lent to the end of a day: a line for each verified payment, in order."""
    payments = loan.payments.verified().filter(payment_date__lte=as_of).order_by("payment_date", "id")
    return list(_lines(loan, list(payments), max(as_of, loan.started_on)))


def _figures(loan: Loan, paid: list[Paid], waiting: tuple[int, int], as_of: date) -> LoanFigures:
    standing = standing_on(loan.terms, paid, as_of)
    is_deleted = loan.status == Loan.Status.DELETED  # nothing was lent after all
    left, accrued = (0, 0) if is_deleted else (standing.principal_left_cents, standing.accrued_cents)
    due = accrued - standing.interest_paid_cents
    return LoanFigures(
        as_of=as_of,
        principal_cents=loan.principal_cents,
        principal_left_cents=left,
        interest_accrued_cents=accrued,
        interest_paid_cents=standing.interest_paid_cents,
        interest_due_cents=due,
        outstanding_cents=left + due,
        waiting_payments=waiting[0],
        waiting_cents=waiting[1],
    )


def _lines(loan: Loan, payments: list[LoanPayment], as_of: date) -> Iterator[StatementLine]:
    paid = [Paid(payment.payment_date, payment.interest_cents, payment.principal_cents) for payment in payments]
    accrued = {day.on: day.accrued_cents for day in course(loan.terms, [*paid, Paid(as_of)])}
    left, interest_paid, before = loan.principal_cents, 0, loan.started_on
    for on, payment in [(loan.started_on, None), *((each.payment_date, each) for each in payments), (as_of, None)]:
        if payment is not None:
            left -= payment.principal_cents
            interest_paid += payment.interest_cents
        since = accrued[on] - accrued[before]
        yield StatementLine(on, (on - before).days, since, payment, left, accrued[on] - interest_paid)
        before = on
