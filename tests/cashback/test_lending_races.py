"""Two at once on a loan, on PostgreSQL with real threads: counted once, never more than is owed, and earned once."""

import pytest

from accounts.errors import Conflict, DomainError
from cashback import services
from cashback.models import CashbackTransaction, Loan, LoanAssignment, LoanPayment
from tests import make
from tests.billing.proof import assert_books_are_right
from tests.billing.test_races import at_once
from tests.cashback.earning import has, share
from tests.cashback.lending import change, reject, totals, verify

pytestmark = [pytest.mark.cashback, pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("postgres")]


def people(count):
    """So many of the office who had nothing to do with anything."""
    return [make.user("FINANCE") for _ in range(count)]


def refused(outcomes):
    return [outcome for outcome in outcomes if isinstance(outcome, DomainError)]


def test_a_payment_that_six_verify_at_once_counts_once_and_earns_once():
    loan = make.loan()
    asha = share(loan, "0.05")
    payment = make.loan_payment(100_000, on=loan)
    outcomes = at_once(*[lambda by=by: verify(payment, by=by) for by in people(6)])
    assert [type(outcome).__name__ for outcome in refused(outcomes)] == ["NothingToVerify"] * 5
    assert (totals(loan), has(asha)) == ((3_530_000, 30_000), (1500, 0))
    assert LoanPayment.objects.get().verifications == 1
    assert_books_are_right()


def test_a_double_click_of_one_person_counts_once():
    payment, [person] = make.loan_payment(), people(1)
    outcomes = at_once(*[lambda: verify(payment, by=person)] * 2)
    assert len(refused(outcomes)) == 1
    assert totals(payment.loan) == (3_530_000, 30_000)


def test_verified_and_rejected_at_once_is_one_after_the_other():
    """Verified first, the rejection takes it back; rejected first, it is not verified: either way it ends rejected."""
    for _ in range(5):
        payment = make.loan_payment(100_000)
        asha = share(payment.loan, "0.05")
        one, other = people(2)
        at_once(
            lambda payment=payment, one=one: verify(payment, by=one),
            lambda payment=payment, other=other: reject(payment, by=other),
        )
        assert LoanPayment.objects.get(pk=payment.pk).status == "rejected"
        assert (totals(payment.loan), has(asha)) == ((3_600_000, 0), (0, 0))
    assert_books_are_right()


def test_what_four_take_back_at_once_goes_back_once():
    loan = make.loan()
    asha = share(loan, "0.05")
    payment = make.loan_payment(100_000, on=loan, verify=True)
    outcomes = at_once(*[lambda by=by: reject(payment, by=by) for by in people(4)])
    assert len(refused(outcomes)) == 3
    assert (totals(loan), has(asha)) == ((3_600_000, 0), (0, 0))
    assert CashbackTransaction.objects.count() == 2


def test_changed_and_verified_at_once_what_is_booked_is_what_the_payment_says():
    for _ in range(5):
        payment = make.loan_payment(100_000)
        one, other = people(2)
        at_once(
            lambda payment=payment, one=one: verify(payment, by=one),
            lambda payment=payment, other=other: change(payment, by=other, amount_cents=90_000),
        )
        row = LoanPayment.objects.get(pk=payment.pk)
        assert (row.status, row.amount_cents) in {("pending", 90_000), ("verified", 90_000)}
    assert_books_are_right()


def test_payments_at_once_are_never_more_than_is_owed():
    loan, recorders = make.loan(100_000, interest_rate="0"), people(4)
    at_once(*[lambda by=by: make.loan_payment(60_000, on=loan, actor=by) for by in recorders])
    assert LoanPayment.objects.count() == 1


def test_waiting_payments_verified_at_once_all_count():
    loan = make.loan()
    payments = [make.loan_payment(7_000, on=loan) for _ in range(4)]
    at_once(*[lambda p=p, by=by: verify(p, by=by) for p, by in zip(payments, people(4), strict=True)])
    assert totals(loan) == (3_600_000, 28_000)
    assert_books_are_right()


def test_waiting_payments_verified_at_once_in_whichever_order_count_only_as_the_rule_splits_them():
    """300.00 of interest are due: who is verified too early would take another's share of it, and is refused."""
    loan = make.loan()
    payments = [make.loan_payment(20_000, on=loan) for _ in range(4)]
    at_once(*[lambda p=p, by=by: verify(p, by=by) for p, by in zip(payments, people(4), strict=True)])
    assert loan.payments.verified().exists()
    assert_books_are_right()


def test_a_loan_closed_while_a_payment_comes_in_is_one_or_the_other():
    for _ in range(5):
        loan = make.loan(100_000, interest_rate="0")
        make.loan_payment(100_000, on=loan, verify=True)
        [person] = people(1)
        outcomes = at_once(
            lambda loan=loan: services.close_loan(actor=None, loan=loan, now=make.NOW),
            lambda loan=loan, person=person: reject(loan.payments.get(), by=person),
        )
        status = Loan.objects.get(pk=loan.pk).status
        assert status == "active", outcomes  # closed first, it opens again
    assert_books_are_right()


def test_a_person_assigned_by_two_at_once_is_assigned_once():
    loan, person = make.loan(), make.user()
    outcomes = at_once(*[lambda: services.assign_to_loan(actor=None, loan=loan, user=person)] * 3)
    assert [isinstance(outcome, Conflict) for outcome in outcomes].count(True) == 2
    assert LoanAssignment.objects.count() == 1


def test_loans_opened_at_once_are_numbered_without_gaps():
    borrower = make.user("CUSTOMER")
    at_once(*[lambda: make.loan(to=borrower)] * 5)
    assert sorted(Loan.objects.values_list("number", flat=True)) == ["L-1", "L-2", "L-3", "L-4", "L-5"]
