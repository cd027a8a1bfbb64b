"""Each sentence about loans holds after the services, and notices the damage that it is about."""

from datetime import timedelta

import pytest

from accounts.models import Tenant
from cashback import services
from cashback.models import Loan, LoanAssignment, LoanPayment
from operations.invariants import invariants
from tests import make
from tests.billing.proof import assert_books_are_right, unchecked

pytestmark = [pytest.mark.cashback, pytest.mark.django_db, pytest.mark.damages_rows]

LEFT = "What is left of a loan is its principal less what verified payments paid back"
INTEREST = "The interest paid on a loan is what verified payments paid of it"
ACCRUED = "Never more interest is paid on a loan than had accrued by the day it was paid"
CLOSED = "A closed loan is paid: no principal is left, no interest is due, and nothing waits"
DELETED = "A deleted loan has no payment that counts or waits"
RULE = "A verified payment is split by the rule beside the others that count, or by the office"
OTHERS = "Nobody verified a loan payment that they submitted or changed, or on a loan that they owe"
HOME = "Loans, their payments and who looks after them are of one business"


@pytest.fixture(autouse=True)
def books():
    """36,000.00 lent at 10.00 a day; on day 30 300.00 of interest and 700.00 of principal are paid, 50.00 more wait."""
    loan = make.loan()
    paid = make.loan_payment(100_000, on=loan, verify=True)
    waiting = make.loan_payment(5_000, on=loan)
    looks_after = make.user()
    services.assign_to_loan(actor=None, loan=loan, user=looks_after)
    assert_books_are_right()
    return {"loan": loan, "paid": paid, "waiting": waiting}


@pytest.fixture
def closed():
    """Another loan, of 1,000.00, paid back with the 8.33 that accrued in 30 days, and closed."""
    loan = make.loan(100_000)
    make.loan_payment(100_833, on=loan, verify=True)
    services.close_loan(actor=None, loan=loan, now=make.NOW)
    assert_books_are_right()
    return loan


def broken(tenant=None):
    """The sentences that do not hold, with what they tell."""
    found = {entry.name: list(entry.find(using="default", tenant=tenant)) for entry in invariants("cashback")}
    return {name: violations for name, violations in found.items() if violations}


def change(row, **columns):
    type(row).objects.filter(pk=row.pk).update(**columns)


def test_principal_that_nobody_paid_back_shows(books):
    change(books["loan"], remaining_principal_cents=3_500_000)
    [violation] = broken()[LEFT]
    assert violation.where == f"loan {books['loan'].number}"
    assert violation.numbers == {
        "number": books["loan"].number,
        "principal_cents": 3_600_000,
        "remaining_principal_cents": 3_500_000,
        "paid_back": 70_000,
    }


def test_interest_that_nobody_paid_shows(books):
    change(books["loan"], interest_paid_cents=30_001)
    [violation] = broken()[INTEREST]
    assert violation.numbers == {"number": books["loan"].number, "interest_paid_cents": 30_001, "paid": 30_000}


def test_a_payment_that_counts_though_nobody_verified_it_shows(books):
    change(books["waiting"], status="verified", verified_at=make.NOW, verifications=1)
    assert {LEFT} <= set(broken())


def test_a_deleted_payment_that_still_counts_shows(books):
    change(books["paid"], deleted_at=make.NOW)
    assert {LEFT, INTEREST} <= set(broken())


def test_interest_beyond_what_accrued_shows(books):
    change(books["paid"], interest_cents=30_001, principal_cents=69_999)
    change(books["loan"], interest_paid_cents=30_001, remaining_principal_cents=3_530_001)
    [violation] = broken()[ACCRUED]
    assert violation.numbers == {"on": make.TODAY, "accrued_cents": 30_000, "paid_cents": 30_001}


def test_principal_made_of_interest_shows(books):
    """700.00 of principal become 991.86, as if 35,000.00 had been paid on the second day."""
    change(books["paid"], interest_cents=814, principal_cents=99_186)
    change(books["loan"], interest_paid_cents=814, remaining_principal_cents=3_600_000 - 99_186)
    [[name, [violation]]] = broken().items()
    assert (name, violation.numbers) == (RULE, {"interest_cents": 814, "by_the_rule": 30_000})
    change(books["paid"], is_split_by_hand=True)
    assert not broken()


def test_a_payment_before_the_loan_started_shows(books):
    before = make.TODAY - timedelta(days=31)
    change(books["paid"], payment_date=before)
    [violation] = broken()[ACCRUED]
    assert violation.numbers == {"started_on": make.TODAY - timedelta(days=30), "paid_on": before}


def test_a_closed_loan_with_interest_due_shows(closed):
    change(closed, interest_rate="0.2")
    [violation] = broken()[CLOSED]
    assert violation.numbers == {"on": make.TODAY, "interest_due_cents": 834}


def test_a_closed_loan_on_which_something_waits_shows(books):
    with unchecked(Loan, "loan_closes_when_paid_back"):
        change(books["loan"], status="closed", closed_at=make.NOW)
    assert {CLOSED} <= set(broken())


def test_a_deleted_loan_with_payments_shows(books):
    change(books["loan"], status="deleted")
    assert len(broken()[DELETED]) == 2


@pytest.mark.parametrize("whose", ["submitter", "borrower"])
def test_a_payment_verified_by_who_should_not_shows(books, whose):
    paid = books["paid"]
    change(paid, verified_by=paid.submitted_by if whose == "submitter" else paid.loan.customer)
    assert [violation.where for violation in broken()[OTHERS]] == [f"loan payment {paid.pk}"]


def test_a_payment_verified_by_who_said_its_figures_shows(books):
    """Ravi changed the amount; somebody else verified it, and then it says that Ravi did."""
    ravi, paid = make.user("FINANCE"), books["paid"]
    changed = {"payment": paid, "amount_cents": 90_000, "reason": "it was 900", "now": make.NOW}
    services.change_loan_payment(actor=ravi, **changed)
    services.verify_loan_payment(actor=make.user("ADMIN"), payment=paid, now=make.NOW)
    assert not broken()
    change(paid, verified_by=ravi)
    assert [violation.where for violation in broken()[OTHERS]] == [f"loan payment {paid.pk}"]


def test_who_only_split_it_again_by_the_rule_may_have_verified_it(books):
    ravi = make.user("FINANCE")
    again = services.change_loan_payment(actor=ravi, payment=books["paid"], reason="split again", now=make.NOW)
    services.verify_loan_payment(actor=ravi, payment=again, now=make.NOW)
    assert not broken()


@pytest.mark.parametrize("row", [Loan, LoanPayment, LoanAssignment])
def test_what_belongs_to_another_business_shows(row):
    other = make.tenant("other")
    change(row.objects.first(), tenant=other)
    assert broken()[HOME]
    assert HOME in broken(other)
    assert HOME not in broken(Tenant.objects.create(slug="third", name="Third", currency="EUR"))
