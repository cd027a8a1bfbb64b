"""Points and money in bodies: whole hundredths as JSON numbers; what only looks like one is refused by name, and nothing moves.

The old system took 0.004, Infinity, `1e3` and numbers of twenty digits, and answered 500 to a text.
"""

import json
from typing import Any

import pytest

from tests.api.clients import client_of, error_of, post
from tests.api.stage import Stage
from tests.api.unchanged import nothing_written

pytestmark = [pytest.mark.cashback, pytest.mark.django_db]

A = "/api/cashback"
HERE = "AMOUNT"

NO_JSON = ["NaN", "Infinity", "-Infinity", "0x10", "1_000", "01", "+5", ".5", "9" * 5000]
NO_POINTS = [
    '"5"',
    '"1e3"',
    '"NaN"',
    '"Infinity"',
    '"ten"',
    '""',
    '"\\u0967\\u0966"',
    "0.004",
    "1e3",
    "5.0",
    "1e400",
    "true",
    "false",
    "null",
    "[]",
    "[5]",
    "{}",
    "0",
    "-1",
    str(10**15 + 1),
    str(10**30),
]


def transfer(stage: Stage) -> tuple[str, dict[str, Any]]:
    return f"{A}/transfer", {"receiver": stage.somebody_else().email, "points_cents": HERE}


def redemption(stage: Stage) -> tuple[str, dict[str, Any]]:
    return f"{A}/redemptions", {"redemption_type": "upi", "upi_id": "asha@okbank", "points_cents": HERE}


def grant(stage: Stage) -> tuple[str, dict[str, Any]]:
    rows = [{"user": stage.people["CUSTOMER"].email, "points_cents": HERE}]
    return f"{A}/admin/grant", {"rows": rows, "reason": "welcome"}


def removal(stage: Stage) -> tuple[str, dict[str, Any]]:
    rows = [{"user": stage.people["CUSTOMER"].email, "points_cents": HERE}]
    return f"{A}/admin/remove", {"rows": rows, "reason": "twice"}


def fixed(stage: Stage) -> tuple[str, dict[str, Any]]:
    body = {"user": stage.somebody_else().email, "cashback_type": "fixed", "points_cents": HERE}
    return f"{A}/admin/loans/{stage.loan().pk}/config", body


def by_hand(stage: Stage) -> tuple[str, dict[str, Any]]:
    rows = [{"user": stage.people["CUSTOMER"].email, "points_cents": HERE}]
    return f"{A}/loan-payments/{stage.loan_payment().pk}/verify", {"cashback": rows, "cashback_reason": "agreed"}


def entry_by_hand(stage: Stage) -> tuple[str, dict[str, Any]]:
    rows = [{"user": stage.people["CUSTOMER"].email, "points_cents": HERE}]
    return f"{A}/admin/tracker-entries/{stage.tracker_entry().pk}/approve", {
        "cashback": rows,
        "cashback_reason": "agreed",
    }


def principal(stage: Stage) -> tuple[str, dict[str, Any]]:
    body = {"customer": stage.people["CUSTOMER"].email, "loan_name": "Shop", "principal_cents": HERE}
    return f"{A}/loans", {**body, "interest_rate": "0.12", "started_on": "2026-01-13"}


def paid(stage: Stage) -> tuple[str, dict[str, Any]]:
    return f"{A}/loans/{stage.loan().pk}/payments", {"amount_cents": HERE, "payment_date": "2026-01-13"}


def changed(stage: Stage) -> tuple[str, dict[str, Any]]:
    return f"{A}/loan-payments/{stage.loan_payment().pk}/change", {"amount_cents": HERE, "reason": "mistyped"}


def a_day(stage: Stage) -> tuple[str, dict[str, Any]]:
    tracker = {"user": stage.people["CUSTOMER"].email, "tracker_name": "Stall", "tracker_type": "50K"}
    tracker |= {"investment_cents": 1, "scheme_period_days": 100, "start_date": "2026-01-13"}
    return f"{A}/trackers", {**tracker, "per_day_payment_cents": HERE}


OF_POINTS = [transfer, redemption, grant, removal, fixed, by_hand, entry_by_hand]
OF_MONEY = [principal, paid, changed, a_day]
NAMED = {grant: "rows", removal: "rows", by_hand: "cashback", entry_by_hand: "cashback", principal: "principal_cents"}
NAMED |= {paid: "amount_cents", changed: "amount_cents", a_day: "per_day_payment_cents"}


@pytest.fixture
def stage():
    stage = Stage()
    stage.all_have_points()
    return stage


