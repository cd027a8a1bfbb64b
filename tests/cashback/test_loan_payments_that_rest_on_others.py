"""What was split beside a payment that then bounces waits again: nobody keeps principal that interest should have been."""

import pytest

from cashback import services
from cashback.models import LoanPayment
from cashback.services.loan_splits import SplitNoLongerFits
from tests import make
from tests.billing.proof import assert_books_are_right
from tests.cashback.earning import earned, has, share
from tests.cashback.lending import change, day, reject, split, totals, verify

pytestmark = [pytest.mark.cashback, pytest.mark.django_db]


@pytest.fixture
def loan(db):
    """36,000.00 at 10.00 a day, lent 30 days ago; Asha earns half of the interest."""
    return make.loan()


@pytest.fixture
def asha(loan):
    return share(loan, "0.5")


@pytest.fixture
def early(loan, asha):
    """35,000.00 of the second day, verified: 10.00 of it is interest."""
    return make.loan_payment(3_500_000, on=loan, payment_date=day(1), verify=True)


@pytest.fixture
def late(loan, early):
    """1,000.00 of day 30, verified: beside the 35,000.00 only 8.14 of it is interest."""
    payment = make.loan_payment(100_000, on=loan, verify=True)
    assert split(payment) == (814, 99_186)
    return payment


def delete(payment, *, reason="entered twice", **who):
    by = who.get("by") or make.user("FINANCE")
    return services.delete_loan_payment(actor=by, payment=payment, reason=reason, now=make.NOW)


def to_another_day(payment, **who):
    return change(payment, payment_date=day(30), **who)


@pytest.mark.parametrize("take_back", [reject, delete, to_another_day])
def test_a_payment_that_was_split_beside_it_waits_again_and_its_cashback_is_taken_back(
    loan, asha, early, late, take_back
):
    assert has(asha) == (500 + 407, 0)
    person = make.user("FINANCE")
    take_back(early, by=person)
    row = LoanPayment.objects.get(pk=late.pk)
    assert (row.status, row.verified_by, row.verified_at, split(row)) == ("pending", None, None, (814, 99_186))
    assert (totals(loan), has(asha)) == ((3_600_000, 0), (0, 0))
    assert [each.reversal.points_cents for each in earned(related_payment=late)] == [407]
    assert row.history.order_by("-history_id").first().history_user_id == person.pk
    assert_books_are_right()


def test_it_is_split_again_before_it_is_verified_anew(loan, asha, early, late):
    reject(early)
    with pytest.raises(SplitNoLongerFits, match=r"into 8\.14 .* is 300\.00"):
        verify(late)
    verify(change(late, reason="split again"))
    assert (totals(loan), has(asha)) == ((3_530_000, 30_000), (15_000, 0))
    assert_books_are_right()


def test_it_is_verified_as_it_was_when_the_other_did_come_in_after_all(loan, early, late):
    reject(early)
    verify(change(early, reason="it did come in"))
    verify(late)
    assert totals(loan) == (3_600_000 - 3_499_000 - 99_186, 1000 + 814)
    assert_books_are_right()


def test_one_waits_again_when_the_one_between_does(loan):
    """Without the one of day 10 more is due on day 20; the one of day 30 was split beside both."""
    payments = [make.loan_payment(100_000, on=loan, payment_date=day(number), verify=True) for number in (10, 20, 30)]
    assert [split(payment)[0] for payment in payments] == [10_000, 9_750, 9_499]
    reject(payments[0])
    assert [row.status for row in LoanPayment.objects.order_by("payment_date")] == ["rejected", "pending", "pending"]
    assert totals(loan) == (3_600_000, 0)
    assert_books_are_right()


def test_what_stays_right_stays_verified(loan):
    """Of day 10 before it, by hand, and of interest alone."""
    before = make.loan_payment(100_000, on=loan, payment_date=day(10), verify=True)
    bounced = make.loan_payment(100_000, on=loan, payment_date=day(20), verify=True)
    by_hand = make.loan_payment(50_000, on=loan, payment_date=day(25), interest_cents=100, verify=True)
    interest = make.loan_payment(500, on=loan, verify=True)
    reject(bounced)
    verified = set(LoanPayment.objects.verified().values_list("pk", flat=True))
    assert verified == {before.pk, by_hand.pk, interest.pk}
    assert_books_are_right()


def test_cashback_of_many_is_taken_back_under_one_hold_and_what_was_spent_becomes_a_debt(loan, asha, early, late):
    ravi = share(loan, "0.1")
    more = make.loan_payment(1_000, on=loan, verify=True)
    services.transfer_points(actor=asha, receiver=make.user("CUSTOMER"), points_cents=900, now=make.NOW)
    delete(early)
    assert (has(asha), has(ravi)) == ((0, 900), (0, 0))
    assert split(more) == (0, 1_000)
    assert totals(loan) == (3_600_000, 0)
    assert_books_are_right()


def test_a_closed_loan_opens_and_the_last_payment_waits_again():
    loan = make.loan(100_000)
    first = make.loan_payment(50_000, on=loan, payment_date=day(10), verify=True)
    left = 100_000 - split(first)[1]
    last = make.loan_payment(left + 279, on=loan, verify=True)
    services.close_loan(actor=None, loan=loan, now=make.NOW)
    reject(first)
    loan.refresh_from_db()
    assert (loan.status, totals(loan)) == ("active", (100_000, 0))
    assert LoanPayment.objects.get(pk=last.pk).status == "pending"
    assert_books_are_right()


@pytest.mark.damages_rows
def test_a_split_of_the_old_system_that_was_never_the_rules_is_left_alone(loan):
    old = make.loan_payment(100_000, on=loan, payment_date=day(10), verify=True)
    LoanPayment.objects.filter(pk=old.pk).update(interest_cents=5_000, principal_cents=95_000)
    type(loan).objects.filter(pk=loan.pk).update(interest_paid_cents=5_000, remaining_principal_cents=3_505_000)
    reject(make.loan_payment(100_000, on=loan, verify=True))
    assert LoanPayment.objects.get(pk=old.pk).status == "verified"
