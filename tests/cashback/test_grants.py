"""Points by hand: given, removed and taken back with a reason, all rows or none, never one's own."""

import pytest

from accounts.errors import DomainError, NotAllowed, NotFound
from billing.services.checks import ReasonMissing
from cashback.models import CashbackTransaction
from cashback.selectors.balances import balance_of
from cashback.services import AlreadyReversed, grant_points, remove_points, take_back_points, transfer_points
from cashback.services.grants import NotByHand, NotYourOwnPoints, RowsRefused
from cashback.services.texts import NotPlainText
from tests import make
from tests.billing.proof import assert_books_are_right

pytestmark = [pytest.mark.cashback, pytest.mark.django_db]


@pytest.fixture
def admin():
    return make.user("ADMIN")


def say(actor, *rows, reason="festival", **fields):
    return {"actor": actor, "tenant": make.tenant(), "rows": rows, "reason": reason, "now": make.NOW, **fields}


def cents(person):
    return balance_of(person).net_cents


def test_a_grant_comes_from_the_issued_points_with_who_why_and_when(admin):
    asha, ravi = make.user("CUSTOMER"), make.user()
    rows = grant_points(**say(admin, (asha, 500), (ravi, 1), notes="board decision 7"))
    assert [(row.from_account, row.to_user, row.points_cents) for row in rows] == [
        ("ISSUANCE", asha, 500),
        ("ISSUANCE", ravi, 1),
    ]
    row = CashbackTransaction.objects.get(to_user=asha)
    assert (row.transaction_type, row.user_notes, row.notes) == ("unconditional", "festival", "board decision 7")
    assert (row.created_by_user, row.created_at, row.occasion) == (admin, make.NOW, None)
    assert_books_are_right("cashback")


def test_a_removal_goes_to_the_adjustments(admin):
    asha = make.user()
    make.points(asha, 500)
    [row] = remove_points(**say(admin, (asha, 500)))
    assert (row.from_user, row.to_account, row.transaction_type, row.user_notes) == (
        asha,
        "ADJUSTMENT",
        "deduction",
        "festival",
    )
    assert cents(asha) == 0
    assert_books_are_right("cashback")


def test_one_wrong_row_and_none_is_booked_and_each_wrong_one_is_named(admin):
    asha, stranger = make.user(), make.user(of=make.tenant("south"))
    with pytest.raises(RowsRefused, match=r"3 of 4 rows are wrong.*rows\[2\]") as refused:
        grant_points(**say(admin, (asha, 500), (asha, 0), (stranger, 5), (asha, "5")))
    assert set(refused.value.fields) == {"rows[2]", "rows[3]", "rows[4]"}
    assert not CashbackTransaction.objects.exists()


def test_a_removal_that_somebody_cannot_pay_removes_from_nobody(admin):
    rich, poor = make.user(), make.user()
    make.points(rich, 500), make.points(poor, 10)
    with pytest.raises(RowsRefused, match="0.10 points, not 0.11"):
        remove_points(**say(admin, (rich, 100), (poor, 11)))
    assert (cents(rich), cents(poor)) == (500, 10)


def test_who_stands_in_the_list_twice_gets_both_and_must_have_both(admin):
    asha = make.user()
    grant_points(**say(admin, (asha, 300), (asha, 200)))
    assert cents(asha) == 500
    with pytest.raises(RowsRefused, match=r"rows\[2\]"):
        remove_points(**say(admin, (asha, 300), (asha, 201)))
    assert cents(asha) == 500
    remove_points(**say(admin, (asha, 300), (asha, 200)))
    assert cents(asha) == 0


def test_a_debt_is_not_made_by_hand(admin):
    asha, ravi = make.user(), make.user()
    granted = make.points(asha, 100)
    transfer_points(actor=asha, receiver=ravi, points_cents=100, now=make.NOW)
    take_back_points(actor=admin, row=granted, reason="twice", now=make.NOW)
    with pytest.raises(RowsRefused):
        remove_points(**say(admin, (asha, 1)))
    assert (balance_of(asha).balance_cents, balance_of(asha).debt_cents) == (0, 100)


@pytest.mark.parametrize("service", [grant_points, remove_points])
def test_nobody_decides_about_points_of_their_own(service, admin):
    asha = make.user()
    make.points(admin, 100), make.points(asha, 100)
    with pytest.raises(NotYourOwnPoints):
        service(**say(admin, (asha, 5), (admin, 5)))
    assert (cents(admin), cents(asha)) == (100, 100)


