"""Bad input to cashback: unknown kinds, long texts, other types, no JSON; each with its cure."""

import json
import re
from uuid import uuid4

import pytest

from cashback.models import CashbackRedemption, CashbackTransaction
from tests.api.cashback_doors import fixed, grant, lent, opened, payout, transfer
from tests.api.clients import error_of, post
from tests.api.unchanged import nothing_written

pytestmark = [pytest.mark.cashback, pytest.mark.django_db]

A = "/api/cashback"


# Kinds, texts, types --------------------------------------------------------------------------------------

UNKNOWN_KINDS = [
    ("redemptions", "redemption_type", payout),
    ("payment-methods", "payment_type", lambda stage: {"upi_id": "asha@okbank"}),
    ("loans", "loan_type", lent),
    ("loans", "payment_frequency", lent),
    ("loans", "day_count", lent),
    ("trackers", "tracker_type", opened),
]


@pytest.mark.parametrize(("path", "name", "body"), UNKNOWN_KINDS, ids=lambda value: str(value)[:20])
def test_an_unknown_kind_is_refused_and_the_known_ones_are_named(stage, admin, path, name, body):
    whole = body(stage)
    with nothing_written():
        for kind in ("weird", "", 5, None, True, [], {}, "UPI ", "percentage\x00"):
            fields = error_of(post(admin, f"{A}/{path}", whole | {name: kind}, key=uuid4().hex), 400)["fields"]
            assert list(fields) == [name], (kind, fields)
        unknown = error_of(post(admin, f"{A}/{path}", whole | {name: "weird"}, key=uuid4().hex), 400)["fields"]
        assert "Choose one of: " in unknown[name][0]


def test_an_unknown_type_of_cashback_is_not_taken_for_a_fixed_one(stage, admin):
    path, body = f"{A}/admin/loans/{stage.loan().pk}/config", fixed(stage)
    with nothing_written():
        for kind in ("weird", "Fixed", "", None, 5):
            assert list(error_of(post(admin, path, body | {"cashback_type": kind}), 400)["fields"]) == ["cashback_type"]
        error = error_of(post(admin, path, body | {"cashback_type": "percentage"}), 400)
        assert list(error["fields"]) == ["cashback_value"]


@pytest.mark.parametrize(
    "query", ["type=weird", "person=5", "from=yesterday", "to=2026-02-30", "form=csv", "format=xml", "from=20260101"]
)
def test_a_filter_that_cannot_be_meant_is_named(admin, query):
    assert list(error_of(admin.get(f"{A}/transactions?{query}"), 400)["fields"]) == [query.split("=")[0]]


def test_a_period_that_ends_before_it_begins_is_refused(admin):
    error_of(admin.get(f"{A}/transactions?from=2026-02-01&to=2026-01-01"), 422, "period_reversed")


@pytest.mark.parametrize("cursor", ["x", "0", "%00", "eyJhIjoxfQ:1:2"])
def test_a_cursor_that_no_list_gave_out_is_refused(admin, cursor):
    for path in ("transactions", "redemptions", "loans", "trackers", "admin/balances", "admin/tracker-entries"):
        error_of(admin.get(f"{A}/{path}?cursor={cursor}"), 400, "bad_cursor")


ACCOUNT = {
    "payment_type": "account",
    "account_name": "Asha Rao",
    "account_number": "123456789012",
    "ifsc_code": "HDFC0001234",
    "bank_name": "HDFC",
}
WRONG_DETAILS = [
    ("account_number", "1" * 300),
    ("account_number", "12345678"),
    ("account_number", "12345678901x"),
    ("account_number", 123456789012),
    ("account_number", None),
    ("account_number", ""),
    ("account_number", "१२३४५६७८९"),
    ("account_name", "x" * 201),
    ("account_name", ["Asha"]),
    ("account_name", "a\x00b"),
    ("ifsc_code", "HDFC1001234"),
    ("ifsc_code", "H" * 300),
    ("bank_name", "x" * 300),
    ("bank_name", {}),
    ("upi_id", "asha@okbank"),
    ("iban", "DE00"),
]


@pytest.mark.parametrize(("name", "value"), WRONG_DETAILS, ids=lambda value: str(value)[:20].encode("unicode_escape"))
def test_details_that_nobody_can_be_paid_by_are_named_and_never_repeated(stage, customer, name, value):
    stage.all_have_points()
    once = {name: value for name, value in ACCOUNT.items() if name != "payment_type"}
    asked = once | {"redemption_type": "account", "points_cents": 100}
    with nothing_written():
        for path, body in (("payment-methods", ACCOUNT), ("redemptions", asked)):
            answer = post(customer, f"{A}/{path}", body | {name: value}, key=uuid4().hex)
            assert answer.status_code in {400, 422}, answer.content
            error = error_of(answer, answer.status_code)
            assert list(error["fields"]) == [name]
            assert not isinstance(value, str) or len(value) < 5 or value not in answer.content.decode()


