"""A day of a tracker earns when it is approved: by the rules that hold then, or by hand; once for each approval."""

import logging

import pytest

from accounts.services import deactivate_user
from cashback import services
from cashback.models import CashbackTransaction, TrackerCashbackConfig
from cashback.services.earning import AlreadyEarned, CannotEarn, EarnsByOwnHand
from tests import make
from tests.billing.proof import assert_books_are_right
from tests.cashback.earning import approve, earned, fixed, has, share, standing

pytestmark = [pytest.mark.cashback, pytest.mark.django_db]


def test_an_approved_day_gives_shares_of_its_payment_and_fixed_points():
    """500.00 are paid in; Asha earns 5 %, Ravi a fixed 1.50."""
    tracker = make.tracker()
    asha, ravi = share(tracker, "0.05"), fixed(tracker, 150)
    approve(make.tracker_entry(50_000, on=tracker))
    assert (has(asha), has(ravi)) == ((2500, 0), (150, 0))
    assert_books_are_right("cashback")


def test_nothing_is_earned_before_the_day_is_approved():
    tracker = make.tracker()
    asha = share(tracker, "0.05")
    make.tracker_entry(50_000, on=tracker)
    assert (has(asha), earned()) == ((0, 0), [])


def test_a_row_keeps_its_rule_its_base_its_day_and_who_approved():
    tracker, approver = make.tracker(), make.user("ADMIN")
    asha = share(tracker, "0.05")
    approve(make.tracker_entry(50_000, on=tracker, day=7), by=approver)
    (row,) = earned()
    assert (row.transaction_type, row.occasion, row.base_cents) == ("tracker_entry", 1, 50_000)
    assert (row.cashback_type, str(row.cashback_value)) == ("percentage", "0.0500")
    assert (row.related_tracker, row.related_tracker_entry_day) == (tracker, 7)
    assert (row.to_user, row.from_account, row.created_by_user, row.created_at) == (
        asha,
        "ISSUANCE",
        approver,
        make.NOW,
    )


@pytest.mark.parametrize(
    ("payment_cents", "fraction", "earns"),
    [
        (1234, "0.05", 62),
        (10, "0.05", 1),
        (9, "0.05", 0),
        (50, "0.29", 15),
        (1, "1", 1),
        (0, "1", 0),
        (33_333, "0.0001", 3),
    ],
)
def test_a_share_is_rounded_half_up_once_and_less_than_half_a_cent_is_no_row(payment_cents, fraction, earns):
    tracker = make.tracker()
    asha = share(tracker, fraction)
    approve(make.tracker_entry(payment_cents, on=tracker))
    assert (has(asha)[0], len(earned())) == (earns, 1 if earns else 0)
    assert_books_are_right("cashback")


def test_a_day_over_nothing_earns_what_is_fixed_and_no_share():
    """As the reference has it: a fixed number is earned on an approved day whatever was paid."""
    tracker = make.tracker()
    asha, ravi = share(tracker, "0.05"), fixed(tracker, 150)
    approve(make.tracker_entry(0, on=tracker))
    assert (has(asha), has(ravi)) == ((0, 0), (150, 0))


def test_no_payment_today_earns_nothing_though_it_is_approved():
    tracker = make.tracker()
    ravi = fixed(tracker, 150)
    entry = services.submit_no_payment(actor=make.user("ADMIN"), tracker=tracker, day=0, now=make.NOW)
    assert (approve(entry).status, has(ravi)) == ("approved", (0, 0))


def test_a_rule_that_ended_between_entering_and_approving_earns_nothing():
    tracker = make.tracker()
    asha = share(tracker, "0.05")
    entry = make.tracker_entry(50_000, on=tracker)
    services.end_tracker_cashback(actor=None, config=TrackerCashbackConfig.objects.get(user=asha))
    approve(entry)
    assert has(asha) == (0, 0)


def test_a_rule_that_changed_between_entering_and_approving_earns_as_it_is_at_the_approval():
    tracker = make.tracker()
    asha = share(tracker, "0.05")
    entry = make.tracker_entry(50_000, on=tracker)
    services.end_tracker_cashback(actor=None, config=TrackerCashbackConfig.objects.get(user=asha))
    share(tracker, "0.10", to=asha)
    approve(entry)
    assert has(asha) == (5000, 0)


def test_a_rule_that_changes_later_changes_nothing_that_is_booked():
    tracker = make.tracker()
    asha = share(tracker, "0.05")
    approve(make.tracker_entry(50_000, on=tracker))
    services.end_tracker_cashback(actor=None, config=TrackerCashbackConfig.objects.get(user=asha))
    share(tracker, "0.10", to=asha)
    (row,) = earned()
    assert (row.points_cents, str(row.cashback_value), has(asha)) == (2500, "0.0500", (2500, 0))
    assert_books_are_right("cashback")


