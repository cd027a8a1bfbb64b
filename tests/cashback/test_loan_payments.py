"""Payments on loans are recorded: interest first, the rest is principal, and never more than is owed."""

from datetime import datetime, timedelta

import pytest

from billing.services.checks import NotAnAmount
from cashback import services
from cashback.models import Loan, LoanPayment
from cashback.services.loan_holding import LoanIsNotActive
from cashback.services.loan_payments import NotAMethod
from cashback.services.loan_splits import (
    LaterInterestStands,
    MoreInterestThanDue,
    MoreThanOwed,
    NotAPaymentDate,
    SplitNoLongerFits,
)
from cashback.services.texts import NotPlainText
from tests import make
from tests.cashback.lending import change, day, split, totals, verify

pytestmark = [pytest.mark.cashback, pytest.mark.django_db]


@pytest.fixture
def loan(db):
    """36,000.00 at 10.00 a day, lent 30 days ago."""
    return make.loan()


@pytest.mark.parametrize(
    ("amount", "interest", "principal", "kind"),
    [
        (100_000, 30_000, 70_000, "both"),
        (30_000, 30_000, 0, "interest"),
        (29_999, 29_999, 0, "interest"),
        (1, 1, 0, "interest"),
        (3_630_000, 30_000, 3_600_000, "both"),
    ],
)
def test_accrued_interest_is_paid_first_and_the_rest_is_principal(loan, amount, interest, principal, kind):
    payment = make.loan_payment(amount, on=loan)
    assert (split(payment), payment.payment_type, payment.status) == ((interest, principal), kind, "pending")
    assert totals(loan) == (3_600_000, 0)


def test_a_loan_without_interest_takes_principal_only():
    payment = make.loan_payment(100_000, on=make.loan(interest_rate="0"))
    assert (split(payment), payment.payment_type) == ((0, 100_000), "principal")


def test_on_the_first_day_nothing_is_due_yet(loan):
    assert split(make.loan_payment(100_000, on=loan, payment_date=day(0))) == (0, 100_000)


def test_two_payments_of_one_day_pay_its_interest_once(loan):
    payments = [make.loan_payment(20_000, on=loan) for _ in range(3)]
    assert [split(payment) for payment in payments] == [(20_000, 0), (10_000, 10_000), (0, 20_000)]


def test_payments_that_wait_are_split_as_if_those_before_them_counted(loan):
    """1,000.00 on each of three days, entered on the third: 10.00, 19.725 and 29.174925 accrued by then.

    Rounded that is 10.00, 19.73 and 29.17. So they are verified in the order of their days.
    """
    payments = [make.loan_payment(100_000, on=loan, payment_date=day(number)) for number in (1, 2, 3)]
    assert [split(payment) for payment in payments] == [(1000, 99_000), (973, 99_027), (944, 99_056)]
    for payment in payments:
        verify(payment)
    assert totals(loan) == (3_600_000 - 99_000 - 99_027 - 99_056, 1000 + 973 + 944)


def test_in_another_order_each_is_split_again_beside_those_that_count(loan):
    """The last of the three alone: 30.00 are due by its day, not the 9.44 that are if the others came in."""
    first, _, third = [make.loan_payment(100_000, on=loan, payment_date=day(number)) for number in (1, 2, 3)]
    with pytest.raises(SplitNoLongerFits, match=f"Decide on the payment of {first.payment_date} first, or change"):
        verify(third)
    verify(change(third, reason="split again"))
    assert totals(loan) == (3_600_000 - 97_000, 3_000)


@pytest.mark.parametrize("amount", [3_630_001, 10**15])
def test_more_than_principal_and_interest_is_refused_with_the_numbers(loan, amount):
    with pytest.raises(MoreThanOwed, match=r"300\.00 BDT of interest and 36,000\.00 BDT of principal") as refused:
        make.loan_payment(amount, on=loan)
    assert refused.value.fields == {"amount_cents": ["At most 3630000."]}


def test_what_waits_is_taken_off_what_can_be_paid(loan):
    make.loan_payment(3_600_000, on=loan)
    with pytest.raises(MoreThanOwed, match=r"0\.00 BDT of interest and 300\.00 BDT of principal"):
        make.loan_payment(30_001, on=loan)
    make.loan_payment(30_000, on=loan)


def test_where_more_waits_than_is_owed_nothing_is_left():
    """Everything waits for today; then a payment of yesterday is entered that paid everything."""
    loan = make.loan(100_000, interest_rate="0")
    make.loan_payment(100_000, on=loan)
    make.loan_payment(100_000, on=loan, payment_date=day(29), verify=True)
    with pytest.raises(MoreThanOwed, match=r"^0\.00 BDT of interest and 0\.00 BDT of principal are left"):
        make.loan_payment(1, on=loan)


@pytest.mark.parametrize("amount", [0, -1, 1.5, "100", True, None, 10**15 + 1, float("nan"), float("inf")])
def test_what_is_no_amount_is_refused(loan, amount):
    with pytest.raises(NotAnAmount):
        make.loan_payment(amount, on=loan)


@pytest.mark.parametrize("on", [day(-1), day(31), make.NOW, "2026-01-13", None, datetime(2026, 1, 13)])  # noqa: DTZ001
def test_a_day_before_the_start_or_to_come_is_refused(loan, on):
    with pytest.raises(NotAPaymentDate, match=f"started on {day(0)} and today is {make.TODAY}"):
        make.loan_payment(on=loan, payment_date=on)


