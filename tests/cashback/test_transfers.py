"""Points from person to person: within one business, to somebody else who is active, within the limits of the day."""

from datetime import UTC, datetime, timedelta

import pytest

from cashback.models import CashbackTransaction
from cashback.selectors.balances import balance_of
from cashback.services import (
    BalanceTooLow,
    NoSuchPerson,
    NotPoints,
    set_cashback_policy,
    take_back_points,
    transfer_points,
)
from cashback.services.members import NotAMember
from cashback.services.texts import NotPlainText
from cashback.services.transfers import CannotTransfer, TransferLimitReached
from tests import make
from tests.billing.proof import assert_books_are_right

pytestmark = [pytest.mark.cashback, pytest.mark.django_db]


@pytest.fixture
def asha():
    """Somebody with a hundred points."""
    person = make.user("CUSTOMER", name="Asha")
    make.points(person, 10_000)
    return person


@pytest.fixture
def ravi():
    return make.user("SALES_REP", name="Ravi")


def send(sender, receiver, cents=100, *, now=make.NOW, **fields):
    return transfer_points(actor=sender, receiver=receiver, points_cents=cents, now=now, **fields)


def cents(person):
    return balance_of(person).balance_cents


def test_points_go_from_one_to_the_other_with_a_note_for_both(asha, ravi):
    row = send(asha, ravi, 2500, user_notes=" for tea ")
    assert (row.from_user, row.to_user, row.transaction_type, row.user_notes) == (asha, ravi, "transfer", "for tea")
    assert (row.created_by_user, row.created_at) == (asha, make.NOW)
    assert (cents(asha), cents(ravi)) == (7500, 2500)
    assert_books_are_right("cashback")


def test_exactly_all_points_can_be_sent_and_one_hundredth_more_cannot(asha, ravi):
    with pytest.raises(BalanceTooLow):
        send(asha, ravi, 10_001)
    send(asha, ravi, 10_000)
    assert (cents(asha), cents(ravi)) == (0, 10_000)


@pytest.mark.parametrize("number", [0, -5, 0.5, "5", None, True])
def test_what_is_no_number_of_points_is_not_sent(number, asha, ravi):
    with pytest.raises(NotPoints):
        send(asha, ravi, number)


def test_nobody_sends_to_themselves(asha):
    with pytest.raises(CannotTransfer, match="to yourself"):
        send(asha, asha)


def test_who_is_no_longer_active_gets_nothing_and_sends_nothing(asha, ravi):
    ravi.is_active = False
    ravi.save()
    with pytest.raises(CannotTransfer, match="Ravi is no longer active"):
        send(asha, ravi)
    with pytest.raises(NotAMember):
        send(ravi, asha)


def test_people_of_other_businesses_are_not_there(asha):
    stranger = make.user(of=make.tenant("south"), name="Stranger")
    for other in (stranger, make.superuser()):
        with pytest.raises(NoSuchPerson) as refused:
            send(asha, other)
        assert other.name not in str(refused.value)
    stranger.is_active = False  # an answer of its own would tell that they are there
    stranger.save()
    with pytest.raises(NoSuchPerson):
        send(asha, stranger)


def test_who_stands_above_businesses_has_no_points_to_send(ravi):
    with pytest.raises(NotAMember):
        send(make.superuser(), ravi)


def test_ten_transfers_a_day_unless_the_business_says_otherwise(asha, ravi):
    for _ in range(10):
        send(asha, ravi, 1)
    with pytest.raises(TransferLimitReached, match=r"10 transfers a day \(transfers_a_day\)") as refused:
        send(asha, ravi, 1)
    assert refused.value.fields == {"transfers_a_day": ["At most 10."]}
    assert cents(ravi) == 10
    send(ravi, asha, 1)  # a limit of each sender


def test_a_business_sets_how_many_transfers(asha, ravi):
    set_cashback_policy(actor=make.user("ADMIN"), tenant=asha.tenant, transfers_a_day=1)
    send(asha, ravi, 1)
    with pytest.raises(TransferLimitReached, match="1 transfers a day"):
        send(asha, ravi, 1)


