"""Any sequence of steps with loans keeps them right: Hypothesis plays a lender beside a reckoning day by day in fractions."""

from collections import defaultdict
from datetime import timedelta
from decimal import Decimal
from fractions import Fraction

import pytest
from django.db import transaction
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from accounts.errors import DomainError
from cashback import services
from cashback.models import Loan, LoanPayment
from cashback.selectors.loans import figures_of
from cashback.services.loan_splits import SplitNoLongerFits
from tests import make
from tests.billing.proof import assert_books_are_right
from tests.cashback.earning import has, share

pytestmark = [pytest.mark.cashback, pytest.mark.django_db]

amounts = st.sampled_from([1, 700, 5_000, 60_000, 1_000_000])
ago = st.integers(0, 40)
by_hand = st.sampled_from([None, None, None, 0, 350])


class Lender(RuleBasedStateMachine):
    """`paid` is what counts of each loan: (day, interest, principal) by payment. What is refused changes nothing."""

    loans = Bundle("loans")
    payments = Bundle("payments")

    def __init__(self):
        super().__init__()
        self.transaction = transaction.atomic()
        self.transaction.__enter__()
        self.now = make.NOW
        self.paid = defaultdict(dict)

    @initialize()
    def open_business(self):
        self.borrower = make.user("CUSTOMER")
        self.friend = make.user("CUSTOMER")
        self.clerk, self.chief = make.user("FINANCE"), make.user("ADMIN")

    def teardown(self):
        """Leave an empty database to the next business."""
        try:
            assert_books_are_right("cashback")
        finally:
            transaction.set_rollback(True)
            self.transaction.__exit__(None, None, None)

    def attempt(self, service, **fields):
        """Do it a minute later than the last; the error when it is refused."""
        self.now += timedelta(minutes=1)
        try:
            return service(now=self.now, **fields)
        except DomainError as error:
            return error

    @rule(days=st.integers(1, 30))
    def days_pass(self, days):
        self.now += timedelta(days=days)

    @rule(
        target=loans,
        principal=st.sampled_from([3_000, 100_000, 2_000_000]),
        rate=st.sampled_from(["0", "0.12", "0.9"]),
        kind=st.sampled_from(Loan.LoanType.values),
        day_count=st.sampled_from(Loan.DayCount.values),
        started=ago,
    )
    def lend(self, principal, rate, kind, day_count, started):
        terms = {"interest_rate": rate, "loan_type": kind, "day_count": day_count}
        started_on = self.now.date() - timedelta(days=started)
        loan = make.loan(principal, to=self.borrower, now=self.now, started_on=started_on, **terms)
        share(loan, "0.1", to=self.friend)
        return loan.pk

    @rule(target=payments, loan=loans, cents=amounts, days=ago, interest=by_hand)
    def pay(self, loan, cents, days, interest):
        loan, on = Loan.objects.get(pk=loan), self.now.date() - timedelta(days=days)
        said = {"loan": loan, "amount_cents": cents, "payment_date": on, "interest_cents": interest}
        payment = self.attempt(services.record_loan_payment, actor=self.clerk, **said)
        return payment.pk if isinstance(payment, LoanPayment) else None

    @rule(payment=payments)
    def verify(self, payment):
        """What no longer fits fits once it was split again."""
        if payment is None:
            return
        row = LoanPayment.objects.get(pk=payment)
        said = {"actor": self.chief, "payment": row}
        verified = self.attempt(services.verify_loan_payment, **said)
        if isinstance(verified, SplitNoLongerFits):
            again = self.attempt(services.change_loan_payment, reason="split again", **said)
            if isinstance(again, DomainError):
                assert again.code != "nothing_to_change"
                return
            row = again
            verified = self.attempt(services.verify_loan_payment, actor=None, payment=again)
            assert isinstance(verified, LoanPayment), verified
        if isinstance(verified, LoanPayment):
            assert (verified.interest_cents, verified.principal_cents) == (row.interest_cents, row.principal_cents)
            self.paid[row.loan_id][payment] = (row.payment_date, row.interest_cents, row.principal_cents)

    @rule(payment=payments, cents=st.none() | amounts, days=st.none() | ago, interest=by_hand)
    def change(self, payment, cents, days, interest):
        on = None if days is None else self.now.date() - timedelta(days=days)
        figures = {"amount_cents": cents, "payment_date": on, "interest_cents": interest}
        self.take_back(services.change_loan_payment, payment, actor=self.clerk, **figures)

    @rule(payment=payments)
    def reject(self, payment):
        self.take_back(services.reject_loan_payment, payment, actor=None)

    @rule(payment=payments)
    def delete(self, payment):
        self.take_back(services.delete_loan_payment, payment, actor=self.clerk)

    @rule(
        loan=loans, first=amounts, second=amounts, later=st.integers(1, 20), step=st.sampled_from(["reject", "delete"])
    )
    def one_bounces_that_another_rests_on(self, loan, first, second, later, step):
        """Of so many days ago, and of today; both are verified."""
        paid = self.pay(loan, first, later, None), self.pay(loan, second, 0, None)
        for payment in paid:
            self.verify(payment)
        getattr(self, step)(paid[0])

    def take_back(self, service, payment, **fields):
        """What rested on it waits again, as it is shown: only payments that the rule split, and that it would split anew."""
        if payment is None:
            return
        row = LoanPayment.objects.get(pk=payment)
        if isinstance(self.attempt(service, payment=row, reason="x", **fields), LoanPayment):
            paid = self.paid[row.loan_id]
            paid.pop(payment, None)
            waiting = LoanPayment.objects.filter(pk__in=list(paid), status="pending", is_split_by_hand=False)
            for again in waiting:
                assert paid.pop(again.pk) == (again.payment_date, again.interest_cents, again.principal_cents)

    @rule(loan=loans)
    def close(self, loan):
        loan = Loan.objects.get(pk=loan)
        figures = figures_of(loan, as_of=self.now.date())
        closed = self.attempt(services.close_loan, actor=self.clerk, loan=loan)
        paid = not figures.outstanding_cents and not figures.waiting_payments
        assert isinstance(closed, Loan) is (paid and loan.status == "active")

    @rule(loan=loans)
    def delete_loan(self, loan):
        loan = Loan.objects.get(pk=loan)
        empty = not self.paid[loan.pk] and not loan.payments.waiting().exists()
        deleted = self.attempt(services.delete_loan, actor=self.clerk, loan=loan, reason="x")
        assert isinstance(deleted, Loan) is (empty and loan.status == "active")

    @invariant()
    def every_loan_stands_where_its_payments_put_it(self):
        for loan in Loan.objects.exclude(status="deleted"):
            paid = self.paid[loan.pk].values()
            principal, interest = sum(each[2] for each in paid), sum(each[1] for each in paid)
            left = loan.principal_cents - principal
            assert (loan.remaining_principal_cents, loan.interest_paid_cents) == (left, interest)
            for day in [self.now.date(), *(each[0] for each in paid)]:
                figures, accrued = figures_of(loan, as_of=day), naively_accrued(loan, paid, day)
                assert figures.interest_accrued_cents == accrued
                assert sum(each[1] for each in paid if each[0] <= day) <= accrued

    @invariant()
    def what_the_rule_split_is_what_it_gives_beside_those_that_count(self):
        """All that was due on its day and on every later one, had it not been paid, is interest; only the rest is principal."""
        for payment in LoanPayment.objects.verified().filter(is_split_by_hand=False).select_related("loan"):
            others = [each for pk, each in self.paid[payment.loan_id].items() if pk != payment.pk]
            days = {payment.payment_date, *(each[0] for each in others if each[0] >= payment.payment_date)}
            due = [
                naively_accrued(payment.loan, others, day) - sum(each[1] for each in others if each[0] <= day)
                for day in days
            ]
            assert payment.interest_cents == min(payment.amount_cents, *due)

    @invariant()
    def what_counts_is_what_was_earned(self):
        """A tenth of the interest of each payment that counts, rounded half up."""
        paid = [each for of_loan in self.paid.values() for each in of_loan.values()]
        tenths = [int(Decimal(interest) / 10 + Decimal("0.5")) for _, interest, _ in paid]
        if hasattr(self, "friend"):
            assert has(self.friend) == (sum(tenths), 0)


def naively_accrued(loan, paid, day):
    """Each day bears a day's interest on what was left at its beginning; rounded half up at the end."""
    exact = Fraction(0)
    on = loan.started_on
    while on < day:
        left = loan.principal_cents - sum(each[2] for each in paid if each[0] <= on)
        exact += left * Fraction(loan.interest_rate) / (360 if loan.day_count == "ACT_360" else 365)
        on += timedelta(days=1)
    return int(exact + Fraction(1, 2))


def test_any_sequence_of_steps_keeps_loans_right():
    run_state_machine_as_test(
        Lender,
        settings=settings(
            max_examples=12,
            stateful_step_count=25,
            deadline=None,
            database=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
