"""Payments on loans: split into interest and principal, verified by another person, counted once, and taken back whole."""

from datetime import date, timedelta

import pytest

from cashback import services
from cashback.models import Loan, LoanPayment
from tests import make

pytestmark = [pytest.mark.cashback, pytest.mark.django_db]


def totals(loan):
    """What is left of its principal, and the interest paid on it."""
    return tuple(Loan.objects.values_list("remaining_principal_cents", "interest_paid_cents").get(pk=loan.pk))


def test_a_payment_pays_the_accrued_interest_first_and_principal_with_the_rest():
    loan = make.loan()
    payment = make.loan_payment(100_000, on=loan)
    assert (payment.interest_cents, payment.principal_cents, payment.status) == (30_000, 70_000, "pending")
    assert totals(loan) == (3_600_000, 0)


def test_a_verified_payment_counts():
    loan = make.loan()
    payment = make.loan_payment(100_000, on=loan, verify=True)
    assert (payment.status, payment.verifications) == ("verified", 1)
    assert totals(loan) == (3_530_000, 30_000)
