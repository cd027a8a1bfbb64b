"""Days of trackers: one row each, entered by who looks after the tracker; entered anew, it waits again and gives back."""

from datetime import UTC, datetime, timedelta

import pytest

from accounts.errors import NotAllowed, NotFound
from billing.services.checks import NotAnAmount
from cashback import services
from cashback.models import TrackerEntry
from cashback.services.texts import NotPlainText
from cashback.services.tracker_entries import DayIsToCome, NotADayOfTheTracker, NotYoursToEnter
from cashback.services.trackers import TrackerIsClosed
from tests import make
from tests.billing.proof import assert_books_are_right
from tests.cashback.earning import approve, assigned, earned, has, reject, share, standing

pytestmark = [pytest.mark.cashback, pytest.mark.django_db]


def test_a_day_keeps_what_came_in_and_what_the_sheet_says_of_it():
    tracker = make.tracker()
    rep = assigned(tracker)
    entry = services.submit_entry(
        actor=rep, tracker=tracker, day=3, payment_cents=50_000, now=make.NOW, withdrawn_cents=1, reinvest_cents=2,
        pocket_money_cents=3, payment_mode=" UPI ", transaction_details="T-1", reinvest_from="week 1", notes="ரவி\n<b>paid</b>",
    )  # fmt: skip
    assert (entry.day, entry.payment_cents, entry.withdrawn_cents) == (3, 50_000, 1)
    assert (entry.reinvest_cents, entry.pocket_money_cents, entry.status) == (2, 3, "pending")
    assert (entry.submitted_by_user, entry.submitted_at, entry.approvals) == (rep, make.NOW, 0)
    words = {
        "payment_mode": "UPI",
        "transaction_details": "T-1",
        "reinvest_from": "week 1",
        "notes": "ரவி\n<b>paid</b>",
    }
    assert TrackerEntry.objects.get().entry_data == words


@pytest.mark.parametrize("day", [0, 10])
def test_day_0_is_the_start_and_the_last_day_is_the_period(day):
    assert make.tracker_entry(on=make.tracker(scheme_period_days=10), day=day).day == day


@pytest.mark.parametrize("day", [-1, 101, 10**9, 1.0, "3", True, None])
def test_there_is_no_day_before_the_start_nor_after_the_period_and_the_refusal_names_it(day):
    tracker = make.tracker(scheme_period_days=100)
    with pytest.raises(NotADayOfTheTracker, match="0 to 100") as refused:
        make.tracker_entry(on=tracker, day=day)
    assert refused.value.fields == {"day": ["A whole number from 0 to 100."]}
    assert not TrackerEntry.objects.exists()


def test_a_day_to_come_cannot_be_entered_and_the_refusal_names_its_date():
    tracker = make.tracker()
    with pytest.raises(DayIsToCome, match="is 2026-01-14, and today is 2026-01-13: what is paid ahead") as refused:
        make.tracker_entry(on=tracker, day=11)
    assert refused.value.fields == {"day": ["It is still to come: today is 2026-01-13."]}
    with pytest.raises(DayIsToCome):
        services.submit_no_payment(actor=assigned(tracker), tracker=tracker, day=11, now=make.NOW)
    assert not TrackerEntry.objects.exists()


def test_a_day_that_was_entered_when_the_clock_was_ahead_waits_until_it_has_come():
    entry = make.tracker_entry(day=11, now=make.later(days=1))
    with pytest.raises(DayIsToCome):
        approve(entry)
    approved = services.approve_entry(actor=make.user("ADMIN"), entry=entry, now=make.later(days=1))
    assert approved.status == "approved"


def test_a_day_comes_at_midnight_where_the_business_is():
    dhaka = make.tenant("dhaka", timezone="Asia/Dhaka")
    tracker = make.tracker(of=dhaka, start_date=make.TODAY)
    midnight = datetime(2026, 1, 13, 18, tzinfo=UTC)
    with pytest.raises(DayIsToCome):
        make.tracker_entry(on=tracker, day=1, now=midnight - timedelta(microseconds=1))
    assert make.tracker_entry(on=tracker, day=1, now=midnight).day == 1


@pytest.mark.parametrize("field", ["payment_cents", "withdrawn_cents", "reinvest_cents", "pocket_money_cents"])
@pytest.mark.parametrize("wrong", [-1, 1.5, "100", None, True, float("nan"), float("inf"), 10**16])
def test_amounts_are_whole_cents_from_0(field, wrong):
    tracker = make.tracker()
    with pytest.raises(NotAnAmount) as refused:
        services.submit_entry(
            **{"actor": None, "tracker": tracker, "day": 0, "payment_cents": 1, "now": make.NOW, field: wrong}
        )
    assert field in refused.value.fields
    assert not TrackerEntry.objects.exists()


@pytest.mark.parametrize("field", ["payment_mode", "transaction_details", "reinvest_from", "notes"])
@pytest.mark.parametrize("wrong", ["a\0b", "x" * 2001, 7, None])
def test_words_are_texts_that_can_be_stored(field, wrong):
    with pytest.raises(NotPlainText) as refused:
        make.tracker_entry(**{field: wrong})
    assert field in refused.value.fields