def test_a_method_and_other_details_together_are_refused_for_who_knows_where_it_should_go(stage, customer):
    pk, body = stage.method("CUSTOMER"), payout(stage)
    with nothing_written():
        sent = post(customer, f"{A}/redemptions", body | {"payment_method_id": str(pk)}, key="once")
        assert list(error_of(sent, 400)["fields"]) == ["upi_id"]


def test_a_method_of_another_kind_is_named_by_its_key(stage, customer):
    body = {"points_cents": 100, "redemption_type": "gpay", "payment_method_id": str(stage.method("CUSTOMER"))}
    with nothing_written():
        sent = post(customer, f"{A}/redemptions", body, key="once")
        assert list(error_of(sent, 422, "wrong_payment_method")["fields"]) == ["payment_method_id"]


@pytest.mark.parametrize("points", [50_000, 100_000])
def test_a_gift_card_is_a_multiple_of_its_step(stage, customer, points):
    stage.all_have_points()
    body = {"redemption_type": "amazon_gift_card", "points_cents": points}
    assert post(customer, f"{A}/redemptions", body, key="once").status_code == 201


@pytest.mark.parametrize("points", [1, 49_999, 50_001, 75_000])
def test_a_part_of_a_gift_card_is_refused(stage, customer, points):
    stage.all_have_points()
    with nothing_written():
        sent = post(customer, f"{A}/redemptions", {"redemption_type": "amazon_gift_card", "points_cents": points}, "k")
        assert list(error_of(sent, 422, "cannot_be_paid_out")["fields"]) == ["points_cents"]


NO_TEXTS = [5, 1.5, True, [], {}, ["because"]]
TEXTS = [
    ("transfer", "receiver", transfer),
    ("transfer", "receiver_id", lambda stage: {"points_cents": 1}),
    ("transfer", "user_notes", transfer),
    ("admin/grant", "reason", grant),
    ("admin/grant", "notes", grant),
    ("loans", "customer", lent),
    ("loans", "loan_name", lent),
    ("loans", "admin_notes", lent),
    ("loans", "started_on", lent),
    ("loans", "interest_rate", lent),
    ("trackers", "tracker_name", opened),
    ("trackers", "start_date", opened),
    ("redemptions", "payment_method_id", lambda stage: {"points_cents": 1, "redemption_type": "upi"}),
    ("payment-methods", "upi_id", lambda stage: {"payment_type": "upi"}),
]


@pytest.mark.parametrize(("path", "name", "body"), TEXTS, ids=lambda value: str(value)[:20])
def test_what_should_be_a_text_and_is_none_is_named(stage, admin, path, name, body):
    stage.all_have_points()
    whole = body(stage)
    with nothing_written():
        for value in NO_TEXTS:
            error = error_of(post(admin, f"{A}/{path}", whole | {name: value}, key=uuid4().hex), 400, "invalid")
            assert list(error["fields"]) == [name], (value, error)


def test_a_person_in_a_row_is_a_text(stage, admin):
    with nothing_written():
        for value in [*NO_TEXTS, None, "", " "]:
            body = {"rows": [{"user": value, "points_cents": 1}], "reason": "because"}
            error = error_of(post(admin, f"{A}/admin/grant", body, key=uuid4().hex), 400, "invalid")
            assert list(error["fields"]) == ["rows"]


@pytest.mark.parametrize("rows", [[], None, {}, "all", 5, [5], [[]], [None], [{}], [{"user": "x"}] * 501])
def test_rows_are_a_list_of_some_people_with_points(stage, admin, rows):
    with nothing_written():
        for path in ("grant", "remove"):
            body = {"rows": rows, "reason": "because"}
            error = error_of(post(admin, f"{A}/admin/{path}", body, key=uuid4().hex), 400, "invalid")
            assert list(error["fields"]) == ["rows"]


def test_one_wrong_row_refuses_them_all_and_is_named(stage, admin):
    stage.all_have_points()
    rows = [{"user": person.email, "points_cents": 10} for name, person in stage.people.items() if name != "ADMIN"]
    rows[1]["points_cents"] = 10**9
    with nothing_written():
        error = error_of(post(admin, f"{A}/admin/remove", {"rows": rows, "reason": "all"}, key="once"), 422)
        assert list(error["fields"]) == ["rows[2]"]


@pytest.mark.parametrize("body", ["[]", '"text"', "5", "null", "true", "", "{", "{'a': 1}", '{"a": 1,}', "[" * 2000])
def test_a_body_that_is_no_object_is_malformed(stage, admin, body):
    with nothing_written():
        for path in ("transfer", "redemptions", "payment-methods", "admin/grant", "loans", "trackers"):
            headers = {"Idempotency-Key": uuid4().hex}
            sent = admin.post(f"{A}/{path}", body, content_type="application/json", headers=headers)
            error_of(sent, 400)


