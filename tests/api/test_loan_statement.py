"""A loan's statement over HTTP, and a payment that no longer fits: refused, split again, verified."""

from datetime import timedelta
from uuid import uuid4

import pytest

from tests import make
from tests.api.clients import client_of, error_of, post
from tests.cashback.lending import day, reject, verify

pytestmark = [pytest.mark.cashback, pytest.mark.django_db]


@pytest.fixture
def loan(db):
    """36,000.00 at 10.00 a day; 1,000.00 paid and verified on day 20."""
    loan = make.loan()
    verify(make.loan_payment(100_000, on=loan, payment_date=day(20)))
    return loan


def statement(person, loan, **query):
    return client_of(person).get(f"/api/cashback/loans/{loan.pk}/statement", query)


def test_the_borrower_reads_the_statement_of_their_loan(loan):
    answer = statement(loan.customer, loan, as_of=str(day(30)))
    assert answer.status_code == 200
    told = answer.json()
    assert (told["number"], told["currency"], told["as_of"]) == (loan.number, "BDT", str(day(30)))
    keys = (
        "on",
        "days",
        "interest_accrued_cents",
        "paid_interest_cents",
        "paid_principal_cents",
        "principal_left_cents",
    )
    assert [[line[key] for key in (*keys, "interest_due_cents")] for line in told["lines"]] == [
        [str(day(0)), 0, 0, 0, 0, 3_600_000, 0],
        [str(day(20)), 20, 20_000, 20_000, 80_000, 3_520_000, 0],
        [str(day(30)), 10, 9_778, 0, 0, 3_520_000, 9_778],
    ]
    assert [line["payment_id"] for line in told["lines"]] == [None, str(loan.payments.get().pk), None]


def test_without_a_day_it_is_of_today(loan):
    today = statement(make.user("FINANCE"), loan).json()["as_of"]
    assert today > str(make.TODAY + timedelta(days=200))


@pytest.mark.parametrize("as_of", ["tomorrow", "2026-02-30", "13.01.2026"])
def test_a_day_that_is_none_is_refused(loan, as_of):
    error = error_of(statement(loan.customer, loan, as_of=as_of), 400)
    assert list(error["fields"]) == ["as_of"]


def test_nobody_else_learns_that_the_loan_exists(loan):
    for person in (make.user("CUSTOMER"), make.user("ADMIN", of=make.tenant("other"))):
        assert statement(person, loan).status_code == 404


def test_a_payment_that_no_longer_fits_is_split_again_and_verified():
    """The first of two payments of a day bounces, so the second has to pay the interest; an office of two goes on."""
    loan = make.loan()
    first, second = make.loan_payment(40_000, on=loan), make.loan_payment(40_000, on=loan)
    reject(first)
    office = client_of(make.user("FINANCE"))
    path = f"/api/cashback/loan-payments/{second.pk}"
    refused = post(office, f"{path}/verify", {}, key=uuid4().hex)
    assert error_of(refused, 409)["code"] == "split_no_longer_fits"
    again = post(office, f"{path}/change", {"reason": "split again"}, key=uuid4().hex)
    assert (again.json()["interest_cents"], again.json()["principal_cents"]) == (30_000, 10_000)
    twice = post(office, f"{path}/change", {"reason": "split again"}, key=uuid4().hex)
    assert error_of(twice, 409)["code"] == "nothing_to_change"
    verified = post(office, f"{path}/verify", {}, key=uuid4().hex)
    assert (verified.status_code, verified.json()["status"]) == (200, "verified")
