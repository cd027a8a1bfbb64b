"""How many points people have: now, on any day before, and what they came from."""

from datetime import UTC, date, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from billing.rules.period import PeriodOutOfRange
from cashback.selectors.balances import balance_as_of, balance_of, balance_on, balances, summary_of
from cashback.services import (
    cancel_redemption,
    complete_redemption,
    remove_points,
    request_redemption,
    take_back_points,
    transfer_points,
    verify_loan_payment,
)
from tests import make
from tests.api.clients import client_of, error_of

pytestmark = [pytest.mark.cashback, pytest.mark.django_db]

BALANCE = "/api/cashback/balance"
NONE = {
    "balance_cents": 0, "debt_cents": 0, "earned_cents": 0, "granted_cents": 0, "received_cents": 0, "refunded_cents": 0,
    "given_back_cents": 0, "sent_cents": 0, "redeemed_cents": 0, "removed_cents": 0, "taken_back_cents": 0,
    "pending_redemptions": 0, "pending_redemption_cents": 0,
}  # fmt: skip


@pytest.fixture
def asha():
    return make.user("CUSTOMER", name="Asha")


@pytest.fixture
def ravi():
    return make.user("SALES_REP", name="Ravi")


def redeem(person, cents):
    details = {"phone_number": "9800000001", "address": "12 Mill Road"}
    return request_redemption(
        actor=person, points_cents=cents, redemption_type="cash", now=make.NOW, details=details
    )  # fmt: skip


def counted():
    return CaptureQueriesContext(connection)


def test_who_never_had_a_point_has_none(asha):
    assert (balance_of(asha).balance_cents, balance_of(asha).debt_cents) == (0, 0)
    assert summary_of(asha) == NONE
    assert balance_as_of(asha, make.NOW) == 0


def test_a_summary_says_what_came_in_and_what_went_out(asha, ravi):
    """Granted 100 and 8 of which 8 went back, got 5, sent 20 and 1 that went back, 3 removed, 30 redeemed, 40 and back."""
    admin = make.user("ADMIN")
    make.points(asha, 10_000), make.points(ravi, 10_000)
    mistake = make.points(asha, 800)
    take_back_points(actor=admin, row=mistake, reason="twice", now=make.NOW)
    transfer_points(actor=ravi, receiver=asha, points_cents=500, now=make.NOW)
    transfer_points(actor=asha, receiver=ravi, points_cents=2000, now=make.NOW)
    wrong = transfer_points(actor=asha, receiver=ravi, points_cents=100, now=make.NOW)
    take_back_points(actor=admin, row=wrong, reason="wrong person", now=make.NOW)
    remove_points(actor=admin, tenant=asha.tenant, rows=[(asha, 300)], reason="fee", now=make.NOW)
    complete_redemption(actor=admin, redemption=redeem(asha, 1000), payout_reference="UTR 1", now=make.NOW)
    cancel_redemption(actor=asha, redemption=redeem(asha, 4000), reason="", now=make.NOW)
    redeem(asha, 2000)
    assert summary_of(asha) == NONE | {
        "balance_cents": 5200,
        "granted_cents": 10_800,
        "taken_back_cents": 800,
        "received_cents": 500,
        "sent_cents": 2100,
        "given_back_cents": 100,
        "removed_cents": 300,
        "redeemed_cents": 3000,
        "refunded_cents": 4000,
        "pending_redemptions": 1,
        "pending_redemption_cents": 2000,
    }


def test_what_was_earned_is_told_apart_from_what_was_granted(asha):
    payment = make.loan_payment()
    by_hand = {"cashback": [(asha, 500)], "cashback_reason": "as agreed"}
    verify_loan_payment(actor=make.user("ADMIN"), payment=payment, now=make.NOW, **by_hand)
    make.points(asha, 70)
    told = summary_of(asha)
    assert (told["earned_cents"], told["granted_cents"], told["balance_cents"]) == (500, 70, 570)


def test_a_debt_is_told(asha, ravi):
    granted = make.points(asha, 100)
    transfer_points(actor=asha, receiver=ravi, points_cents=60, now=make.NOW)
    take_back_points(actor=None, row=granted, reason="twice", now=make.NOW)
    told = summary_of(asha)
    assert (told["balance_cents"], told["debt_cents"]) == (0, 60)
    assert balance_as_of(asha, make.NOW) == -60


