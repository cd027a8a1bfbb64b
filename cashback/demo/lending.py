"""The demo's lender before cashback: loans, what was paid on them, and trackers, as its old system left them."""

from datetime import date, datetime, timedelta

from accounts.demo.books import DemoBooks
from accounts.demo.dates import TODAY
from accounts.models import Role, Tenant, User
from cashback.demo.borrowers import LOANS, TRACKERS, Borrowed
from cashback.models import DailyTracker, Loan, LoanPayment
from cashback.rules.interest import Paid, standing_on

Status = LoanPayment.Status
BOUNCED = "bounced"  # verified, and refused by the bank a day later


class LendingBooks(DemoBooks):
    """The books of the lender."""

    write_order = (Loan, LoanPayment, DailyTracker)

    def __init__(self, tenant: Tenant, *, seed: int, using: str, ids: str) -> None:
        super().__init__(tenant, part="lending", seed=seed, using=using, ids=ids)
        people = list(User.objects.using(using).filter(tenant=tenant))
        self.people = {person.email.partition("@")[0]: person for person in people}
        self.admin, self.finance, self.field = (
            next(person for person in people if person.role == role)
            for role in (Role.ADMIN, Role.FINANCE, Role.SALES_REP)
        )
        self.verified: list[tuple[datetime, LoanPayment]] = []
        self.bounced: list[tuple[datetime, LoanPayment]] = []


def load_lending(tenant: Tenant, *, seed: int, using: str, ids: str) -> None:
    """Write what the lender had before cashback."""
    books = LendingBooks(tenant, seed=seed, using=using, ids=ids)
    tell_lending(books)
    books.write()


def tell_lending(books: LendingBooks) -> None:
    """Lend, take what was paid back, and open the trackers."""
    for borrowed in LOANS:
        _lend(books, borrowed)
    for saved in TRACKERS:
        books.add(
            DailyTracker(
                user=books.people[saved.owner],
                tracker_name=saved.name,
                tracker_type=saved.tracker_type,
                currency=books.tenant.currency,
                investment_cents=saved.investment_cents,
                scheme_period_days=saved.period_days,
                per_day_payment_cents=saved.per_day_cents,
                start_date=saved.started_on,
                created_by=books.admin,
                updated_at=(at := books.at(saved.started_on, 10)),
            ),
            at,
            by=books.admin,
        )


def _lend(books: LendingBooks, borrowed: Borrowed) -> None:
    at = books.at(borrowed.started_on, 11)
    loan = books.add(
        Loan(
            number=f"L-{books.next_number('loan')}",
            customer=books.people[borrowed.borrower],
            loan_name=borrowed.name,
            loan_type=borrowed.loan_type,
            currency=books.tenant.currency,
            principal_cents=borrowed.principal_cents,
            remaining_principal_cents=borrowed.principal_cents,
            interest_rate=borrowed.rate,
            day_count=borrowed.day_count,
            started_on=borrowed.started_on,
            created_by=books.finance,
        ),
        at,
        by=books.finance,
    )
    days, paid = _payment_days(borrowed), list[Paid]()
    for day in days:
        status = borrowed.last if day == days[-1] else Status.VERIFIED
        paid.append(_pay(books, loan, borrowed, paid=paid, day=day, status=status))


def _payment_days(borrowed: Borrowed) -> list[date]:
    """The days on which something is paid, until today or until the principal is back."""
    days, left, day = [], borrowed.principal_cents, borrowed.started_on + timedelta(days=borrowed.every_days)
    while day <= TODAY and left:
        days.append(day)
        left -= borrowed.principal_part_cents
        day += timedelta(days=borrowed.every_days)
    return days


def _pay(books: LendingBooks, loan: Loan, borrowed: Borrowed, *, paid: list[Paid], day: date, status: str) -> Paid:
    """Pay the interest that is due on that day, as the live rule reckons it, and a part of the principal."""
    interest = standing_on(loan.terms, paid, day).interest_due_cents
    payment = books.add(
        LoanPayment(
            loan=loan,
            amount_cents=interest + borrowed.principal_part_cents,
            interest_cents=interest,
            principal_cents=borrowed.principal_part_cents,
            payment_date=day,
            payment_method=borrowed.method,
            submitted_by=books.field,
        ),
        books.at(day, 17),
        by=books.field,
    )
    if status != Status.PENDING:
        _verify(books, payment, at=books.at(day, 19))
    if status == BOUNCED:
        _reject(books, payment, at=books.at(day + timedelta(days=1), 11))
    return Paid(day, interest, borrowed.principal_part_cents)


def _verify(books: LendingBooks, payment: LoanPayment, *, at: datetime) -> None:
    payment.status, payment.verified_by, payment.verified_at = Status.VERIFIED, books.finance, at
    payment.verifications += 1
    books.changed(payment, at, by=books.finance)
    _count(books, payment, at=at, times=1)
    books.verified.append((at, payment))


def _reject(books: LendingBooks, payment: LoanPayment, *, at: datetime) -> None:
    payment.status, payment.verified_by, payment.verified_at = Status.REJECTED, None, None
    payment.rejection_reason = "the transfer came back"
    books.changed(payment, at, by=books.finance, reason=payment.rejection_reason)
    _count(books, payment, at=at, times=-1)
    books.bounced.append((at, payment))


def _count(books: LendingBooks, payment: LoanPayment, *, at: datetime, times: int) -> None:
    """Count a verified payment on its loan, or no longer, and close the loan when nothing is left of it."""
    loan = payment.loan
    loan.remaining_principal_cents -= times * payment.principal_cents
    loan.interest_paid_cents += times * payment.interest_cents
    if not loan.remaining_principal_cents:
        loan.status, loan.closed_at = Loan.Status.CLOSED, at
    books.changed(loan, at, by=books.finance)
