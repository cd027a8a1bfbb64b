"""Where a loan stands on a day, and its statement: every figure follows from the lines before it."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from cashback import services
from cashback.selectors.loans import figures_of, figures_of_many, interest_due_cents, statement_of
from tests import make
from tests.cashback.lending import day, reject, verify

pytestmark = [pytest.mark.cashback, pytest.mark.django_db]


@pytest.fixture
def loan(db):
    """36,000.00 at 10.00 a day; 1,000.00 paid and verified on day 20, 500.00 rejected, 200.00 wait."""
    loan = make.loan()
    verify(make.loan_payment(100_000, on=loan, payment_date=day(20)))
    reject(make.loan_payment(50_000, on=loan))
    make.loan_payment(20_000, on=loan)
    return loan


def test_a_loan_stands_where_its_verified_payments_put_it(loan):
    """By day 20 200.00 accrued; 10 days on the 35,200.00 that were left bear 97.78 more."""
    figures = figures_of(loan, as_of=day(30))
    assert (figures.principal_left_cents, figures.interest_accrued_cents) == (3_520_000, 29_778)
    assert (figures.interest_paid_cents, figures.interest_due_cents) == (20_000, 9_778)
    assert figures.outstanding_cents == 3_529_778
    assert (figures.waiting_payments, figures.waiting_cents) == (1, 20_000)


@pytest.mark.parametrize(("number", "due"), [(-5, 0), (0, 0), (19, 19_000), (20, 0), (21, 978), (30, 9_778)])
def test_interest_due_as_of_a_day_counts_what_was_paid_by_then(loan, number, due):
    assert interest_due_cents(loan, as_of=day(number)) == due


def test_figures_as_of_an_earlier_day_know_nothing_of_later_payments(loan):
    figures = figures_of(loan, as_of=day(19))
    assert (figures.principal_left_cents, figures.interest_paid_cents) == (3_600_000, 0)


def test_what_is_due_is_what_a_payment_of_that_day_takes(loan):
    due = figures_of(loan, as_of=make.TODAY)
    waiting = loan.payments.waiting().get()
    paid = make.loan_payment(due.outstanding_cents - due.waiting_cents, on=loan)
    assert waiting.interest_cents + paid.interest_cents == due.interest_due_cents
    assert waiting.principal_cents + paid.principal_cents == due.principal_left_cents


def test_nothing_is_outstanding_on_a_deleted_loan():
    loan = services.delete_loan(actor=None, loan=make.loan(), reason="entered twice", now=make.NOW)
    figures = figures_of(loan, as_of=make.TODAY)
    assert (figures.outstanding_cents, figures.interest_due_cents, figures.principal_cents) == (0, 0, 3_600_000)


def test_the_figures_of_many_loans_are_those_of_each_in_two_queries(loan):
    loans = [loan, *(make.loan() for _ in range(4))]
    verify(make.loan_payment(40_000, on=loans[1]))
    with CaptureQueriesContext(connection) as queries:
        figures = figures_of_many(loans, as_of=make.TODAY)
    assert len(queries) == 2
    assert figures == {each.pk: figures_of(each, as_of=make.TODAY) for each in loans}


def test_the_statement_tells_the_loan_line_by_line(loan):
    verify(make.loan_payment(1_000, on=loan, payment_date=day(20), interest_cents=0))
    lines = statement_of(loan, as_of=day(30))
    told = [
        (line.on, line.days, line.interest_accrued_cents, line.principal_left_cents, line.interest_due_cents)
        for line in lines
    ]
    assert told == [
        (day(0), 0, 0, 3_600_000, 0),
        (day(20), 20, 20_000, 3_520_000, 0),
        (day(20), 0, 0, 3_519_000, 0),
        (day(30), 10, 9_775, 3_519_000, 9_775),
    ]
    assert [line.payment and line.payment.amount_cents for line in lines] == [None, 100_000, 1_000, None]


def test_a_statement_ends_on_the_day_that_was_asked_for(loan):
    assert [line.on for line in statement_of(loan, as_of=day(10))] == [day(0), day(10)]
    assert [line.on for line in statement_of(loan, as_of=day(-10))] == [day(0), day(0)]


def test_the_last_line_of_a_statement_is_what_the_figures_say(loan):
    for number in range(31):
        last, figures = statement_of(loan, as_of=day(number))[-1], figures_of(loan, as_of=day(number))
        assert (last.principal_left_cents, last.interest_due_cents) == (
            figures.principal_left_cents,
            figures.interest_due_cents,
        )


def test_long_after_it_was_paid_nothing_more_accrued():
    loan = make.loan(100_000)
    verify(make.loan_payment(100_833, on=loan))
    assert figures_of(loan, as_of=make.TODAY + timedelta(days=1000)).outstanding_cents == 0