def test_a_summary_is_of_one_person_in_few_queries_however_many_rows(asha, ravi):
    def asked():
        with counted() as queries:
            summary_of(asha)
        return len(queries)

    first = asked()
    for _ in range(5):
        make.points(asha, 100), make.points(ravi, 100)
    assert asked() == first <= 3
    assert summary_of(asha)["granted_cents"] == 500


def test_as_of_any_moment_is_one_query(asha, ravi):
    """100 at nine, 40 sent at ten, 30 more at eleven."""
    make.points(asha, 100)
    transfer_points(actor=asha, receiver=ravi, points_cents=40, now=make.later(hours=1))
    make.points(asha, 30, now=make.later(hours=2))
    moments = [
        make.NOW - timedelta(seconds=1),
        make.NOW,
        make.later(hours=1),
        make.later(hours=1.5),
        make.later(days=900),
    ]
    with counted() as queries:
        had = [balance_as_of(asha, moment) for moment in moments]
    assert had == [0, 100, 60, 60, 90]
    assert len(queries) == len(moments)
    assert balance_as_of(ravi, make.NOW) == 0


def test_a_day_ends_where_the_business_is():
    kolkata = make.tenant("kolkata", timezone="Asia/Kolkata")
    asha = make.user(of=kolkata)
    last_moment = datetime(2026, 1, 13, 18, 29, 59, 999_999, tzinfo=UTC)
    make.points(asha, 100, now=last_moment)
    make.points(asha, 20, now=last_moment + timedelta(microseconds=1))
    assert [balance_on(asha, date(2026, 1, day)) for day in (12, 13, 14)] == [0, 100, 120]


def test_a_day_in_which_nobody_kept_books_is_refused(asha):
    for year in (1899, 3000, 9999):
        with pytest.raises(PeriodOutOfRange):
            balance_on(asha, date(year, 12, 31))


def test_the_list_of_balances_is_the_richest_first_and_does_not_look_at_the_ledger(asha, ravi):
    make.points(asha, 100), make.points(ravi, 300)
    with counted() as queries:
        listed = [(str(account.user), account.balance_cents) for account in balances(make_once("FINANCE"))]
    assert listed == [("Ravi", 300), ("Asha", 100)]
    assert len([query for query in queries if "cashback_accounts" in query["sql"]]) == 1
    assert not [query for query in queries if "cashback_transaction" in query["sql"]]


def test_everybody_else_sees_their_own_balance_only(asha, ravi):
    make.points(asha, 100), make.points(ravi, 300)
    assert [account.user for account in balances(asha)] == [asha]
    assert [account.user for account in balances(ravi)] == [ravi]
    assert not balances(make.user("ADMIN", of=make.tenant("south"))).exists()
    assert balances(make.superuser()).count() == 2


def test_balances_are_found_by_a_part_of_the_name_or_of_the_address(asha, ravi):
    make.points(asha, 100), make.points(ravi, 300)
    office = make.user("ADMIN")
    assert [account.user for account in balances(office, search=" ash ")] == [asha]
    assert [account.user for account in balances(office, search=ravi.email.upper())] == [ravi]
    assert balances(office, search="  ").count() == 2
    assert not balances(office, search="%").exists()


def make_once(role):
    """Somebody of this role, made outside what is counted."""
    return make.user(role)


def test_the_api_tells_what_one_had_at_the_end_of_a_day(asha):
    make.points(asha, 100)
    make.points(asha, 20, now=make.later(days=1))
    told = client_of(asha).get(f"{BALANCE}?as_of=2026-01-13").json()
    assert (told["as_of"], told["as_of_cents"], told["balance_cents"]) == ("2026-01-13", 100, 120)
    told = client_of(asha).get(BALANCE).json()
    assert (told["as_of"], told["as_of_cents"]) == (None, None)
    error_of(client_of(asha).get(f"{BALANCE}?as_of=1066-10-14"), 422, "period_out_of_range")
    error_of(client_of(asha).get(f"{BALANCE}?as_of=yesterday"), 400, "invalid")