@pytest.mark.parametrize("content_type", ["text/plain", "application/x-www-form-urlencoded", "text/xml", "image/png"])
def test_a_body_that_is_not_json_is_of_the_wrong_type(stage, admin, content_type):
    with nothing_written():
        for path in ("transfer", "redemptions", "admin/grant", "loans", "trackers"):
            sent = admin.post(
                f"{A}/{path}", "points_cents=5", content_type=content_type, headers={"Idempotency-Key": "k"}
            )
            error_of(sent, 415, "unsupported_media_type")


def test_a_key_that_nobody_knows_is_named(stage, admin):
    stage.all_have_points()
    bodies = {"transfer": transfer, "redemptions": payout, "admin/grant": grant, "loans": lent, "trackers": opened}
    for path, body in bodies.items():
        whole = body(stage)
        with nothing_written():
            sent = post(admin, f"{A}/{path}", whole | {"points": 5}, key=uuid4().hex)
            assert list(error_of(sent, 400)["fields"]) == ["points"]


# Words ----------------------------------------------------------------------------------------------------

WORDS = "<script>alert('1')</script> & \"quotes\" \u0baa\u0bc1\u0bb3\u0bcd\u0bb3\u0bbf \U0001f4b0 =1+1"


def test_html_and_every_script_are_kept_as_they_are_and_answered_as_json(stage, customer):
    body = transfer(stage)
    sent = post(customer, f"{A}/transfer", body | {"user_notes": WORDS}, key="once")
    assert sent.status_code == 201
    assert sent.json()["user_notes"] == WORDS
    assert sent.headers["Content-Type"] == "application/json"
    assert CashbackTransaction.objects.get(pk=sent.json()["id"]).user_notes == WORDS
    listed = customer.get(f"{A}/transactions")
    assert listed.headers["Content-Type"] == "application/json"
    assert listed.json()["results"][0]["user_notes"] == WORDS


def test_in_a_file_no_note_becomes_a_formula(stage, customer):
    post(customer, f"{A}/transfer", transfer(stage) | {"user_notes": "=cmd|' /C calc'!A0"}, key="once")
    lines = b"".join(customer.get(f"{A}/transactions?format=csv")).decode()
    assert ",'=cmd" in lines or ",\"'=cmd" in lines


UNKEPT = {"too long": "x" * 2001, "nul": "a\x00b", "half a character": "a\ud800b", "turned round": "a\u202eb"}


@pytest.mark.parametrize("words", UNKEPT.values(), ids=UNKEPT.keys())
def test_words_that_cannot_be_kept_are_named(stage, admin, words):
    stage.all_have_points()
    cancelled = stage.redemption("CUSTOMER")
    asked = {
        "transfer": transfer(stage) | {"user_notes": words},
        "admin/grant": grant(stage) | {"reason": words},
        f"admin/redemptions/{cancelled}/cancel": {"reason": words},
        "loans": lent(stage) | {"admin_notes": words},
        "trackers": opened(stage) | {"tracker_name": words},
    }
    with nothing_written():
        for path, body in asked.items():
            headers = {"Idempotency-Key": uuid4().hex}
            answer = admin.post(f"{A}/{path}", json.dumps(body), content_type="application/json", headers=headers)
            assert answer.status_code in {400, 422}, (path, answer.content)
            assert len(error_of(answer, answer.status_code)["fields"]) == 1


def test_a_redemption_that_was_decided_is_decided_once(stage, admin):
    pk = stage.redemption()
    assert post(admin, f"{A}/admin/redemptions/{pk}/complete", {"payout_reference": "UTR-1"}).status_code == 200
    with nothing_written():
        for step, body in (("complete", {"payout_reference": "UTR-2"}), ("cancel", {"reason": "late"})):
            said = error_of(post(admin, f"{A}/admin/redemptions/{pk}/{step}", body), 409, "redemption_not_pending")
            assert re.search(r" already, since \d{4}-\d\d-\d\d \d\d:\d\d UTC\. ", said["message"])
    assert CashbackRedemption.objects.get(pk=pk).payout_reference == "UTR-1"


@pytest.mark.parametrize("reference", ["", " ", None, 5, "x" * 201])
def test_a_payout_has_a_reference(stage, admin, reference):
    pk = stage.redemption()
    with nothing_written():
        sent = post(admin, f"{A}/admin/redemptions/{pk}/complete", {"payout_reference": reference})
        assert list(error_of(sent, 400)["fields"]) == ["payout_reference"]


@pytest.mark.parametrize("day", [-1, 101, 3661, 0.5, "0", True, None])
def test_a_day_that_the_tracker_does_not_have_is_refused(stage, admin, day):
    tracker = stage.tracker().pk
    with nothing_written():
        sent = post(admin, f"{A}/trackers/{tracker}/entries", {"day": day, "payment_cents": 1})
        assert sent.status_code in {400, 422}
        assert list(error_of(sent, sent.status_code)["fields"]) == ["day"]
