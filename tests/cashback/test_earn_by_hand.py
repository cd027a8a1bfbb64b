"""Cashback by hand: for a reason, by an administrator, or up to the base by who looks after the loan; never without limit."""

import pytest

from accounts.errors import NotAllowed
from billing.services.checks import ReasonMissing
from cashback import services
from cashback.models import CashbackTransaction
from cashback.services.earning import CannotEarn, NotYoursToGive
from cashback.services.texts import NotPlainText
from tests import make
from tests.billing.proof import assert_books_are_right
from tests.cashback.earning import approve, earned, has
from tests.cashback.lending import verify

pytestmark = [pytest.mark.cashback, pytest.mark.django_db]

WHY = "agreed with the owner"
INTEREST = 4000


@pytest.fixture
def asha():
    return make.user("CUSTOMER")


@pytest.fixture
def loan():
    return make.loan()


@pytest.fixture
def payment(loan):
    return make.loan_payment(14_000, on=loan, interest_cents=INTEREST)


def nothing_happened(payment):
    payment.refresh_from_db()
    return (payment.status, payment.verifications, CashbackTransaction.objects.count()) == ("pending", 0, 0)


@pytest.mark.parametrize("cents", [10**15, 1])
def test_finance_alone_gives_no_points_by_hand(payment, asha, cents):
    with pytest.raises(NotYoursToGive, match="ask one of them"):
        verify(payment, by=make.user("FINANCE"), cashback=[(asha, cents)], cashback_reason=WHY)
    assert nothing_happened(payment)


def test_finance_may_leave_cashback_out(payment):
    assert (verify(payment, by=make.user("FINANCE"), cashback=[]).status, earned()) == ("verified", [])


def test_finance_who_looks_after_the_loan_gives_what_the_payment_is_reckoned_on_at_most(loan, payment, asha):
    finance, ravi = make.user("FINANCE"), make.user("CUSTOMER")
    services.assign_to_loan(actor=None, loan=loan, user=finance)
    with pytest.raises(NotYoursToGive, match=r"40\.01 points by hand are more than the 40\.00") as refused:
        verify(payment, by=finance, cashback=[(asha, INTEREST), (ravi, 1)], cashback_reason=WHY)
    assert refused.value.fields == {"cashback": ["At most 4000 together."]}
    assert nothing_happened(payment)
    verify(payment, by=finance, cashback=[(asha, INTEREST - 1), (ravi, 1)], cashback_reason=WHY)
    assert (has(asha), has(ravi)) == ((INTEREST - 1, 0), (1, 0))
    assert_books_are_right("cashback")


def test_who_looks_after_another_loan_gives_nothing_by_hand_on_this_one(payment, asha):
    finance = make.user("FINANCE")
    services.assign_to_loan(actor=None, loan=make.loan(), user=finance)
    with pytest.raises(NotYoursToGive):
        verify(payment, by=finance, cashback=[(asha, 1)], cashback_reason=WHY)


def test_an_administrator_gives_as_they_grant(payment, asha):
    verify(payment, by=make.user("ADMIN"), cashback=[(asha, INTEREST + 1)], cashback_reason=WHY)
    assert has(asha) == (INTEREST + 1, 0)
    assert_books_are_right("cashback")


@pytest.mark.parametrize("reason", ["", "  \n"])
def test_points_by_hand_need_a_reason(payment, asha, reason):
    rows = {"cashback": [(asha, 1)], "cashback_reason": reason}
    for decide in (
        lambda: verify(payment, by=make.user("ADMIN"), **rows),
        lambda: approve(make.tracker_entry(), **rows),
    ):
        with pytest.raises(ReasonMissing) as refused:
            decide()
        assert list(refused.value.fields) == ["cashback_reason"]
    assert nothing_happened(payment)


@pytest.mark.parametrize("reason", ["a\0b", "x" * 2001, None, 5])
def test_the_reason_is_a_text_that_can_be_stored(payment, asha, reason):
    with pytest.raises(NotPlainText):
        verify(payment, by=make.user("ADMIN"), cashback=[(asha, 1)], cashback_reason=reason)


def test_the_reason_stands_in_every_row_for_the_office_and_not_for_the_person(payment, asha):
    """Who earns need not be who pays: why is not theirs to read."""
    ravi = make.user("CUSTOMER")
    verify(payment, by=make.user("ADMIN"), cashback=[(asha, 1), (ravi, 2)], cashback_reason=f" {WHY} ")
    approve(make.tracker_entry(), cashback=[(asha, 3)], cashback_reason="a birthday")
    assert [(row.points_cents, row.notes, row.user_notes) for row in earned()] == [
        (1, WHY, ""),
        (2, WHY, ""),
        (3, "a birthday", ""),
    ]


@pytest.mark.parametrize("rows", [None, []])
def test_a_reason_without_rows_is_refused_rather_than_lost(payment, rows):
    with pytest.raises(CannotEarn) as refused:
        verify(payment, cashback=rows, cashback_reason=WHY)
    assert list(refused.value.fields) == ["cashback_reason"]
    assert nothing_happened(payment)


def test_rows_that_can_be_read_only_once_are_refused(payment, asha):
    """The work is tried again when the database is busy: a generator would be empty by then, and the cashback lost."""
    admin = make.user("ADMIN")
    for once in ((row for row in [(asha, 1)]), iter([(asha, 1)])):
        with pytest.raises(TypeError, match="must be a list"):
            verify(payment, by=admin, cashback=once, cashback_reason=WHY)
    assert nothing_happened(payment)
    verify(payment, by=admin, cashback=((asha, 1),), cashback_reason=WHY)
    assert has(asha) == (1, 0)


def test_a_representative_who_looks_after_a_tracker_approves_nothing_and_gives_nothing(asha):
    tracker, rep = make.tracker(), make.user("SALES_REP")
    services.assign_to_tracker(actor=None, tracker=tracker, user=rep)
    with pytest.raises(NotAllowed):
        approve(make.tracker_entry(on=tracker), by=rep, cashback=[(asha, 1)], cashback_reason=WHY)
