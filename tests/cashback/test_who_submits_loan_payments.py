"""Who records and submits payments on loans, who splits them by hand, and who does not even learn of the loan."""

import pytest

from accounts.errors import NotAllowed, NotFound
from cashback import services
from cashback.services.loan_payments import NotYoursToSplit, NotYoursToSubmit
from tests import make

pytestmark = [pytest.mark.cashback, pytest.mark.django_db]


@pytest.fixture
def loan(db):
    """36,000.00 at 10.00 a day, lent 30 days ago."""
    return make.loan()


def record(loan, actor, **fields):
    said = {"amount_cents": 1000, "payment_date": make.TODAY, "now": make.NOW, **fields}
    return services.record_loan_payment(actor=actor, loan=loan, **said)


@pytest.mark.parametrize("role", ["ADMIN", "FINANCE"])
def test_the_office_records_payments(loan, role):
    person = make.user(role)
    assert record(loan, person).submitted_by == person


def test_the_borrower_submits_payments_of_their_own(loan):
    assert record(loan, loan.customer).submitted_by == loan.customer


def test_staff_that_looks_after_the_loan_submits_its_payments(loan):
    rep = make.user()
    with pytest.raises(NotYoursToSubmit):
        record(loan, rep)
    services.assign_to_loan(actor=None, loan=loan, user=rep)
    assert record(loan, rep).submitted_by == rep


def test_another_customer_does_not_learn_that_the_loan_exists(loan):
    with pytest.raises(NotFound):
        record(loan, make.user("CUSTOMER"))


def test_another_business_does_not_learn_that_the_loan_exists(loan):
    with pytest.raises(NotFound):
        record(loan, make.user("ADMIN", of=make.tenant("other")))


def test_the_system_and_superusers_record_payments(loan):
    assert record(loan, None).submitted_by is None
    assert record(loan, make.superuser()).status == "pending"


def test_only_the_office_splits_by_hand(loan):
    rep = make.user()
    services.assign_to_loan(actor=None, loan=loan, user=rep)
    for person in (rep, loan.customer):
        with pytest.raises(NotYoursToSplit):
            record(loan, person, interest_cents=0)


def test_who_may_no_longer_log_in_submits_nothing(loan):
    loan.customer.is_active = False
    with pytest.raises(NotAllowed):
        record(loan, loan.customer)


def test_history_says_who_recorded_it(loan):
    person = make.user("FINANCE")
    image = record(loan, person).history.get()
    assert (image.history_user_id, image.history_type, image.interest_cents) == (person.pk, "+", 1000)