def test_rows_by_hand_come_in_place_of_the_rules():
    tracker = make.tracker()
    asha, mina = share(tracker, "0.05"), make.user("CUSTOMER")
    approve(make.tracker_entry(50_000, on=tracker), cashback=[(mina, 700)], cashback_reason="as agreed")
    (row,) = earned()
    assert (has(asha), has(mina)) == ((0, 0), (700, 0))
    assert (row.transaction_type, row.cashback_type, row.cashback_value, row.base_cents) == (
        "tracker_entry",
        "",
        None,
        50_000,
    )


def test_no_rows_by_hand_are_no_cashback_though_there_are_rules():
    tracker = make.tracker()
    asha = share(tracker, "0.05")
    approve(make.tracker_entry(50_000, on=tracker), cashback=[])
    assert (has(asha), earned()) == ((0, 0), [])


@pytest.mark.parametrize("role", ["CUSTOMER", "SALES_REP", "FINANCE", "ADMIN"])
def test_anybody_of_the_business_may_be_the_beneficiary(role):
    tracker = make.tracker()
    user = share(tracker, "0.05", to=make.user(role))
    approve(make.tracker_entry(50_000, on=tracker))
    assert has(user) == (2500, 0)


def test_who_is_no_longer_active_earns_nothing_and_that_is_said(caplog):
    tracker = make.tracker()
    asha, ravi = share(tracker, "0.05"), share(tracker, "0.01")
    deactivate_user(actor=None, user=asha, reason="left")
    with caplog.at_level(logging.WARNING, logger="roundsman.cashback"):
        approve(make.tracker_entry(50_000, on=tracker))
    assert (has(asha), has(ravi)) == ((0, 0), (500, 0))
    assert [(said.msg, said.user_id) for said in caplog.records] == [
        ("inactive_beneficiary_earned_nothing", str(asha.pk))
    ]


def test_who_approves_earns_by_a_rule_that_a_second_person_set_on_a_day_that_a_third_entered():
    """Two others stand behind it: the approver decides neither the rule nor the payment."""
    tracker, approver = make.tracker(), make.user("ADMIN")
    share(tracker, "0.05", to=approver)
    approve(make.tracker_entry(50_000, on=tracker), by=approver)
    assert has(approver) == (2500, 0)


def test_who_approves_earns_nothing_by_a_rule_that_no_person_set():
    tracker, approver = make.tracker(), make.user("ADMIN")
    services.set_tracker_cashback(actor=None, tracker=tracker, user=approver, cashback_type="fixed", points_cents=100)
    entry = make.tracker_entry(50_000, on=tracker)
    with pytest.raises(EarnsByOwnHand):
        approve(entry, by=approver)
    entry.refresh_from_db()
    assert (entry.status, entry.approvals, has(approver)) == ("pending", 0, (0, 0))


def test_nobody_gives_points_by_hand_to_themselves():
    tracker, approver = make.tracker(), make.user("ADMIN")
    entry = make.tracker_entry(50_000, on=tracker)
    with pytest.raises(EarnsByOwnHand):
        approve(entry, by=approver, cashback=[(make.user("CUSTOMER"), 100), (approver, 1)], cashback_reason="as agreed")
    entry.refresh_from_db()
    assert (entry.status, CashbackTransaction.objects.count()) == ("pending", 0)


@pytest.mark.parametrize("wrong", [0, -5, 1.5, "10", True, None, float("nan"), float("inf"), 10**16])
def test_points_by_hand_are_whole_positive_cents_and_nothing_is_written_otherwise(wrong):
    entry = make.tracker_entry(50_000)
    with pytest.raises(services.NotPoints):
        approve(
            entry, cashback=[(make.user("CUSTOMER"), 100), (make.user("CUSTOMER"), wrong)], cashback_reason="as agreed"
        )
    entry.refresh_from_db()
    assert (entry.status, CashbackTransaction.objects.count()) == ("pending", 0)


def test_points_by_hand_go_to_active_people_of_the_business_each_once():
    entry, asha = make.tracker_entry(50_000), make.user("CUSTOMER")
    stranger, gone = make.user("CUSTOMER", of=make.tenant("other")), make.user("CUSTOMER")
    deactivate_user(actor=None, user=gone, reason="left")
    for rows in ([(asha, 1), (asha, 2)], [(stranger, 1)], [(gone, 1)]):
        with pytest.raises(CannotEarn) as refused:
            approve(entry, cashback=rows, cashback_reason="as agreed")
        assert "cashback" in refused.value.fields
    assert CashbackTransaction.objects.count() == 0


def test_an_approval_earns_once_however_often_it_is_asked():
    tracker = make.tracker()
    asha = share(tracker, "0.05")
    entry = approve(make.tracker_entry(50_000, on=tracker))
    with pytest.raises(AlreadyEarned):
        services.earn_on_entry(entry=entry, actor=None, now=make.NOW)
    assert (has(asha), len(standing())) == ((2500, 0), 1)
