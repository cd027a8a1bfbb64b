"""Loans: opened by the office, closed when everything is paid, deleted while nothing is.

    open       36,000.00 at 10 % goes out             active, 36,000.00 left
    close      0.00 left, no interest due, nothing waits         closed
    a payment bounces after that: it is rejected      active again, and what it paid is due again

A closed loan opens again only so: when a payment that it was closed upon is taken back. There is nothing else to do on it.
"""

from collections.abc import Iterable
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from accounts.errors import Conflict, RuleBroken
from accounts.models import Tenant, User
from accounts.roles import OFFICE
from accounts.services import next_number
from accounts.unit_of_work import unit_of_work
from accounts.words import counted
from billing.rules.period import FIRST_YEAR
from billing.services.checks import check_cents, check_moment, check_reason
from cashback.models import Loan
from cashback.selectors.loans import figures_of
from cashback.services.loan_holding import OwnLoan, check_active, check_office_of, hold_loan, money
from cashback.services.texts import check_text
from routes.services import check_staff

LONGEST_NAME = 100
MILLIONTH = Decimal("0.000001")


class NotALoan(RuleBroken):
    """A loan cannot say this."""

    code = "not_a_loan"


class LoanIsNotPaid(Conflict):
    """Something is still to be paid on the loan, or waits to be verified."""

    code = "loan_is_not_paid"


class LoanHasPayments(Conflict):
    """Payments of the loan count, or wait."""

    code = "loan_has_payments"


@unit_of_work
def open_loan(
    *,
    actor: User | None,
    tenant: Tenant,
    customer: User,
    loan_name: str,
    principal_cents: int,
    interest_rate: Decimal | str,
    started_on: date,
    now: datetime,
    loan_type: str = Loan.LoanType.REGULAR,
    payment_frequency: str = Loan.Frequency.MONTHLY,
    day_count: str = Loan.DayCount.ACTUAL_360,
    customer_notes: str = "",
    admin_notes: str = "",
) -> Loan:
    """Open a loan to an active person of the business, under its next number (`L-1`, `L-2`, …), in the business's currency.

    *Money*: `interest_rate` is a fraction a year, 0.12 is 12 %. *Raises* NotALoan, OwnLoan, NotAnAmount, NotPlainText.
    """
    check_staff(actor, tenant.pk, roles=OFFICE)
    _check_borrower(actor, tenant, customer)
    return Loan.objects.create(
        tenant=tenant,
        customer=customer,
        loan_name=check_text(loan_name, name="loan_name", least=1, longest=LONGEST_NAME, lines=False),
        loan_type=_one_of(Loan.LoanType.values, loan_type, "loan_type"),
        payment_frequency=_one_of(Loan.Frequency.values, payment_frequency, "payment_frequency"),
        day_count=_one_of(Loan.DayCount.values, day_count, "day_count"),
        currency=tenant.currency,
        principal_cents=check_cents(principal_cents, name="principal_cents"),
        remaining_principal_cents=principal_cents,
        interest_rate=_check_rate(interest_rate),
        started_on=_check_start(started_on, today=tenant.day_of(check_moment(now, name="now"))),
        customer_notes=check_text(customer_notes, name="customer_notes"),
        admin_notes=check_text(admin_notes, name="admin_notes"),
        created_by=actor,
        number=_next_number(tenant),
    )


@unit_of_work
def close_loan(*, actor: User | None, loan: Loan, now: datetime) -> Loan:
    """Close a loan on which nothing is left, nothing is due today and nothing waits. *Raises* LoanIsNotActive, LoanIsNotPaid."""
    check_office_of(actor, loan)
    check_moment(now, name="now")
    loan = hold_loan(loan)
    check_active(loan)
    figures = figures_of(loan, as_of=loan.tenant.day_of(now))
    if figures.principal_left_cents or figures.interest_due_cents or figures.waiting_payments:
        raise LoanIsNotPaid(
            f"{money(figures.principal_left_cents, loan)} of principal and {money(figures.interest_due_cents, loan)} of interest "
            f"are left on loan {loan.number}, and {counted(figures.waiting_payments, 'payments wait', 'payment waits')} to be "
            "verified. Close it when all three are nothing."
        )
    loan.status, loan.closed_at = Loan.Status.CLOSED, now
    loan.save(update_fields=["status", "closed_at"])
    return loan


@unit_of_work
def delete_loan(*, actor: User | None, loan: Loan, reason: str, now: datetime) -> Loan:
    """Delete a loan that was entered by mistake: no payment of it counts or waits. The row stays, under its number.

    *Raises* ReasonMissing, LoanIsNotActive, LoanHasPayments.
    """
    check_office_of(actor, loan)
    check_reason(reason, what=f"Deleting loan {loan.number}")
    check_moment(now, name="now")
    loan = hold_loan(loan)
    check_active(loan)
    verified, waiting = loan.payments.verified().count(), loan.payments.waiting().count()
    if verified or waiting:
        raise LoanHasPayments(
            f"Loan {loan.number} has {counted(verified, 'verified payments')}, and {waiting} that wait. What was paid on stays: "
            "reject or delete its payments first if they are mistakes, else close it when it is paid."
        )
    loan.status = Loan.Status.DELETED
    loan.save(update_fields=["status"])
    return loan


def _next_number(tenant: Tenant) -> str:
    """The next number that no loan of this business bears: those that it had before this system count on their own."""
    while True:
        number = f"L-{next_number(tenant=tenant, kind='loan')}"
        if not Loan.objects.filter(tenant=tenant, number=number).exists():
            return number


def _check_borrower(actor: User | None, tenant: Tenant, customer: User) -> None:
    if customer.tenant_id != tenant.pk:
        raise NotALoan(
            f"{customer.pk} is not a person of {tenant.name}. Choose one of its own.",
            fields={"customer": ["Not a person of this business."]},
        )
    if not customer.is_active:
        raise NotALoan(
            f"{customer} is no longer active. Choose somebody who is, or activate them first.",
            fields={"customer": ["No longer active."]},
        )
    if actor is not None and actor.pk == customer.pk:
        raise OwnLoan(f"{actor} cannot lend to themselves. Ask somebody else of the office to open the loan.")


def _check_rate(value: Any) -> Decimal:
    """An exact fraction a year from 0 to 1 with at most six decimals; a float is none."""
    try:
        rate = None if isinstance(value, bool | float) else Decimal(value)
    except (InvalidOperation, TypeError, ValueError):
        rate = None
    if rate is None or not rate.is_finite() or not 0 <= rate <= 1 or rate % MILLIONTH:
        raise NotALoan(
            f"interest_rate is {value!r}: it must be a fraction a year from 0 to 1 with at most six decimals. 12 % is 0.12.",
            fields={"interest_rate": ["A fraction from 0 to 1: 12 % is 0.12."]},
        )
    return rate


def _check_start(on: Any, *, today: date) -> date:
    if type(on) is not date or on.year < FIRST_YEAR or on > today:
        raise NotALoan(
            f"started_on is {on!r}, and today is {today}. Give the day on which the money went out, from {FIRST_YEAR} to today.",
            fields={"started_on": [f"A day from {FIRST_YEAR} to {today}."]},
        )
    return on


def _one_of(known: Iterable[str], value: Any, name: str) -> str:
    if value not in list(known):
        allowed = ", ".join(known)
        raise NotALoan(f"{name} is {value!r}. Choose one of: {allowed}.", fields={name: [f"One of: {allowed}."]})
    return value
