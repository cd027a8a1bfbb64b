"""One error shape everywhere, the right status, and never a 500 for bad input."""

import json
import logging

import pytest
from django.test import Client

from accounts.logs import JsonFormatter

pytestmark = [pytest.mark.ground, pytest.mark.django_db, pytest.mark.urls("tests.config.doors")]


@pytest.fixture
def client() -> Client:
    return Client(raise_request_exception=False)


def error_of(response) -> dict:
    body = response.json()
    assert set(body) == {"error"}
    assert {"code", "message"} <= set(body["error"]) <= {"code", "message", "fields"}
    assert body["error"]["code"] and body["error"]["message"]
    return body["error"]


@pytest.mark.parametrize(
    ("kind", "status", "code"),
    [
        ("rule", 422, "rule_broken"),
        ("conflict", 409, "conflict"),
        ("not-allowed", 403, "not_allowed"),
        ("not-found", 404, "not_found"),
        ("http404", 404, "not_found"),
        ("permission", 403, "not_allowed"),
        ("throttled", 429, "throttled"),
        ("model-validation", 400, "invalid"),
        ("data", 400, "parse_error"),
        ("defect", 500, "server_error"),
    ],
)
def test_each_kind_of_error_has_its_status_and_code(client, kind, status, code):
    response = client.get(f"/api/raise/{kind}")
    assert response.status_code == status
    assert error_of(response)["code"] == code


def test_a_refusal_names_its_fields_and_keeps_its_words(client):
    error = error_of(client.get("/api/raise/rule"))
    assert error["message"] == "The sale is cancelled. Choose another."
    assert error["fields"] == {"sale": ["cancelled"]}


def test_an_error_never_tells_what_the_code_said_to_itself(client):
    for kind in ("permission", "http404", "defect"):
        assert b"secret detail" not in client.get(f"/api/raise/{kind}").content
        assert b"Payment matches" not in client.get(f"/api/raise/{kind}").content
        assert b"a bug" not in client.get(f"/api/raise/{kind}").content


def test_a_throttled_client_reads_when_to_come_back(client):
    assert client.get("/api/raise/throttled")["Retry-After"] == "12"


BAD_BODIES = {
    "not JSON": b"{amount",
    "empty": b"",
    "not UTF-8": b'{"note": "\xff"}',
    "a list": b"[1, 2]",
    "a number": b"7",
    "null": b"null",
    "not a number": b'{"amount_cents": NaN}',
    "infinity": b'{"amount_cents": 1e999}',
    "negative": b'{"amount_cents": -5}',
    "zero": b'{"amount_cents": 0}',
    "fraction": b'{"amount_cents": 10.5}',
    "beyond bigint": b'{"amount_cents": 99999999999999999999}',
    "nested too deep": b"[" * 100_000 + b"]" * 100_000,
    "NUL": b'{"amount_cents": 1, "note": "a\\u0000b"}',
    "half a character": b'{"amount_cents": 1, "note": "\\ud800"}',
    "a wrong line": b'{"amount_cents": 1, "lines": [1, "x"]}',
}


@pytest.mark.parametrize("body", BAD_BODIES.values(), ids=BAD_BODIES.keys())
def test_a_malformed_body_answers_400(client, body):
    response = client.post("/api/take", body, content_type="application/json")
    assert response.status_code == 400, response.content
    error_of(response)


def test_a_body_that_is_not_json_by_its_own_word_answers_415(client):
    response = client.post("/api/take", "amount_cents=1", content_type="application/x-www-form-urlencoded")
    assert response.status_code == 415
    assert error_of(response)["code"] == "unsupported_media_type"


@pytest.mark.parametrize(
    ("sent_as", "body", "what", "cure"),
    [
        (
            "application/x-www-form-urlencoded",
            b"amount_cents=1",
            "The body of POST /api/take was sent as application/x-www-form-urlencoded.",
            "Send JSON, with the header Content-Type: application/json.",
        ),
        (
            "application/json",
            b"{amount",
            "The body of POST /api/take is not JSON: Expecting property name enclosed in double quotes: line 1 column 2",
            "Correct it there and send the request again.",
        ),
    ],
    ids=["415", "400"],
)
def test_a_body_that_cannot_be_read_says_what_where_and_cure(client, sent_as, body, what, cure):
    message = error_of(client.post("/api/take", body, content_type=sent_as))["message"]
    assert message.startswith(what)
    assert message.endswith(cure)


def test_a_role_that_may_not_do_this_reads_what_where_and_whom_to_ask(client):
    message = error_of(client.get("/api/raise/permission"))["message"]
    assert message == (
        "Your role may not do this: GET /api/raise/permission. "
        "Ask an administrator of your business to do it, or for a role that may."
    )


def test_an_oversized_body_answers_413_and_names_the_limit(client, settings):
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 2048
    response = client.post("/api/take", b'{"note": "' + b"x" * 3000 + b'"}', content_type="application/json")
    assert response.status_code == 413
    assert "2048" in error_of(response)["message"]


@pytest.mark.parametrize("path", ["/api/nowhere", "/api", "/api/", "/api/things/not-a-uuid", "/api/take/", "/api/%00"])
def test_an_unknown_address_or_malformed_id_answers_404_in_our_shape(client, path):
    response = client.get(path)
    assert response.status_code == 404
    assert error_of(response)["code"] == "not_found"


def test_a_post_to_an_unknown_address_or_malformed_id_answers_404_too():
    strict = Client(enforce_csrf_checks=True)
    for path in ("/api/nowhere", "/api/things/not-a-uuid"):
        response = strict.post(path, {}, content_type="application/json")
        assert response.status_code == 404
        error_of(response)


def test_an_unknown_address_outside_the_api_answers_a_page(client):
    response = client.get("/nowhere")
    assert response.status_code == 404
    assert response["Content-Type"].startswith("text/html")


def test_a_wrong_method_answers_405(client):
    response = client.get("/api/take")
    assert response.status_code == 405
    assert error_of(response)["code"] == "method_not_allowed"


def test_no_token_answers_401_and_says_which_kind_is_wanted(client):
    response = client.get("/api/auth/me")
    assert response.status_code == 401
    assert response["WWW-Authenticate"] == "Bearer"
    error_of(response)


def test_a_post_needs_no_csrf_token(settings):
    strict = Client(enforce_csrf_checks=True)
    assert strict.post("/api/take", {"amount_cents": 1}, content_type="application/json").status_code == 200


def test_a_defect_is_logged_with_the_id_that_the_answer_carries(client, caplog):
    lines = []
    handler = logging.Handler()
    handler.setFormatter(JsonFormatter())
    handler.emit = lambda record: lines.append(json.loads(handler.format(record)))
    logging.getLogger("django.request").addHandler(handler)
    try:
        response = client.get("/api/raise/defect", headers={"X-Request-ID": "from-the-phone-1"})
    finally:
        logging.getLogger("django.request").removeHandler(handler)
    assert response["X-Request-ID"] == "from-the-phone-1"
    assert [line["request_id"] for line in lines] == ["from-the-phone-1"]
    assert "ZeroDivisionError" in lines[0]["exception"]
