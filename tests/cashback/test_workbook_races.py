"""Sheets that come in at once, and beside people who enter by hand, with real threads: once each, whole, and in no circle."""

import pytest

from accounts import unit_of_work
from accounts.errors import DomainError
from cashback import services as cashback
from cashback.models import TrackerEntry
from tests import make
from tests.billing.proof import assert_books_are_right
from tests.billing.test_races import at_once
from tests.cashback.earning import has, standing
from tests.cashback.sheets import entered, filled, taken

pytestmark = [pytest.mark.cashback, pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("postgres")]


@pytest.fixture(autouse=True)
def deadlocks_fail_at_once(monkeypatch):
    """Let a deadlock fail at once: tried again, it would go by unseen."""
    monkeypatch.setattr(unit_of_work, "RETRYABLE_SQLSTATES", set())


def test_a_sheet_that_comes_in_four_times_at_once_is_taken_once():
    on, people = make.tracker(), [make.user("ADMIN") for _ in range(4)]
    files = [filled(on, {f"C{13 + day}": 500 for day in range(6)}) for _ in people]
    done = at_once(
        *[lambda who=who, file=file: taken(on, file, actor=who) for who, file in zip(people, files, strict=True)]
    )
    assert sorted(report.counts["new"] for report in done) == [0, 0, 0, 6]
    assert entered(on) == dict.fromkeys(range(6), (50000, "pending"))
    assert TrackerEntry.history.count() == 6


def test_a_sheet_beside_an_approval_leaves_no_points_that_do_not_count():
    on, asha = make.tracker(), make.user("CUSTOMER")
    cashback.set_tracker_cashback(
        actor=make.user("ADMIN"), tracker=on, user=asha, cashback_type="percentage", cashback_value="0.1"
    )
    entry, file = make.tracker_entry(10_000, on=on), filled(on, {"C13": 500})
    outcomes = at_once(
        lambda: cashback.approve_entry(actor=None, entry=entry, now=make.NOW),
        lambda: taken(on, file),
    )
    assert [outcome for outcome in outcomes if isinstance(outcome, DomainError)] == []
    earned = {("pending", 50_000): (0, 0), ("approved", 50_000): (5_000, 0)}
    entry.refresh_from_db()
    assert has(asha) == earned[entry.status, entry.payment_cents]
    assert_books_are_right("cashback")


@pytest.mark.parametrize("round_", range(5))
def test_sheets_that_take_back_from_the_same_people_in_opposite_order_do_not_wait_in_a_circle(round_):
    asha, ravi = make.user("CUSTOMER"), make.user("CUSTOMER")
    trackers = []
    for people in ((asha, ravi) * 3, (ravi, asha) * 3):
        trackers.append(make.tracker())
        for day, person in enumerate(people):
            entry = make.tracker_entry(50_000, on=trackers[-1], day=day)
            cashback.approve_entry(
                actor=None, entry=entry, now=make.NOW, cashback=[(person, 100)], cashback_reason="as agreed"
            )
    files = [filled(on, {f"C{13 + day}": 400 for day in range(6)}) for on in trackers]
    at_once(*[lambda on=on, file=file: taken(on, file) for on, file in zip(trackers, files, strict=True)])
    assert [entered(on) for on in trackers] == [dict.fromkeys(range(6), (40000, "pending"))] * 2
    assert (has(asha), has(ravi), standing()) == ((0, 0), (0, 0), [])
    assert_books_are_right("cashback")