def test_a_business_sets_how_many_points(asha, ravi):
    set_cashback_policy(actor=make.user("ADMIN"), tenant=asha.tenant, transfer_points_a_day_cents=1000)
    send(asha, ravi, 700)
    with pytest.raises(TransferLimitReached, match=r"sent 7\.00 .*at most 3\.00 today") as refused:
        send(asha, ravi, 301)
    assert refused.value.fields == {"transfer_points_a_day_cents": ["At most 1000."]}
    send(asha, ravi, 300)
    with pytest.raises(TransferLimitReached, match=r"at most 0\.00"):
        send(asha, ravi, 1)
    assert cents(ravi) == 1000


def test_without_a_limit_of_points_all_can_be_sent(asha, ravi):
    make.points(asha, 10**12)
    send(asha, ravi, 10**12)
    assert cents(ravi) == 10**12


def test_the_day_is_that_of_the_business(ravi):
    dhaka = make.tenant("dhaka", timezone="Asia/Dhaka")
    asha, other = make.user(of=dhaka), make.user(of=dhaka)
    make.points(asha)
    set_cashback_policy(actor=None, tenant=dhaka, transfers_a_day=1)
    midnight = datetime(2026, 1, 13, 18, tzinfo=UTC)  # in Dhaka, six hours ahead
    send(asha, other, now=midnight - timedelta(seconds=1))
    with pytest.raises(TransferLimitReached, match="2026-01-13"):
        send(asha, other, now=midnight - timedelta(seconds=1))
    send(asha, other, now=midnight)
    with pytest.raises(TransferLimitReached, match="2026-01-14"):
        send(asha, other, now=midnight + timedelta(hours=23, minutes=59))
    send(asha, other, now=midnight + timedelta(days=1))


def test_what_was_sent_after_midnight_is_not_of_the_day_before(asha, ravi):
    """Two servers whose clocks differ by a second."""
    set_cashback_policy(actor=None, tenant=asha.tenant, transfers_a_day=1)
    midnight = datetime(2026, 1, 14, tzinfo=UTC)
    send(asha, ravi, now=midnight)
    send(asha, ravi, now=midnight - timedelta(seconds=1))


def test_only_what_was_sent_counts(asha, ravi):
    set_cashback_policy(actor=None, tenant=asha.tenant, transfers_a_day=1, transfer_points_a_day_cents=100)
    make.points(asha, 5000)
    send(ravi_with_points(ravi), asha, 100)
    send(asha, ravi, 100)


def test_what_the_office_took_back_was_sent_all_the_same(asha, ravi):
    set_cashback_policy(actor=None, tenant=asha.tenant, transfers_a_day=1)
    take_back_points(actor=None, row=send(asha, ravi), reason="wrong person", now=make.NOW)
    with pytest.raises(TransferLimitReached):
        send(asha, ravi)


@pytest.mark.parametrize("note", ["a\0b", "x" * 2001, None, "\ud800", "\u202etxet"])
def test_a_note_that_nobody_could_read_or_store_is_refused(note, asha, ravi):
    with pytest.raises(NotPlainText):
        send(asha, ravi, user_notes=note)


def test_a_note_may_be_written_in_any_script_and_is_text_whatever_it_looks_like(asha, ravi):
    note = "चाय के लिए <b>☕</b>\nदो"
    assert CashbackTransaction.objects.get(pk=send(asha, ravi, user_notes=note).pk).user_notes == note


def test_a_refused_transfer_writes_nothing(asha, ravi):
    before = CashbackTransaction.objects.count()
    for receiver, number in ((asha, 5), (ravi, 10_001), (ravi, 0)):
        with pytest.raises((CannotTransfer, BalanceTooLow, NotPoints)):
            send(asha, receiver, number)
    assert (CashbackTransaction.objects.count(), cents(asha), cents(ravi)) == (before, 10_000, 0)


def ravi_with_points(person):
    make.points(person, 1000)
    return person