def test_today_is_the_day_of_the_business():
    """22:00 UTC is the next day in Dhaka."""
    dhaka = make.tenant("dhaka", timezone="Asia/Dhaka")
    loan, night = make.loan(of=dhaka), make.later(hours=13)
    tomorrow = make.TODAY + timedelta(days=1)
    assert make.loan_payment(on=loan, payment_date=tomorrow, now=night).payment_date == tomorrow
    with pytest.raises(NotAPaymentDate):
        make.loan_payment(on=loan, payment_date=tomorrow)


def test_an_unknown_way_of_paying_is_refused(loan):
    with pytest.raises(NotAMethod, match="Choose one of: cash, bank_transfer"):
        make.loan_payment(on=loan, payment_method="bitcoin")


@pytest.mark.parametrize("text", ["x" * 101, "a\x00b", 7])
def test_a_reference_that_cannot_be_stored_is_refused(loan, text):
    with pytest.raises(NotPlainText):
        make.loan_payment(on=loan, transaction_id=text)


# By hand ------------------------------------------------------------------------------------------------


def test_the_office_may_say_that_principal_only_is_paid(loan):
    payment = make.loan_payment(100_000, on=loan, interest_cents=0)
    assert (split(payment), payment.is_split_by_hand) == ((0, 100_000), True)
    verify(payment)
    assert totals(loan) == (3_500_000, 0)
    later = make.loan_payment(30_000, on=loan)
    assert split(later) == (30_000, 0)  # the interest is still due


def test_by_hand_no_more_interest_is_paid_than_is_due(loan):
    with pytest.raises(MoreInterestThanDue, match=r"300\.00 BDT is due") as refused:
        make.loan_payment(100_000, on=loan, interest_cents=30_001)
    assert refused.value.fields == {"interest_cents": ["At most 30000."]}


def test_by_hand_no_more_interest_is_paid_than_is_given(loan):
    with pytest.raises(MoreInterestThanDue):
        make.loan_payment(100, on=loan, interest_cents=101)


@pytest.mark.parametrize("cents", [-1, 0.5, "0", True])
def test_by_hand_interest_is_whole_cents(loan, cents):
    with pytest.raises(NotAnAmount):
        make.loan_payment(100_000, on=loan, interest_cents=cents)


def test_by_hand_no_more_principal_is_paid_than_is_left(loan):
    with pytest.raises(MoreThanOwed):
        make.loan_payment(3_600_001, on=loan, interest_cents=0)


# Interest only ------------------------------------------------------------------------------------------


@pytest.fixture
def interest_only(db):
    return make.loan(loan_type="interest_only")


def test_an_interest_only_loan_takes_the_interest_due(interest_only):
    assert split(make.loan_payment(30_000, on=interest_only)) == (30_000, 0)


def test_an_interest_only_loan_takes_no_more_than_the_interest_due(interest_only):
    with pytest.raises(MoreThanOwed, match=r"takes interest only, and 300\.00 BDT is due") as refused:
        make.loan_payment(30_001, on=interest_only)
    assert refused.value.fields == {"amount_cents": ["At most 30000."]}


def test_the_principal_of_an_interest_only_loan_is_paid_back_when_the_office_says_so(interest_only):
    payment = make.loan_payment(3_630_000, on=interest_only, interest_cents=30_000)
    verify(payment)
    assert totals(interest_only) == (0, 30_000)


# When ---------------------------------------------------------------------------------------------------


def test_a_payment_of_an_earlier_day_takes_the_interest_that_a_later_one_left(loan):
    verify(make.loan_payment(35_000, on=loan, payment_date=day(30), interest_cents=5_000))
    earlier = make.loan_payment(20_000, on=loan, payment_date=day(20))
    assert split(earlier) == (20_000, 0)
    verify(earlier)
    assert totals(loan) == (3_570_000, 25_000)


def test_principal_of_a_day_whose_interest_a_later_payment_took_is_refused(loan):
    verify(make.loan_payment(30_000, on=loan, payment_date=day(30)))
    with pytest.raises(
        LaterInterestStands, match=r"300\.00 BDT of interest is paid .* only 295\.83 BDT would have"
    ) as refused:
        make.loan_payment(150_000, on=loan, payment_date=day(20))
    assert f"a date from {day(30)} on" in refused.value.message
    make.loan_payment(150_000, on=loan, payment_date=day(30))


def test_nothing_is_paid_on_a_loan_that_is_closed_or_deleted(loan):
    gone = services.delete_loan(actor=None, loan=loan, reason="entered twice", now=make.NOW)
    with pytest.raises(LoanIsNotActive, match="is deleted"):
        make.loan_payment(on=gone)
    paid = make.loan(100_000)
    make.loan_payment(100_833, on=paid, verify=True)
    services.close_loan(actor=None, loan=paid, now=make.NOW)
    with pytest.raises(LoanIsNotActive, match="is closed"):
        make.loan_payment(on=paid)
    assert LoanPayment.objects.count() == 1


@pytest.mark.damages_rows
def test_a_loan_on_which_the_old_system_took_too_much_interest_can_still_be_paid_back(loan):
    """310.00 were taken by day 30, when 300.00 had accrued: nothing is due, and all that comes is principal."""
    taken = verify(make.loan_payment(31_000, on=loan))
    LoanPayment.objects.filter(pk=taken.pk).update(interest_cents=31_000, principal_cents=0)
    Loan.objects.filter(pk=loan.pk).update(interest_paid_cents=31_000, remaining_principal_cents=3_600_000)
    payment = make.loan_payment(100_000, on=loan)
    assert split(payment) == (0, 100_000)
    verify(payment)
    assert totals(loan) == (3_500_000, 31_000)
