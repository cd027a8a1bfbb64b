"""A loan payment that is rejected, changed or deleted gives everything back: the principal, the interest and the cashback."""

import pytest

from accounts.errors import NotAllowed
from billing.services.checks import ReasonMissing
from cashback import services
from cashback.models import CashbackTransaction, Loan, LoanPayment
from cashback.services.loan_holding import LoanIsNotActive, LoanPaymentIsDeleted
from cashback.services.loan_payments import NothingToChange
from cashback.services.loan_splits import MoreThanOwed, NotAPaymentDate
from cashback.services.loan_verification import NothingToReject
from cashback.services.texts import NotPlainText
from tests import make
from tests.billing.proof import assert_books_are_right
from tests.cashback.earning import earned, has, share, standing
from tests.cashback.lending import change, day, reject, split, totals, verify

pytestmark = [pytest.mark.cashback, pytest.mark.django_db]

UNPAID = (3_600_000, 0)


@pytest.fixture
def loan(db):
    """36,000.00 at 10.00 a day, lent 30 days ago; a friend of the borrower earns 5 % of the interest."""
    return make.loan()


@pytest.fixture
def asha(loan):
    return share(loan, "0.05")


@pytest.fixture
def paid(loan, asha):
    """1,000.00 paid and verified: 300.00 is interest, so Asha has 15.00."""
    payment = make.loan_payment(100_000, on=loan, verify=True)
    assert (totals(loan), has(asha)) == ((3_530_000, 30_000), (1500, 0))
    return payment


def delete(payment, *, by=None, reason="entered twice"):
    by = by or make.user("FINANCE", of=payment.tenant)
    return services.delete_loan_payment(actor=by, payment=payment, reason=reason, now=make.NOW)


@pytest.mark.parametrize("take_back", [reject, delete, change])
def test_what_a_verified_payment_paid_and_earned_goes_back(loan, asha, paid, take_back):
    take_back(paid)
    assert (totals(loan), has(asha)) == (UNPAID, (0, 0))
    assert [row.reversal.points_cents for row in earned(related_payment=paid)] == [1500]
    assert_books_are_right()


@pytest.mark.parametrize("take_back", [reject, delete, change])
def test_cashback_that_was_spent_meanwhile_becomes_a_debt(asha, paid, take_back):
    services.transfer_points(actor=asha, receiver=make.user("CUSTOMER"), points_cents=1000, now=make.NOW)
    take_back(paid)
    assert has(asha) == (0, 1000)
    assert_books_are_right()


@pytest.mark.parametrize("take_back", [reject, delete])
def test_one_that_only_waited_gives_nothing_back(loan, asha, take_back):
    take_back(make.loan_payment(on=loan))
    assert totals(loan) == UNPAID
    assert not CashbackTransaction.objects.exists()


def test_a_rejected_payment_says_why(paid):
    payment = reject(paid, reason=" the cheque bounced ")
    assert (payment.status, payment.rejection_reason, payment.verified_at) == (
        "rejected",
        "the cheque bounced",
        None,
    )


@pytest.mark.parametrize("reason", ["", "  ", None, 7])
@pytest.mark.parametrize("step", [reject, delete, change])
def test_each_needs_a_reason(paid, step, reason):
    with pytest.raises(ReasonMissing):
        step(paid, reason=reason)


@pytest.mark.parametrize("step", [reject, delete, change])
def test_a_reason_that_cannot_be_stored_is_refused(paid, step):
    with pytest.raises(NotPlainText):
        step(paid, reason="x" * 501)


def test_a_second_rejection_is_refused_and_takes_nothing_back_twice(loan, paid):
    reject(paid)
    with pytest.raises(NothingToReject, match="rejected before: bounced"):
        reject(paid)
    assert totals(loan) == UNPAID


@pytest.mark.parametrize("step", [reject, delete, change, verify])
def test_nothing_is_done_with_a_deleted_payment(loan, paid, step):
    delete(paid)
    with pytest.raises(LoanPaymentIsDeleted):
        step(paid)
    assert totals(loan) == UNPAID


def test_a_deleted_payment_stays_as_a_row_so_that_its_id_is_no_other_payment(paid):
    delete(paid)
    row = LoanPayment.objects.get(pk=paid.pk)
    assert (row.status, row.deleted_at, row.rejection_reason) == ("rejected", make.NOW, "entered twice")
    assert not LoanPayment.objects.live().exists()
    assert make.loan_payment(on=paid.loan).pk != paid.pk


