"""A loan payment counts once somebody else verified it: once, and as it was shown."""

import pytest

from accounts.errors import NotAllowed, NotFound
from cashback import services
from cashback.models import CashbackTransaction, LoanPayment
from cashback.services.loan_holding import OwnLoan
from cashback.services.loan_splits import SplitNoLongerFits
from cashback.services.loan_verification import NothingToVerify, OwnLoanPayment
from tests import make
from tests.billing.proof import assert_books_are_right
from tests.cashback.earning import has, share
from tests.cashback.lending import change, day, reject, split, totals, verify

pytestmark = [pytest.mark.cashback, pytest.mark.django_db]


@pytest.fixture
def loan(db):
    """36,000.00 at 10.00 a day, lent 30 days ago."""
    return make.loan()


def test_a_verified_payment_lowers_the_principal_and_its_interest_is_paid(loan):
    person = make.user("FINANCE")
    payment = verify(make.loan_payment(100_000, on=loan), by=person)
    assert (payment.status, payment.verified_by, payment.verified_at) == ("verified", person, make.NOW)
    assert (totals(loan), payment.verifications) == ((3_530_000, 30_000), 1)
    assert_books_are_right()


def test_a_payment_that_waits_counts_nowhere(loan):
    make.loan_payment(100_000, on=loan)
    assert totals(loan) == (3_600_000, 0)


def test_a_second_verification_is_refused_and_counts_nothing(loan):
    payment = make.loan_payment(100_000, on=loan)
    verify(payment)
    with pytest.raises(NothingToVerify, match="it is verified"):
        verify(payment)
    assert totals(loan) == (3_530_000, 30_000)


def test_a_rejected_payment_is_not_verified(loan):
    payment = reject(make.loan_payment(on=loan))
    with pytest.raises(NothingToVerify, match="it is rejected"):
        verify(payment)


def test_cashback_is_earned_on_the_interest_when_it_is_verified(loan):
    asha = share(loan, "0.05")
    payment = make.loan_payment(100_000, on=loan)
    assert has(asha) == (0, 0)
    verify(payment)
    assert has(asha) == (1500, 0)


def test_cashback_by_hand_replaces_the_configurations(loan):
    asha, ravi = share(loan, "0.05"), make.user("CUSTOMER")
    verify(
        make.loan_payment(100_000, on=loan), by=make.user("ADMIN"), cashback=[(ravi, 700)], cashback_reason="as agreed"
    )
    assert (has(asha), has(ravi)) == ((0, 0), (700, 0))


def test_no_cashback_can_be_chosen(loan):
    share(loan, "0.05")
    verify(make.loan_payment(100_000, on=loan), cashback=[])
    assert not CashbackTransaction.objects.exists()


def test_cashback_that_cannot_be_booked_refuses_the_whole_verification(loan):
    stranger = make.user(of=make.tenant("other"))
    payment = make.loan_payment(100_000, on=loan)
    with pytest.raises(services.NotPoints):
        verify(payment, cashback=[(stranger, 0)], cashback_reason="as agreed")
    assert (totals(loan), LoanPayment.objects.get().status) == ((3_600_000, 0), "pending")


# Four eyes ----------------------------------------------------------------------------------------------


def test_nobody_verifies_a_payment_that_they_submitted(loan):
    person = make.user("ADMIN")
    payment = make.loan_payment(on=loan, actor=person)
    for decide in (verify, reject):
        with pytest.raises(OwnLoanPayment, match="Ask somebody else of the office"):
            decide(payment, by=person)


def test_a_superuser_does_not_verify_what_they_submitted_either(loan):
    owner = make.superuser()
    payment = make.loan_payment(on=loan, actor=owner)
    with pytest.raises(OwnLoanPayment):
        verify(payment, by=owner)
    verify(payment, by=make.superuser())


def test_nobody_verifies_a_payment_whose_figures_they_changed(loan):
    """Asha submitted 1,000.00, Ravi made 900.00 of it: neither says that it is right."""
    asha, ravi = make.user("FINANCE"), make.user("FINANCE")
    payment = change(make.loan_payment(100_000, on=loan, actor=asha), by=ravi, amount_cents=90_000)
    for person in (asha, ravi):
        with pytest.raises(OwnLoanPayment):
            verify(payment, by=person)
    verify(payment)


def test_the_borrower_decides_nothing_about_their_own_loan():
    """Staff borrow, too."""
    borrower = make.user("ADMIN")
    payment = make.loan_payment(on=make.loan(to=borrower))
    for decide in (verify, reject, change):
        with pytest.raises(OwnLoan):
            decide(payment, by=borrower)


def test_what_the_system_recorded_is_verified_by_anybody_of_the_office(loan):
    payment = services.record_loan_payment(
        actor=None, loan=loan, amount_cents=1000, payment_date=make.TODAY, now=make.NOW
    )
    assert verify(payment).status == "verified"


def test_the_system_verifies_what_a_person_submitted(loan):
    payment = make.loan_payment(on=loan)
    assert services.verify_loan_payment(actor=None, payment=payment, now=make.NOW).verified_by is None


def test_staff_that_looks_after_the_loan_verifies_nothing(loan):
    rep = make.user()
    services.assign_to_loan(actor=None, loan=loan, user=rep)
    with pytest.raises(NotAllowed):
        verify(make.loan_payment(on=loan), by=rep)


