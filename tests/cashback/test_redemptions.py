"""Redemptions: points are taken at the request, paid out by somebody else under a reference, or given back whole."""

import pytest

from accounts.errors import NotAllowed, NotFound
from billing.services.checks import ReasonMissing
from cashback import services
from cashback.models import CashbackRedemption, CashbackTransaction
from cashback.services.ledger import BalanceTooLow
from cashback.services.members import NotAMember
from cashback.services.redemptions import OwnRedemption, RedemptionNotPending
from tests import make
from tests.billing.proof import assert_books_are_right
from tests.cashback.redeeming import balance, cancel, complete, customer

pytestmark = [pytest.mark.cashback, pytest.mark.django_db]


def test_points_are_taken_at_the_request():
    asha = customer()
    redemption = make.redemption(6_000, by=asha)
    assert balance(asha) == (4_000, 0)
    row = redemption.redemption_transaction
    assert (row.from_user, row.to_account, row.points_cents) == (asha, "CLEARING", 6_000)
    assert (redemption.status, redemption.created_at, redemption.processed_at) == ("pending", make.NOW, None)
    assert_books_are_right("cashback")


def test_exactly_the_balance_can_be_redeemed():
    asha = customer(10_000)
    make.redemption(10_000, by=asha)
    assert balance(asha) == (0, 0)


def test_two_pending_together_never_exceed_the_balance():
    asha = customer(10_000)
    make.redemption(6_000, by=asha)
    with pytest.raises(BalanceTooLow) as refused:
        make.redemption(4_001, by=asha)
    assert refused.value.fields == {"points_cents": ["At most 4000."]}
    make.redemption(4_000, by=asha)
    assert CashbackRedemption.objects.pending().count() == 2


def test_who_owes_points_has_none_to_redeem():
    asha = customer(10_000)
    earned = CashbackTransaction.objects.get(to_user=asha)
    make.redemption(9_000, by=asha)
    services.take_back_points(actor=None, row=earned, reason="granted by mistake", now=make.NOW)
    assert balance(asha) == (0, 9_000)
    with pytest.raises(BalanceTooLow):
        make.redemption(1, by=asha)


def test_a_cancelled_redemption_repays_what_is_owed_by_then():
    asha = customer(10_000)
    redemption = make.redemption(9_000, by=asha)
    row = CashbackTransaction.objects.get(to_user=asha)
    services.take_back_points(actor=None, row=row, reason="granted by mistake", now=make.NOW)
    cancel(redemption)
    assert balance(asha) == (0, 0)
    assert_books_are_right("cashback")


def test_it_is_completed_with_a_reference_and_nothing_moves():
    redemption = make.redemption()
    rows = CashbackTransaction.objects.count()
    admin = make.user("ADMIN")
    done = complete(redemption, by=admin, notes="by bank run 7")
    assert (done.status, done.payout_reference, done.admin_notes) == ("completed", "UTR 4711", "by bank run 7")
    assert (done.processed_by_user, done.processed_at) == (admin, make.later(days=1))
    assert CashbackTransaction.objects.count() == rows
    assert_books_are_right("cashback")


def test_it_is_cancelled_with_a_linked_refund():
    asha = customer()
    done = cancel(make.redemption(6_000, by=asha), reason="the account is closed")
    assert (done.status, done.admin_notes) == ("cancelled", "the account is closed")
    refund = done.refund_transaction
    assert (refund.transaction_type, refund.to_user, refund.points_cents) == ("redemption_refund", asha, 6_000)
    assert balance(asha) == (10_000, 0)
    assert_books_are_right("cashback")


def test_the_person_cancels_their_own_while_it_is_pending_without_a_reason():
    asha = customer()
    done = cancel(make.redemption(by=asha), by=asha, reason="")
    assert (done.status, done.processed_by_user, balance(asha)) == ("cancelled", asha, (10_000, 0))


def test_the_office_says_why_it_cancels():
    with pytest.raises(ReasonMissing):
        cancel(make.redemption(), reason=" ")


def test_the_person_does_not_cancel_what_was_paid_out():
    asha = customer()
    redemption = make.redemption(by=asha)
    complete(redemption)
    with pytest.raises(RedemptionNotPending):
        cancel(redemption, by=asha)
    assert balance(asha) == (4_000, 0)


@pytest.mark.parametrize("first", [complete, cancel])
@pytest.mark.parametrize("second", [complete, cancel])
def test_what_ended_ends_once(first, second):
    redemption = make.redemption()
    first(redemption)
    with pytest.raises(RedemptionNotPending, match="already"):
        second(redemption)
    assert_books_are_right("cashback")


def test_nobody_completes_their_own():
    admin = make.user("ADMIN")
    make.points(admin)
    redemption = make.redemption(by=admin)
    with pytest.raises(OwnRedemption):
        complete(redemption, by=admin)
    complete(redemption, by=make.user("ADMIN"))


@pytest.mark.parametrize(("role", "error"), [("FINANCE", NotAllowed), ("SALES_REP", NotFound), ("CUSTOMER", NotFound)])
@pytest.mark.parametrize("step", [complete, cancel])
def test_only_administrators_process_redemptions_of_others(step, role, error):
    redemption = make.redemption()
    with pytest.raises(error):
        step(redemption, by=make.user(role))
    assert CashbackRedemption.objects.get().status == "pending"


@pytest.mark.parametrize("step", [complete, cancel])
def test_another_business_finds_no_such_redemption(step):
    redemption = make.redemption()
    with pytest.raises(NotFound):
        step(redemption, by=make.user("ADMIN", of=make.tenant("other")))


@pytest.mark.parametrize("step", [complete, cancel])
def test_who_was_deactivated_processes_nothing(step):
    with pytest.raises(NotFound):
        step(make.redemption(), by=make.user("ADMIN", is_active=False))


def test_who_was_deactivated_asks_for_nothing_and_keeps_the_points():
    asha = customer()
    asha.is_active = False
    asha.save()
    with pytest.raises(NotAMember):
        make.redemption(by=asha)
    assert balance(asha) == (10_000, 0)


def test_the_pending_redemption_of_a_deactivated_person_can_be_ended():
    asha = customer()
    redemption = make.redemption(by=asha)
    asha.is_active = False
    asha.save()
    with pytest.raises(NotFound):
        cancel(redemption, by=asha)
    assert cancel(redemption).status == "cancelled"


def test_somebody_above_all_businesses_has_no_points_to_redeem():
    with pytest.raises(NotAMember):
        make.redemption(by=make.superuser())
    with pytest.raises(NotAMember):
        services.request_redemption(actor=None, points_cents=1, redemption_type="cash", now=make.NOW)