@pytest.mark.parametrize("role", ["CUSTOMER", "SALES_REP", "FINANCE"])
def test_who_is_not_assigned_enters_nothing(role):
    tracker = make.tracker()
    with pytest.raises(NotAllowed):
        make.tracker_entry(on=tracker, actor=make.user(role))
    with pytest.raises(NotAllowed):
        services.submit_no_payment(actor=make.user(role), tracker=tracker, day=0, now=make.NOW)


def test_the_owner_reads_their_tracker_and_enters_nothing():
    tracker = make.tracker()
    with pytest.raises(NotAllowed):
        make.tracker_entry(on=tracker, actor=tracker.user)


def test_to_the_staff_of_another_business_there_is_no_such_tracker():
    tracker, entry = make.tracker(), make.tracker_entry()
    stranger = make.user("ADMIN", of=make.tenant("other"))
    with pytest.raises(NotFound):
        make.tracker_entry(on=tracker, actor=stranger)
    with pytest.raises(NotFound):
        approve(entry, by=stranger)
    with pytest.raises(NotFound):
        reject(entry, by=stranger)


def test_who_is_assigned_to_another_tracker_is_refused_in_words():
    rep = assigned(make.tracker())
    with pytest.raises(NotYoursToEnter, match="Ask to be assigned"):
        make.tracker_entry(actor=rep)


def test_entering_a_day_again_edits_its_one_row():
    tracker = make.tracker()
    first = make.tracker_entry(50_000, on=tracker)
    again = make.tracker_entry(30_000, on=tracker, now=make.later(hours=1))
    assert (again.pk, TrackerEntry.objects.count()) == (first.pk, 1)
    assert (again.payment_cents, again.submitted_at) == (30_000, make.later(hours=1))
    assert [image.payment_cents for image in again.history.order_by("history_id")] == [50_000, 30_000]


def test_entering_exactly_what_stands_there_changes_nothing_and_takes_nothing_back():
    tracker = make.tracker()
    asha, rep = share(tracker, "0.05"), assigned(tracker)
    entry = approve(make.tracker_entry(50_000, on=tracker, actor=rep, notes="cash"))
    again = make.tracker_entry(50_000, on=tracker, actor=assigned(tracker), notes="cash", now=make.later(days=1))
    assert (again.status, again.submitted_by_user, again.submitted_at) == ("approved", rep, entry.submitted_at)
    assert (has(asha), entry.history.count()) == ((2500, 0), 2)


def test_a_rejected_day_that_is_entered_again_as_it_was_waits_again():
    entry = reject(make.tracker_entry(50_000))
    again = make.tracker_entry(50_000, on=entry.tracker)
    assert (again.status, again.rejection_reason, again.verified_by_user, again.verified_at) == (
        "pending",
        "",
        None,
        None,
    )


def test_an_edit_of_an_approved_day_makes_it_wait_and_takes_back_what_it_earned():
    tracker = make.tracker()
    asha = share(tracker, "0.05")
    approve(make.tracker_entry(50_000, on=tracker))
    entry = make.tracker_entry(30_000, on=tracker)
    assert (entry.status, entry.verified_by_user, entry.verified_at, has(asha)) == ("pending", None, None, (0, 0))
    assert standing() == []
    assert_books_are_right("cashback")


def test_an_edited_day_earns_anew_on_what_it_says_now():
    tracker = make.tracker()
    asha = share(tracker, "0.05")
    approve(make.tracker_entry(50_000, on=tracker))
    approve(make.tracker_entry(30_000, on=tracker))
    assert [(row.occasion, row.base_cents, row.points_cents) for row in earned()] == [
        (1, 50_000, 2500),
        (2, 30_000, 1500),
    ]
    assert (has(asha), [row.occasion for row in standing()]) == ((1500, 0), [2])
    assert_books_are_right("cashback")


def test_no_payment_today_waits_for_approval_as_any_other_day():
    tracker = make.tracker()
    entry = services.submit_no_payment(actor=assigned(tracker), tracker=tracker, day=2, now=make.NOW, notes="closed")
    assert (entry.status, entry.payment_cents, entry.entry_data) == (
        "pending",
        0,
        {"notes": "closed", "no_payment": True},
    )
    assert approve(entry).status == "approved"


def test_no_payment_today_takes_back_what_the_day_earned_before():
    tracker = make.tracker()
    asha = share(tracker, "0.05")
    approve(make.tracker_entry(50_000, on=tracker))
    services.submit_no_payment(actor=make.user("ADMIN"), tracker=tracker, day=0, now=make.NOW)
    assert (has(asha), standing()) == ((0, 0), [])


def test_a_closed_tracker_takes_no_day_and_no_edit():
    tracker = make.tracker()
    make.tracker_entry(50_000, on=tracker)
    services.close_tracker(actor=None, tracker=tracker)
    for day in (0, 1):
        with pytest.raises(TrackerIsClosed):
            make.tracker_entry(70_000, on=tracker, day=day)