def test_another_business_does_not_learn_that_the_payment_exists(loan):
    with pytest.raises(NotFound):
        verify(make.loan_payment(on=loan), by=make.user("ADMIN", of=make.tenant("other")))


# What was shown is what is booked -----------------------------------------------------------------------


def test_a_split_that_no_longer_fits_is_refused_with_the_cure(loan):
    """Two payments of a day wait: the first was to pay the interest. It bounces, so the second would have to."""
    first, second = make.loan_payment(40_000, on=loan), make.loan_payment(40_000, on=loan)
    assert [split(first), split(second)] == [(30_000, 10_000), (0, 40_000)]
    reject(first)
    with pytest.raises(SplitNoLongerFits, match=r"was split into 0\.00 .* it is 300\.00 .* Change the payment"):
        verify(second)
    assert totals(loan) == (3_600_000, 0)


def test_who_splits_it_again_by_the_rule_may_verify_it(loan):
    """No figure came from them: an office of two can go on."""
    first, second = make.loan_payment(40_000, on=loan), make.loan_payment(40_000, on=loan)
    reject(first)
    ravi = make.user("FINANCE")
    assert split(change(second, by=ravi, reason="split again")) == (30_000, 10_000)
    verify(second, by=ravi)
    assert totals(loan) == (3_590_000, 30_000)
    assert_books_are_right()


def test_a_split_by_hand_that_is_still_possible_is_booked_as_it_was_said(loan):
    first = make.loan_payment(40_000, on=loan)
    by_hand = make.loan_payment(40_000, on=loan, interest_cents=0)
    reject(first)
    verify(by_hand)
    assert totals(loan) == (3_560_000, 0)


def test_a_split_by_hand_that_is_too_much_by_now_is_refused(loan):
    """300.00 of interest by hand wait for day 30; one of day 29 is entered later and takes its 290.00 first."""
    by_hand = make.loan_payment(30_000, on=loan, interest_cents=30_000)
    verify(make.loan_payment(29_000, on=loan, payment_date=day(29)))
    with pytest.raises(SplitNoLongerFits, match=r"300\.00 BDT of interest is more than 10\.00 BDT"):
        verify(by_hand)


def test_one_that_is_more_than_is_owed_by_now_is_refused(loan):
    """3,000.00 wait for today; meanwhile nearly everything is paid with an earlier date."""
    late = make.loan_payment(300_000, on=loan)
    verify(make.loan_payment(3_500_000, on=loan, payment_date=day(29)))
    with pytest.raises(SplitNoLongerFits, match="Give at most that"):
        verify(late)


def test_history_says_who_verified_it_and_what_that_did_to_the_loan(loan):
    person = make.user("FINANCE")
    payment = verify(make.loan_payment(100_000, on=loan), by=person)
    newest = payment.history.order_by("-history_id").first()
    assert (newest.status, newest.history_user_id) == ("verified", person.pk)
    of_loan = loan.history.order_by("-history_id").first()
    assert (of_loan.remaining_principal_cents, of_loan.history_user_id) == (3_530_000, person.pk)


# Nobody makes principal of interest --------------------------------------------------------------------


@pytest.fixture
def bogus(loan):
    """The borrower says that 35,000.00 were sent on the second day; they never arrive."""
    said = {"amount_cents": 3_500_000, "payment_date": day(1), "now": make.NOW}
    return services.record_loan_payment(actor=loan.customer, loan=loan, **said)


def test_a_payment_is_verified_only_as_it_splits_beside_those_that_count(loan, bogus):
    """With the 35,000.00 only 8.14 would be due on day 30; as they do not count, 300.00 are."""
    honest = make.loan_payment(100_000, on=loan)
    assert split(honest) == (814, 99_186)
    with pytest.raises(
        SplitNoLongerFits, match=rf"is 300\.00 .* Decide on the payment of {day(1)} first, or change"
    ) as no:
        verify(honest)
    assert no.value.code == "split_no_longer_fits"
    assert split(change(honest, reason="split again")) == (30_000, 70_000)
    verify(honest)
    reject(bogus)
    assert totals(loan) == (3_530_000, 30_000)
    assert_books_are_right()


def test_the_earlier_one_decided_first_the_later_one_is_verified_as_it_was_shown(loan, bogus):
    honest = make.loan_payment(100_000, on=loan)
    verify(bogus)
    verify(honest)
    assert totals(loan) == (3_600_000 - 3_499_000 - 99_186, 1000 + 814)
    assert_books_are_right()


def test_one_verified_before_an_earlier_one_that_is_real_is_taken_back_first(loan, bogus):
    honest = verify(change(make.loan_payment(100_000, on=loan), reason="split again"))
    with pytest.raises(SplitNoLongerFits, match="Change the later payments first"):
        verify(bogus)
    change(honest, amount_cents=100_001)
    verify(bogus)
    verify(change(honest, amount_cents=100_000))
    assert totals(loan) == (3_600_000 - 3_499_000 - 99_186, 1000 + 814)
    assert_books_are_right()


def test_a_payment_of_a_day_before_the_others_that_wait_is_named_only_if_it_could_help(loan):
    first, second = make.loan_payment(40_000, on=loan), make.loan_payment(40_000, on=loan)
    reject(first)
    with pytest.raises(SplitNoLongerFits) as no:
        verify(second)
    assert "Decide on" not in no.value.message
    assert_books_are_right()
