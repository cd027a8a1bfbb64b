"""The gateway's door: signed, recent, safe to repeat; what cannot be done is kept for the office."""

import json
import time

import pytest
from rest_framework.test import APIClient

from billing.models import GatewayEvent, Payment
from billing.rules.gateway_signature import signature_of
from tests import make
from tests.api.clients import client_as, client_of, error_of, pay, post

pytestmark = [pytest.mark.allocations, pytest.mark.django_db]

SECRET, OTHER_SECRET = "a" * 32, "b" * 32
SAID = {
    "event_id": "e-1",
    "external_reference": "TX-1",
    "kind": "SUCCEEDED",
    "amount_cents": 1000,
    "currency": "BDT",
}


@pytest.fixture(autouse=True)
def secrets(settings):
    settings.GATEWAY_SECRETS = {"distro": [SECRET], "other": [OTHER_SECRET], "nobody": [SECRET]}


@pytest.fixture
def started():
    """A payment of 10.00 that the office started by API."""
    shop = make.customer()
    fields = {"channel": "GATEWAY", "external_reference": "TX-1"}
    answer = pay(client_as("FINANCE"), customer_id=str(shop.pk), **fields)
    assert (answer.status_code, answer.json()["status"]) == (201, "INITIATED"), answer.content
    return Payment.objects.get()


def call(said=None, *, slug="distro", secret=SECRET, timestamp=None, body=None, **headers):
    """Call as the gateway does."""
    body = json.dumps(SAID if said is None else said).encode() if body is None else body
    timestamp = str(int(time.time())) if timestamp is None else timestamp
    signed = {
        "X-Gateway-Tenant": slug,
        "X-Gateway-Timestamp": timestamp,
        "X-Gateway-Signature": signature_of(secret=secret, timestamp=timestamp, slug=slug, body=body),
    }
    sent = {name: value for name, value in {**signed, **headers}.items() if value is not None}
    client = APIClient(raise_request_exception=False)
    return client.post("/api/billing/gateway/callback", body, content_type="application/json", headers=sent)


def test_a_signed_call_is_done(started):
    answer = call()
    assert (answer.status_code, answer.json()) == (200, {"event_id": "e-1", "outcome": "DONE"})
    started.refresh_from_db()
    assert started.status == "SUCCEEDED"


def test_played_again_it_is_answered_the_same_and_done_once(started):
    first, again = call(), call()
    assert (first.status_code, first.json()) == (again.status_code, again.json())
    assert GatewayEvent.objects.count() == 1


def test_an_unknown_reference_is_kept_for_the_office_which_settles_it():
    office = client_as("FINANCE")
    answer = call()
    assert (answer.status_code, answer.json()["outcome"]) == (202, "UNKNOWN_REFERENCE")
    [event] = office.get("/api/billing/gateway/events?to_review=true").json()["results"]
    assert (event["external_reference"], event["payment_id"]) == ("TX-1", None)
    settled = post(office, f"/api/billing/gateway/events/{event['id']}/settle", {"reason": "a test of theirs"})
    assert settled.json()["settled_reason"] == "a test of theirs"
    assert office.get("/api/billing/gateway/events?to_review=true").json()["results"] == []
    again = post(office, f"/api/billing/gateway/events/{event['id']}/settle", {"reason": "again"})
    error_of(again, 409, "nothing_to_settle")


def test_another_amount_is_kept_for_the_office(started):
    answer = call({**SAID, "amount_cents": 999})
    assert (answer.status_code, answer.json()["outcome"]) == (202, "REFUSED")
    started.refresh_from_db()
    assert started.status == "INITIATED"


def test_the_same_event_that_says_something_else_is_a_conflict(started):
    call()
    error_of(call({**SAID, "kind": "FAILED"}), 409, "gateway_event_changed")


@pytest.mark.parametrize(
    "wrong",
    [
        {"secret": OTHER_SECRET},
        {"X-Gateway-Signature": None},
        {"X-Gateway-Signature": "é"},
        {"X-Gateway-Signature": "0" * 64},
        {"X-Gateway-Timestamp": None},
        {"X-Gateway-Tenant": None},
        {"X-Gateway-Tenant": "other"},
        {"slug": "other"},
        {"slug": "unheard-of"},
        {"slug": "nobody"},
        {"slug": "distro\x00"},
        {"timestamp": "0"},
        {"timestamp": "-1"},
        {"timestamp": "soon"},
        {"timestamp": "9" * 30},
        {"timestamp": "٣"},
    ],
    ids=str,
)
def test_a_call_that_is_not_signed_by_this_business_just_now_is_not_heard(started, wrong):
    make.tenant("other")
    error = error_of(call(**wrong), 401, "bad_signature")
    assert SECRET not in str(error)
    assert not GatewayEvent.objects.exists()


@pytest.mark.parametrize("seconds", [-301, 301])
def test_a_call_from_more_than_five_minutes_ago_or_ahead_is_not_heard(started, seconds):
    error_of(call(timestamp=str(int(time.time()) + seconds + (1 if seconds > 0 else 0))), 401, "bad_signature")


def test_one_changed_byte_is_noticed(started):
    timestamp = str(int(time.time()))
    body = json.dumps(SAID).encode()
    signature = signature_of(secret=SECRET, timestamp=timestamp, slug="distro", body=body)
    changed = body.replace(b"1000", b"9000")
    error_of(call(body=changed, timestamp=timestamp, **{"X-Gateway-Signature": signature}), 401, "bad_signature")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("amount_cents", 0),
        ("amount_cents", -1),
        ("amount_cents", 10.0),
        ("amount_cents", "1000"),
        ("kind", "MAYBE"),
        ("currency", "bdt"),
        ("event_id", ""),
        ("event_id", "x" * 101),
        ("external_reference", 7),
        ("external_reference", "a\x00"),
        ("more", 1),
    ],
)
def test_a_signed_call_that_is_malformed_is_named(started, name, value):
    error = error_of(call({**SAID, name: value}), 400, "invalid")
    assert list(error["fields"]) == [name]
    assert not GatewayEvent.objects.exists()


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"7", b"\xff", b"null"])
def test_a_signed_body_that_is_no_object_is_malformed(started, body):
    error_of(call(body=body), 400)
    assert not GatewayEvent.objects.exists()


def test_while_a_secret_is_replaced_the_old_and_the_new_are_heard(started, settings):
    new = "n" * 40
    error_of(call(secret=new), 401, "bad_signature")
    settings.GATEWAY_SECRETS = {"distro": [new, SECRET]}
    assert call(secret=SECRET).status_code == 200
    assert call({**SAID, "event_id": "e-2"}, secret=new).status_code == 200
    settings.GATEWAY_SECRETS = {"distro": [new]}
    error_of(call({**SAID, "event_id": "e-3"}), 401, "bad_signature")


def test_without_a_secret_nobody_is_heard(started, settings):
    settings.GATEWAY_SECRETS = {}
    error_of(call(secret=""), 401, "bad_signature")


def test_a_person_with_a_token_is_not_the_gateway(started):
    error_of(post(client_of(make.user("ADMIN")), "/api/billing/gateway/callback", SAID), 401, "bad_signature")
