"""Days of trackers are approved or rejected by an administrator who is another person than who entered them, once each time."""

import pytest

from accounts.errors import NotAllowed
from billing.services.checks import ReasonMissing
from cashback import services
from cashback.services.texts import NotPlainText
from cashback.services.tracker_entries import EntryIsDecided, OwnEntry
from tests import make
from tests.billing.proof import assert_books_are_right
from tests.cashback.earning import approve, fixed, has, reject, share, standing

pytestmark = [pytest.mark.cashback, pytest.mark.django_db]


def test_only_administrators_approve_and_reject():
    entry = make.tracker_entry()
    for role in ("FINANCE", "SALES_REP", "CUSTOMER"):
        with pytest.raises(NotAllowed):
            approve(entry, by=make.user(role))
        with pytest.raises(NotAllowed):
            reject(entry, by=make.user(role))


def test_nobody_approves_what_they_entered():
    admin = make.user("ADMIN")
    entry = make.tracker_entry(actor=admin)
    with pytest.raises(OwnEntry):
        approve(entry, by=admin)


def test_who_edits_what_another_entered_does_not_approve_it_either():
    tracker, admin = make.tracker(), make.user("ADMIN")
    make.tracker_entry(50_000, on=tracker)
    entry = make.tracker_entry(90_000, on=tracker, actor=admin)
    with pytest.raises(OwnEntry):
        approve(entry, by=admin)


def test_who_entered_the_amounts_does_not_approve_them_though_another_changed_the_words():
    tracker, admin = make.tracker(), make.user("ADMIN")
    make.tracker_entry(90_000, on=tracker, actor=admin)
    entry = make.tracker_entry(90_000, on=tracker, notes="cash")
    with pytest.raises(OwnEntry):
        approve(entry, by=admin)


def test_who_entered_other_amounts_may_approve_those_that_another_corrected():
    tracker, admin = make.tracker(), make.user("ADMIN")
    make.tracker_entry(90_000, on=tracker, actor=admin)
    entry = make.tracker_entry(50_000, on=tracker)
    assert approve(entry, by=admin).status == "approved"


def test_nobody_approves_a_day_of_their_own_tracker():
    owner = make.user("ADMIN")
    entry = make.tracker_entry(on=make.tracker(owner=owner))
    with pytest.raises(OwnEntry):
        approve(entry, by=owner)


def test_an_approved_day_says_by_whom_and_when():
    admin = make.user("ADMIN")
    entry = approve(make.tracker_entry(), by=admin)
    assert (entry.status, entry.verified_by_user, entry.verified_at, entry.approvals) == (
        "approved",
        admin,
        make.NOW,
        1,
    )


def test_a_day_is_approved_once():
    tracker = make.tracker()
    asha = fixed(tracker, 150)
    entry = approve(make.tracker_entry(on=tracker))
    with pytest.raises(EntryIsDecided):
        approve(entry)
    assert has(asha) == (150, 0)


def test_a_rejected_day_is_not_approved_before_it_is_entered_anew():
    entry = reject(make.tracker_entry())
    with pytest.raises(EntryIsDecided):
        approve(entry)


def test_a_rejection_says_why_and_by_whom():
    admin = make.user("ADMIN")
    entry = reject(make.tracker_entry(), by=admin)
    assert (entry.status, entry.rejection_reason, entry.verified_by_user) == (
        "rejected",
        "the cash was not there",
        admin,
    )
    assert entry.payment_cents == 50_000  # what was said stays readable; the former system wrote 0 over it


@pytest.mark.parametrize("reason", ["", "  ", None])
def test_a_rejection_without_a_reason_is_refused(reason):
    with pytest.raises(ReasonMissing):
        reject(make.tracker_entry(), reason=reason)


@pytest.mark.parametrize("reason", ["a\0b", "x" * 2001])
def test_a_reason_is_a_text_that_can_be_stored(reason):
    with pytest.raises(NotPlainText):
        reject(make.tracker_entry(), reason=reason)


def test_rejecting_an_approved_day_takes_back_what_it_earned():
    tracker = make.tracker()
    asha = share(tracker, "0.05")
    entry = reject(approve(make.tracker_entry(50_000, on=tracker)))
    assert (entry.status, has(asha), standing()) == ("rejected", (0, 0), [])
    assert_books_are_right("cashback")


def test_a_day_is_rejected_once():
    entry = reject(make.tracker_entry())
    with pytest.raises(EntryIsDecided, match="the cash was not there"):
        reject(entry)


def test_what_waited_when_a_tracker_was_closed_can_still_be_decided_and_earns():
    tracker = make.tracker()
    asha = share(tracker, "0.05")
    paid, not_paid = make.tracker_entry(50_000, on=tracker), make.tracker_entry(50_000, on=tracker, day=1)
    services.close_tracker(actor=None, tracker=tracker)
    assert (approve(paid).status, reject(not_paid).status, has(asha)) == ("approved", "rejected", (2500, 0))


def test_a_tracker_that_its_owner_hid_goes_on_as_before():
    tracker = make.tracker()
    asha, entry = share(tracker, "0.05"), make.tracker_entry(50_000, on=tracker)
    services.hide_tracker(actor=tracker.user, tracker=tracker)
    assert (approve(entry).status, has(asha)) == ("approved", (2500, 0))
    assert make.tracker_entry(on=tracker, day=1).status == "pending"