# Changing -----------------------------------------------------------------------------------------------


def test_a_changed_payment_is_split_anew_and_waits_again(loan, paid):
    payment = change(paid, amount_cents=90_000)
    assert (payment.status, payment.verified_by, split(payment)) == ("pending", None, (30_000, 60_000))
    assert totals(loan) == UNPAID


def test_verified_anew_it_earns_anew_and_once(loan, asha, paid):
    payment = verify(change(paid, amount_cents=20_000))
    assert (totals(loan), payment.verifications, has(asha)) == ((3_600_000, 20_000), 2, (1000, 0))
    assert [row.occasion for row in earned(related_payment=paid)] == [1, 2]
    assert [row.points_cents for row in standing(related_payment=paid)] == [1000]
    assert_books_are_right()


def test_a_payment_can_be_moved_to_another_day(loan, paid):
    payment = change(paid, payment_date=day(20))
    assert (payment.payment_date, split(payment)) == (day(20), (20_000, 80_000))


def test_the_office_corrects_a_split_by_hand(loan, paid):
    payment = change(paid, interest_cents=10_000)
    assert (split(payment), payment.is_split_by_hand) == ((10_000, 90_000), True)
    assert split(change(payment, reason="by the rule after all")) == (30_000, 70_000)


def test_a_change_is_held_to_what_is_owed(loan, paid):
    with pytest.raises(MoreThanOwed):
        change(paid, amount_cents=3_630_001)
    with pytest.raises(NotAPaymentDate):
        change(paid, payment_date=day(-1))
    assert totals(loan) == (3_530_000, 30_000)


def test_a_rejected_payment_comes_back_by_a_change(loan, paid):
    payment = change(reject(paid), reason="it did come in")
    assert (payment.status, payment.rejection_reason) == ("pending", "")
    verify(payment)
    assert totals(loan) == (3_530_000, 30_000)


def test_a_change_that_changes_nothing_is_refused(loan):
    waiting = make.loan_payment(100_000, on=loan)
    with pytest.raises(NothingToChange):
        change(waiting)
    with pytest.raises(NothingToChange):
        change(waiting, amount_cents=100_000, payment_date=make.TODAY)


@pytest.mark.parametrize("step", [delete, change, reject])
def test_only_the_office_corrects(loan, paid, step):
    rep = make.user()
    services.assign_to_loan(actor=None, loan=loan, user=rep)
    with pytest.raises(NotAllowed):
        step(paid, by=rep)
    with pytest.raises(NotAllowed):
        step(paid, by=loan.customer)


def test_history_says_what_was_verified_before_it_was_changed(paid):
    person = make.user("FINANCE")
    change(paid, by=person, amount_cents=90_000, reason="it was 900")
    images = paid.history.order_by("history_id")
    assert [(image.status, image.amount_cents) for image in images] == [
        ("pending", 100_000),
        ("verified", 100_000),
        ("pending", 90_000),
    ]
    assert (images.last().history_user_id, images.last().history_change_reason) == (person.pk, "it was 900")


# Closed loans -------------------------------------------------------------------------------------------


@pytest.fixture
def closed(db):
    """1,000.00 lent, 1,008.33 paid and verified after 30 days, closed."""
    loan = make.loan(100_000)
    payment = make.loan_payment(100_833, on=loan, verify=True)
    services.close_loan(actor=None, loan=loan, now=make.NOW)
    return payment


@pytest.mark.parametrize("take_back", [reject, delete, change])
def test_a_loan_that_was_closed_upon_a_payment_opens_again_without_it(closed, take_back):
    person = make.user("FINANCE")
    take_back(closed, by=person)
    loan = Loan.objects.get()
    assert (loan.status, loan.closed_at, totals(loan)) == ("active", None, (100_000, 0))
    assert loan.history.order_by("-history_id").first().history_user_id == person.pk
    assert_books_are_right()


def test_an_opened_loan_is_closed_again_when_it_is_paid_again(closed):
    verify(change(reject(closed), reason="it did come in"))
    assert services.close_loan(actor=None, loan=closed.loan, now=make.NOW).status == "closed"
    assert_books_are_right()


def test_a_rejected_payment_of_a_closed_loan_stays_rejected():
    loan = make.loan(100_000)
    rejected = reject(make.loan_payment(500, on=loan))
    make.loan_payment(100_833, on=loan, verify=True)
    services.close_loan(actor=None, loan=loan, now=make.NOW)
    with pytest.raises(LoanIsNotActive):
        change(rejected, reason="it did come in")
