"""The demo's lender: its loans are right by the live rule, and what waits on them can be verified as it stands."""

import pytest

from accounts.demo.people import LENDER, load_people
from accounts.models import Tenant, User
from cashback.demo import load
from cashback.models import Loan, LoanPayment
from cashback.services import verify_loan_payment
from tests import make
from tests.billing.proof import assert_books_are_right

pytestmark = [pytest.mark.cashback, pytest.mark.django_db]


@pytest.fixture
def lender(db):
    """The lender alone."""
    given = {"size": "small", "seed": 1, "using": "default", "ids": "time"}
    load_people(**given, payments=1000, say=lambda text: None)
    load(**given, say=lambda text: None)
    return Tenant.objects.get(slug=LENDER)


def test_every_payment_that_waits_can_be_verified_as_it_stands(lender):
    admin = User.objects.filter(tenant=lender, role="ADMIN").first()
    waiting = list(LoanPayment.objects.waiting().order_by("payment_date", "pk"))
    assert len(waiting) >= 2
    for payment in waiting:
        verify_loan_payment(actor=admin, payment=payment, now=make.NOW)
    assert_books_are_right("cashback")


def test_the_next_loan_goes_on_with_the_numbers(lender):
    borrower = User.objects.filter(tenant=lender, role="CUSTOMER").first()
    assert make.loan(to=borrower).number == f"L-{Loan.objects.count()}"
