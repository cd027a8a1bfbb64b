"""Many clicks at once, with real threads: earned once, taken back once, one row for a day, never more than the whole."""

import pytest

from accounts.errors import Conflict, DomainError
from cashback import services
from cashback.models import CashbackTransaction, LoanCashbackConfig, TrackerEntry
from cashback.services.configs import AlreadyConfigured, SharesOverWhole
from tests import make
from tests.billing.proof import assert_books_are_right
from tests.billing.test_races import at_once
from tests.cashback.earning import earned, has, share, standing

pytestmark = [pytest.mark.cashback, pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("postgres")]


def admins(count=4):
    return [make.user("ADMIN") for _ in range(count)]


def succeeded(outcomes):
    return [outcome for outcome in outcomes if not isinstance(outcome, DomainError)]


def test_a_payment_that_many_verify_at_once_earns_once():
    loan = make.loan()
    asha = share(loan, "0.05")
    payment = make.loan_payment(14_000, on=loan, interest_cents=4000)
    verify = services.verify_loan_payment
    outcomes = at_once(*[lambda by=by: verify(actor=by, payment=payment, now=make.NOW) for by in admins(6)])
    assert len(succeeded(outcomes)) == 1
    assert all(isinstance(outcome, Conflict) for outcome in outcomes if isinstance(outcome, DomainError))
    assert (has(asha), len(earned())) == ((200, 0), 1)
    assert_books_are_right("cashback")


def test_a_day_that_many_approve_at_once_earns_once():
    tracker = make.tracker()
    asha = share(tracker, "0.05")
    entry = make.tracker_entry(50_000, on=tracker)
    approve = services.approve_entry
    outcomes = at_once(*[lambda by=by: approve(actor=by, entry=entry, now=make.NOW) for by in admins(6)])
    assert len(succeeded(outcomes)) == 1
    assert (has(asha), len(earned()), TrackerEntry.objects.get().approvals) == ((2500, 0), 1, 1)
    assert_books_are_right("cashback")


def test_a_day_that_many_reject_at_once_is_taken_back_once():
    tracker = make.tracker()
    asha = share(tracker, "0.05")
    entry = make.tracker_entry(50_000, on=tracker, approve=True)
    said = {"entry": entry, "reason": "not there", "now": make.NOW}
    outcomes = at_once(*[lambda by=by: services.reject_entry(actor=by, **said) for by in admins(6)])
    assert len(succeeded(outcomes)) == 1
    assert (has(asha), CashbackTransaction.objects.filter(transaction_type="reversal").count()) == ((0, 0), 1)
    assert_books_are_right("cashback")


@pytest.mark.parametrize("round_", range(5))
def test_a_day_that_is_edited_while_it_is_approved_never_keeps_points_that_do_not_count(round_):
    tracker = make.tracker()
    asha = share(tracker, "0.05")
    entry, (approver, editor) = make.tracker_entry(50_000, on=tracker), admins(2)
    edit = {"tracker": tracker, "day": 0, "payment_cents": 30_000, "now": make.NOW}
    at_once(
        lambda: services.approve_entry(actor=approver, entry=entry, now=make.NOW),
        lambda: services.submit_entry(actor=editor, **edit),
    )
    entry.refresh_from_db()
    counts = {("approved", 30_000): (1500, 0), ("pending", 30_000): (0, 0)}
    assert has(asha) == counts[entry.status, entry.payment_cents]
    assert_books_are_right("cashback")


def test_the_same_day_entered_by_many_at_once_is_one_row_with_the_history_of_all():
    tracker = make.tracker()
    submit = services.submit_entry
    at_once(*[
        lambda by=by, cents=cents: submit(actor=by, tracker=tracker, day=3, payment_cents=cents, now=make.NOW)
        for cents, by in enumerate(admins(6), start=1)
    ])  # fmt: skip
    entry = TrackerEntry.objects.get()
    images = list(entry.history.order_by("history_id").values_list("payment_cents", "history_user_id"))
    assert sorted(cents for cents, _ in images) == [1, 2, 3, 4, 5, 6]
    assert images[-1] == (entry.payment_cents, entry.submitted_by_user_id)


def test_shares_that_many_add_at_once_never_exceed_the_whole():
    loan, people = make.loan(), [make.user("CUSTOMER") for _ in range(6)]
    said = {"actor": make.user("ADMIN"), "loan": loan, "cashback_type": "percentage", "cashback_value": "0.3"}
    outcomes = at_once(*[lambda user=user: services.set_loan_cashback(user=user, **said) for user in people])
    assert len(succeeded(outcomes)) == 3
    assert sum(isinstance(outcome, SharesOverWhole) for outcome in outcomes) == 3
    assert_books_are_right("cashback")


def test_one_person_who_is_configured_by_many_at_once_has_one_rule():
    tracker, asha = make.tracker(), make.user("CUSTOMER")
    said = {"tracker": tracker, "user": asha, "cashback_type": "fixed", "points_cents": 5}
    outcomes = at_once(*[lambda by=by: services.set_tracker_cashback(actor=by, **said) for by in admins(6)])
    assert len(succeeded(outcomes)) == 1
    assert sum(isinstance(outcome, AlreadyConfigured) for outcome in outcomes) == 5


@pytest.mark.parametrize("round_", range(5))
def test_a_rule_that_ends_while_a_payment_is_verified_earns_or_does_not_and_nothing_between(round_):
    loan = make.loan()
    asha = share(loan, "0.05")
    config, payment = LoanCashbackConfig.objects.get(), make.loan_payment(14_000, on=loan, interest_cents=4000)
    verifier, ender = admins(2)
    at_once(
        lambda: services.verify_loan_payment(actor=verifier, payment=payment, now=make.NOW),
        lambda: services.end_loan_cashback(actor=ender, config=config),
    )
    config.refresh_from_db()
    assert (config.is_active, has(asha)) in [(False, (200, 0)), (False, (0, 0))]
    assert_books_are_right("cashback")


def test_days_of_many_trackers_that_give_to_the_same_people_are_approved_at_once_without_a_deadlock():
    people, entries = [make.user("CUSTOMER") for _ in range(3)], []
    for order in (people, people[::-1], people[1:] + people[:1], people):
        tracker = make.tracker()
        for person in order:
            share(tracker, "0.1", to=person)
        entries.append(make.tracker_entry(1000, on=tracker))
    approve = services.approve_entry
    decisions = zip(entries, admins(len(entries)), strict=True)
    at_once(*[lambda entry=entry, by=by: approve(actor=by, entry=entry, now=make.NOW) for entry, by in decisions])
    assert [has(person) for person in people] == [(400, 0)] * 3
    assert_books_are_right("cashback")


@pytest.mark.parametrize("round_", range(5))
def test_points_that_are_sent_on_while_they_are_taken_back_are_owed_or_were_never_sent(round_):
    tracker = make.tracker()
    asha, ravi, by = share(tracker, "0.05"), make.user("CUSTOMER"), make.user("ADMIN")
    entry = make.tracker_entry(50_000, on=tracker, approve=True)
    at_once(
        lambda: services.transfer_points(actor=asha, receiver=ravi, points_cents=2500, now=make.NOW),
        lambda: services.reject_entry(actor=by, entry=entry, reason="not there", now=make.NOW),
    )
    assert (has(asha), has(ravi)) in [((0, 2500), (2500, 0)), ((0, 0), (0, 0))]
    assert standing() == []
    assert_books_are_right("cashback")
