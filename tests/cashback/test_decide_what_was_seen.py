"""Who verifies a payment or approves a day books what they saw: what changed between their look and their click is refused."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from cashback import services
from cashback.models import CashbackTransaction, LoanPayment, TrackerEntry
from cashback.selectors.marks import mark_of, with_mark
from cashback.services.loan_verification import NothingToVerify
from cashback.services.seen import ChangedSinceSeen
from cashback.services.tracker_entries import EntryIsDecided
from operations.append_only import suspended
from tests import make
from tests.cashback.earning import has, share

pytestmark = [pytest.mark.cashback, pytest.mark.django_db]


def approve(entry, seen):
    return services.approve_entry(actor=make.user("ADMIN"), entry=entry, now=make.NOW, seen=seen)


def verify(payment, seen):
    return services.verify_loan_payment(actor=make.user("FINANCE"), payment=payment, now=make.NOW, seen=seen)


def correct(payment, cents):
    services.change_loan_payment(
        actor=make.user("FINANCE"), payment=payment, reason="mistyped", now=make.NOW, amount_cents=cents
    )


def test_a_day_that_was_entered_anew_since_is_not_approved():
    tracker = make.tracker()
    asha = share(tracker, "0.05")
    shown = with_mark(TrackerEntry.objects.filter(pk=make.tracker_entry(50_000, on=tracker).pk)).get()
    make.tracker_entry(5_000_000, on=tracker)
    with pytest.raises(ChangedSinceSeen, match=r"Day \d+ of tracker .* changed since you looked: load it again"):
        approve(shown, shown.seen)
    shown.refresh_from_db()
    assert (shown.status, shown.approvals, has(asha)) == ("pending", 0, (0, 0))
    assert not CashbackTransaction.objects.exists()
    assert approve(shown, mark_of(TrackerEntry, shown.pk)).payment_cents == 5_000_000


def test_a_day_that_was_entered_again_with_the_same_words_is_approved():
    tracker = make.tracker()
    shown = make.tracker_entry(50_000, on=tracker)
    seen = mark_of(TrackerEntry, shown.pk)
    make.tracker_entry(50_000, on=tracker)
    assert approve(shown, seen).status == "approved"


def test_a_payment_that_was_corrected_since_is_not_verified():
    loan = make.loan()
    asha = share(loan, "0.05")
    shown = with_mark(LoanPayment.objects.filter(pk=make.loan_payment(100_000, on=loan).pk)).get()
    correct(shown, 900_000)
    with pytest.raises(ChangedSinceSeen, match="changed since you looked: load it again"):
        verify(shown, shown.seen)
    shown.refresh_from_db()
    loan.refresh_from_db()
    assert (shown.status, shown.verifications, has(asha)) == ("pending", 0, (0, 0))
    assert loan.remaining_principal_cents == loan.principal_cents
    assert verify(shown, mark_of(LoanPayment, shown.pk)).amount_cents == 900_000


def test_a_day_on_which_somebody_else_earns_since_is_not_approved():
    tracker = make.tracker()
    share(tracker, "0.05")
    other = share(make.tracker(), "0.05")
    shown = with_mark(TrackerEntry.objects.filter(pk=make.tracker_entry(50_000, on=tracker).pk)).get()
    ravi = share(tracker, "0.5")
    with pytest.raises(ChangedSinceSeen, match="or who earns on it, changed since you looked"):
        approve(shown, shown.seen)
    assert (has(ravi), has(other), CashbackTransaction.objects.count()) == ((0, 0), (0, 0), 0)
    assert approve(shown, mark_of(TrackerEntry, shown.pk)).status == "approved"
    assert has(ravi) == (25_000, 0)


def test_a_payment_on_which_somebody_earns_no_more_is_not_verified():
    loan = make.loan()
    asha = share(loan, "0.05")
    payment = make.loan_payment(100_000, on=loan)
    seen = mark_of(LoanPayment, payment.pk)
    services.end_loan_cashback(actor=None, config=loan.cashback_configs.get())
    with pytest.raises(ChangedSinceSeen):
        verify(payment, seen)
    assert verify(payment, mark_of(LoanPayment, payment.pk)).status == "verified"
    assert has(asha) == (0, 0)


@pytest.mark.parametrize(
    ("new", "row_on", "decide"), [(make.loan, make.loan_payment, verify), (make.tracker, make.tracker_entry, approve)]
)
def test_nothing_is_decided_when_somebody_who_earns_on_it_left_or_came_back_since(new, row_on, decide):
    asha = share(of := new(), "0.05")
    row = row_on(100_000, on=of)
    seen = [mark_of(type(row), row.pk)]
    for is_active in (False, True):
        asha.is_active = is_active
        asha.save()
        with pytest.raises(ChangedSinceSeen, match="or who earns on it, changed since you looked"):
            decide(row, seen[-1])
        seen.append(mark_of(type(row), row.pk))
    assert (seen, has(asha)) == (sorted(set(seen)), (0, 0))
    decide(row, seen[-1])
    assert has(asha)[0] > 0


def test_who_earns_on_something_else_may_change_meanwhile():
    share(tracker := make.tracker(), "0.05")
    other, entry = share(make.tracker(), "0.05"), make.tracker_entry(50_000, on=tracker)
    seen = mark_of(TrackerEntry, entry.pk)
    other.is_active = False
    other.save()
    assert approve(entry, seen).status == "approved"


@pytest.mark.damages_rows
def test_of_two_people_whose_changes_overlap_the_one_that_ends_last_is_noticed_too():
    """Ravi's change begins, Asha's begins and ends and is shown, then Ravi's ends: with a smaller number than hers."""
    tracker = make.tracker()
    asha, ravi = share(tracker, "0.05"), share(tracker, "0.05")
    entry = make.tracker_entry(50_000, on=tracker)
    _change_image(asha, number=2_000_000)
    seen = mark_of(TrackerEntry, entry.pk)
    _change_image(ravi, number=1_000_000)
    with pytest.raises(ChangedSinceSeen):
        approve(entry, seen)


def _change_image(user, *, number):
    image = user.history.latest()
    image.history_id, image.history_type = number, "~"
    image.save(force_insert=True)


def test_the_marks_of_many_rows_are_read_with_them():
    tracker = make.tracker()
    share(tracker, "0.05")
    for day in range(5):
        make.tracker_entry(50_000, on=tracker, day=day)
    with CaptureQueriesContext(connection) as asked:
        marks = [row.seen for row in with_mark(TrackerEntry.objects.all())]
    assert (len(set(marks)), len(asked)) == (5, 1)


def test_what_was_decided_meanwhile_is_told_as_decided():
    payment, entry = make.loan_payment(), make.tracker_entry()
    seen = mark_of(LoanPayment, payment.pk), mark_of(TrackerEntry, entry.pk)
    verify(payment, None)
    approve(entry, None)
    with pytest.raises(NothingToVerify):
        verify(payment, seen[0])
    with pytest.raises(EntryIsDecided):
        approve(entry, seen[1])


@pytest.mark.damages_rows
def test_a_row_without_history_is_marked_zero_until_it_changes():
    payment = make.loan_payment(100_000)
    with suspended("default"):
        LoanPayment.history.filter(id=payment.pk).delete()
    assert mark_of(LoanPayment, payment.pk) == 0
    assert with_mark(LoanPayment.objects.all()).get().seen == 0
    correct(payment, 90_000)
    with pytest.raises(ChangedSinceSeen):
        verify(payment, 0)