def send(stage: Stage, asked: tuple[str, dict[str, Any]], raw: str) -> Any:
    """Send a body with this very text in place of the amount."""
    path, body = asked
    text = json.dumps(body).replace(f'"{HERE}"', raw)
    headers = {"Idempotency-Key": "once"}
    return client_of(stage.people["ADMIN"]).post(path, text, content_type="application/json", headers=headers)


@pytest.mark.parametrize("door", OF_POINTS + OF_MONEY, ids=lambda door: door.__name__)
def test_what_is_no_whole_positive_number_is_refused_by_its_name_and_nothing_is_written(stage, door):
    asked = door(stage)
    most = [raw for raw in NO_POINTS if not (door in (by_hand, entry_by_hand) and raw == "null")]
    with nothing_written():
        for raw in most:
            fields = error_of(send(stage, asked, raw), 400, "invalid")["fields"]
            assert list(fields) == [NAMED.get(door, "points_cents")], (raw, fields)


@pytest.mark.parametrize("door", OF_POINTS + OF_MONEY, ids=lambda door: door.__name__)
def test_what_is_no_number_of_json_is_no_json(stage, door):
    asked = door(stage)
    with nothing_written():
        for raw in NO_JSON:
            error_of(send(stage, asked, raw), 400, "parse_error")


@pytest.mark.parametrize("door", [transfer, redemption], ids=lambda door: door.__name__)
def test_who_has_less_gives_nothing_and_hears_what_they_have(stage, door):
    asked = door(stage)
    with nothing_written():
        error = error_of(send(stage, asked, "100001"), 422, "balance_too_low")
    assert error["fields"] == {"points_cents": ["At most 100000."]}
    assert error["message"] == "You have 1,000.00 points, not 1,000.01. Give less."


def test_exactly_what_somebody_has_may_be_given(stage):
    assert send(stage, transfer(stage), "100000").status_code == 201
    assert client_of(stage.people["ADMIN"]).get(f"{A}/balance").json()["balance_cents"] == 0


def test_a_balance_that_was_read_before_it_was_spent_counts_no_more(stage):
    admin = client_of(stage.people["ADMIN"])
    read = admin.get(f"{A}/balance").json()["balance_cents"]
    path, body = transfer(stage)
    assert post(admin, path, body | {"points_cents": read - 1}, key="first").status_code == 201
    with nothing_written():
        error_of(post(admin, path, body | {"points_cents": read}, key="second"), 422, "balance_too_low")
        path, body = redemption(stage)
        error_of(post(admin, path, body | {"points_cents": read}, key="third"), 422, "balance_too_low")


def test_two_redemptions_together_never_ask_for_more_than_there_is(stage):
    admin = client_of(stage.people["ADMIN"])
    path, body = redemption(stage)
    assert post(admin, path, body | {"points_cents": 60_000}, key="first").status_code == 201
    with nothing_written():
        error_of(post(admin, path, body | {"points_cents": 60_000}, key="second"), 422, "balance_too_low")


@pytest.mark.parametrize(
    "rate", [0.12, 1, "1.5", "0.1234567", "-0.1", "NaN", "Infinity", "1e-2", "12%", "", "0,12", ".5", "٠.١", True, None]
)
def test_a_rate_is_a_fraction_as_text(stage, rate):
    path, body = principal(stage)
    with nothing_written():
        sent = post(client_of(stage.people["ADMIN"]), path, body | {"principal_cents": 1, "interest_rate": rate}, "key")
        assert list(error_of(sent, 400, "invalid")["fields"]) == ["interest_rate"]


@pytest.mark.parametrize(
    ("share", "status"),
    [(0.05, 400), ("1.0001", 400), ("0.00001", 400), ("5%", 400), ("NaN", 400), ("1e-2", 400), (True, 400), ("0", 422)],
)
def test_a_share_is_a_fraction_as_text_above_nothing(stage, share, status):
    path, body = fixed(stage)
    del body["points_cents"]
    with nothing_written():
        sent = post(
            client_of(stage.people["ADMIN"]), path, body | {"cashback_type": "percentage", "cashback_value": share}
        )
        assert list(error_of(sent, status)["fields"]) == ["cashback_value"]


def test_all_shares_together_give_the_base_away_once_at_most(stage):
    path, body = fixed(stage)
    admin = client_of(stage.people["ADMIN"])
    shares = {"cashback_type": "percentage", "cashback_value": "0.6"}
    del body["points_cents"]
    assert post(admin, path, body | shares).status_code == 201
    with nothing_written():
        other = body | shares | {"user": stage.somebody_else().email}
        assert list(error_of(post(admin, path, other), 422, "shares_over_whole")["fields"]) == ["cashback_value"]
        assert list(error_of(post(admin, path, body | shares), 409, "already_configured")["fields"]) == ["user"]