@pytest.mark.parametrize("service", [grant_points, remove_points])
@pytest.mark.parametrize("role", ["FINANCE", "SALES_REP", "CUSTOMER"])
def test_only_administrators_decide(service, role):
    with pytest.raises(NotAllowed):
        service(**say(make.user(role), (make.user(), 5)))


@pytest.mark.parametrize("service", [grant_points, remove_points])
def test_an_administrator_of_another_business_finds_nobody(service):
    with pytest.raises(NotFound):
        service(**say(make.user("ADMIN", of=make.tenant("south")), (make.user(), 5)))


@pytest.mark.parametrize("service", [grant_points, remove_points])
@pytest.mark.parametrize("reason", ["", "  ", None])
def test_there_is_a_reason(service, reason, admin):
    asha = make.user()
    make.points(asha, 100)
    with pytest.raises(ReasonMissing):
        service(**say(admin, (asha, 5), reason=reason))
    assert cents(asha) == 100


@pytest.mark.parametrize("service", [grant_points, remove_points])
@pytest.mark.parametrize("words", [{"reason": "a\0b"}, {"reason": "x" * 2001}, {"notes": "a\0b"}])
def test_words_that_cannot_be_stored_are_refused(service, words, admin):
    asha = make.user()
    make.points(asha, 100)
    with pytest.raises(NotPlainText):
        service(**say(admin, (asha, 5), **words))
    assert cents(asha) == 100


@pytest.mark.parametrize("number", [0, 501])
def test_a_list_is_neither_empty_nor_endless(number, admin):
    asha = make.user()
    with pytest.raises(RowsRefused, match="from 1 to 500"):
        grant_points(**say(admin, *[(asha, 5)] * number))


def test_who_is_no_longer_active_is_given_nothing_but_loses_what_must_go(admin):
    asha = make.user()
    make.points(asha, 100)
    asha.is_active = False
    asha.save()
    with pytest.raises(RowsRefused, match="no longer active"):
        grant_points(**say(admin, (asha, 5)))
    remove_points(**say(admin, (asha, 100)))
    assert cents(asha) == 0


def test_a_mistaken_transfer_goes_back_once(admin):
    asha, ravi = make.user(), make.user()
    make.points(asha, 100)
    sent = transfer_points(actor=asha, receiver=ravi, points_cents=70, now=make.NOW)
    back = take_back_points(actor=admin, row=sent, reason="wrong person", now=make.NOW)
    assert (back.reverses, back.from_user, back.to_user, back.user_notes) == (sent, ravi, asha, "wrong person")
    assert (cents(asha), cents(ravi)) == (100, 0)
    for row in (sent, back):
        with pytest.raises(AlreadyReversed):
            take_back_points(actor=admin, row=row, reason="again", now=make.NOW)
    assert_books_are_right("cashback")


def test_a_mistaken_removal_is_given_back(admin):
    asha = make.user()
    make.points(asha, 100)
    [removed] = remove_points(**say(admin, (asha, 60)))
    take_back_points(actor=admin, row=removed, reason="wrong person", now=make.NOW)
    assert cents(asha) == 100


def test_what_was_earned_or_redeemed_is_not_taken_back_by_hand(admin):
    from django.db import transaction

    from cashback.models import SystemAccount
    from cashback.services import hold_accounts

    asha = make.user()
    make.points(asha, 100)
    with transaction.atomic():
        held = hold_accounts(tenant=asha.tenant, parties=[asha, SystemAccount.REDEMPTION_CLEARING])
        redeemed = held.move(
            sender=asha, receiver=SystemAccount.REDEMPTION_CLEARING, points_cents=50, transaction_type="redemption",
            actor=asha, now=make.NOW,
        )  # fmt: skip
    with pytest.raises(NotByHand, match="cancel the redemption"):
        take_back_points(actor=admin, row=redeemed, reason="no", now=make.NOW)


def test_taking_back_is_for_administrators_with_a_reason_and_not_about_themselves(admin):
    asha = make.user()
    granted, own = make.points(asha, 100), make.points(admin, 100)
    refusals = [
        (make.user("FINANCE"), granted, "why not"),
        (make.user("ADMIN", of=make.tenant("south")), granted, "why not"),
        (admin, granted, " "),
        (admin, own, "mine"),
    ]
    for actor, row, reason in refusals:
        with pytest.raises(DomainError):
            take_back_points(actor=actor, row=row, reason=reason, now=make.NOW)
    assert (cents(asha), cents(admin)) == (100, 100)
