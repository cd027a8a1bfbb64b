"""Bad input by API: a clear error in the one shape, the right status, and nothing written."""

import json
from datetime import timedelta
from uuid import uuid4

import pytest
from django.utils import timezone
from knox.models import AuthToken
from rest_framework.test import APIClient

from accounts.services import deactivate_user, issue_token, revoke_token
from billing.models import Payment, Sale
from tests import make
from tests.api.clients import client_as, client_of, error_of, pay, post

pytestmark = [pytest.mark.routes, pytest.mark.django_db]

PAYMENTS = "/api/billing/payments"


@pytest.fixture
def office():
    return client_as("FINANCE")


@pytest.fixture
def sale():
    return make.sale(5000)


@pytest.mark.parametrize(
    "amount", [-1, 0, 10.5, 100.0, "100", True, None, [], {}, 10**16, 1e3], ids=lambda value: json.dumps(value)
)
def test_what_is_no_whole_positive_number_of_cents_is_no_amount(office, sale, amount):
    error = error_of(pay(office, sale_id=str(sale.pk), amount_cents=amount), 400, "invalid")
    assert list(error["fields"]) == ["amount_cents"]
    assert not Payment.objects.exists()


@pytest.mark.parametrize("price", [-1, 0.5, "5", True])
def test_the_price_of_a_line_is_a_whole_number_of_cents(office, price):
    body = {
        "customer_id": str(make.customer().pk),
        "sold_at": "2026-01-13T09:00:00Z",
        "lines": [{"description": "Milk", "quantity": 1, "unit_price_cents": price}],
    }
    assert "lines" in error_of(post(office, "/api/billing/sales", body), 400)["fields"]
    assert not Sale.objects.exists()


@pytest.mark.parametrize("quantity", [0, -1, 1.5, "1.0005", "NaN", "1e400", "", True, None])
def test_a_quantity_is_positive_with_three_decimals_and_never_a_float(office, quantity):
    body = {
        "customer_id": str(make.customer().pk),
        "sold_at": "2026-01-13T09:00:00Z",
        "lines": [{"description": "Milk", "quantity": quantity, "unit_price_cents": 100}],
    }
    answer = post(office, "/api/billing/sales", body)
    assert answer.status_code in {400, 422}, answer.content
    assert not Sale.objects.exists()


def test_a_payment_in_another_currency_is_refused(office, sale):
    error = error_of(pay(office, sale_id=str(sale.pk), currency="USD"), 422, "wrong_currency")
    assert error["fields"] == {"currency": ["Must be BDT."]}
    assert not Payment.objects.exists()


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("received_at", "2026-01-13T09:00:00"),
        ("received_at", "2026-13-45T09:00:00Z"),
        ("received_at", 1768294800),
        ("channel", "BARTER"),
        ("currency", "bdt"),
        ("currency", "BDTX"),
        ("currency", 100),
        ("sale_id", "not-a-uuid"),
        ("id", "0193a7c0000070008000000000000001"),
        ("collected_by_id", 7),
        ("reference", "x" * 101),
        ("reference", 7),
        ("reference", "a\x00b"),
        ("amount", 5),
    ],
)
def test_a_malformed_or_unknown_key_is_named(office, sale, field, value):
    error = error_of(pay(office, **{"sale_id": str(sale.pk), field: value}), 400, "invalid")
    assert list(error["fields"]) == [field]
    assert not Payment.objects.exists()


@pytest.mark.parametrize("moment", ["0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z"])
def test_a_time_that_not_every_time_zone_can_show_is_refused(office, sale, moment):
    body = {"customer_id": str(sale.customer_id), "sold_at": moment, "total_cents": 100}
    error = error_of(post(office, "/api/billing/sales", body), 422, "time_out_of_range")
    assert list(error["fields"]) == ["sold_at"]
    error_of(pay(office, sale_id=str(sale.pk), received_at=moment), 422, "time_out_of_range")


def test_a_payment_is_somebodys(office):
    assert "customer_id" in error_of(pay(office), 400)["fields"]


@pytest.mark.parametrize("name", ["customer_id", "sale_id", "route_id", "collected_by_id"])
def test_what_a_body_points_at_must_be_there(office, sale, name):
    body = {"customer_id": str(sale.customer_id), name: str(uuid4())}
    assert list(error_of(pay(office, **body), 404)["fields"]) == [name]
    assert not Payment.objects.exists()


@pytest.mark.parametrize("name", ["customer_id", "sale_id", "route_id", "collected_by_id"])
def test_what_a_body_points_at_must_be_of_the_same_business(office, sale, name):
    dairy = make.tenant("dairy")
    foreign = {
        "customer_id": make.customer(of=dairy),
        "sale_id": make.sale(to=make.customer(of=dairy)),
        "route_id": make.route(of=dairy),
        "collected_by_id": make.user(of=dairy),
    }
    body = {"customer_id": str(sale.customer_id), name: str(foreign[name].pk)}
    assert list(error_of(pay(office, **body), 404)["fields"]) == [name]
    assert not Payment.objects.exists()


@pytest.mark.parametrize("path", ["routes/7", "billing/sales/not-a-uuid", f"billing/payments/{'0' * 40}/history"])
def test_a_malformed_id_in_an_address_is_not_found(office, path):
    error_of(office.get(f"/api/{path}"), 404, "not_found")


@pytest.mark.parametrize(
    "query",
    ["page_size=0", "page_size=201", "page_size=-1", "page_size=many", "cursor=made-up", "status=PAID", "colour=red"],
)
def test_a_senseless_query_is_refused(office, query):
    error_of(office.get(f"{PAYMENTS}?{query}"), 400)


@pytest.mark.parametrize("query", ["from=2026-02-30", "from=yesterday", "to=13.01.2026", "form=2026-01-01"])
def test_a_senseless_period_is_refused(office, query):
    for path in ("/api/routes", f"/api/billing/customers/{make.customer().pk}/statement", "/api/accountability"):
        error_of(office.get(f"{path}?{query}"), 400, "invalid")


def test_a_body_that_is_not_json_is_refused(office):
    headers = {"Idempotency-Key": "1"}
    error_of(office.post(PAYMENTS, "{oops", content_type="application/json", headers=headers), 400, "parse_error")
    for kind in ("text/plain", "application/x-www-form-urlencoded", "application/xml"):
        answer = office.post(PAYMENTS, "amount_cents=1", content_type=kind, headers=headers)
        error_of(answer, 415, "unsupported_media_type")


def test_an_oversized_body_is_refused(office, settings):
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 2000
    error_of(pay(office, reference="x" * 3000), 413, "body_too_large")


@pytest.mark.parametrize("body", [[], [1], "text", 7, None, True])
def test_a_body_that_is_no_object_is_refused(office, body):
    answer = office.post("/api/billing/customers", json.dumps(body), content_type="application/json")
    error_of(answer, 400)


def test_an_expired_a_revoked_and_a_made_up_token_are_refused_alike():
    person = make.user("ADMIN")
    expired, expired_text = issue_token(actor=person)
    AuthToken.objects.filter(pk=expired.pk).update(expiry=timezone.now() - timedelta(seconds=1))
    revoked, revoked_text = issue_token(actor=person)
    revoke_token(token=revoked)
    for text in (expired_text, revoked_text, "rdm_made-up", "", "a b", "ü"):
        client = APIClient(raise_request_exception=False)
        client.credentials(HTTP_AUTHORIZATION=f"Bearer {text}")
        error_of(client.get("/api/routes"), 401)


def test_a_person_who_left_is_out_at_once():
    person = make.user("ADMIN")
    client = client_of(person)
    assert client.get("/api/routes").status_code == 200
    deactivate_user(actor=None, user=person, reason="left")
    error_of(client.get("/api/routes"), 401)


@pytest.mark.parametrize("method", ["put", "patch", "delete", "options"])
def test_a_method_that_an_address_does_not_know_is_said_so(office, method):
    error_of(getattr(office, method)("/api/accountability", {}, format="json"), 405, "method_not_allowed")


def test_too_many_sales_at_once_are_refused(office):
    route = make.route("PENDING")
    body = {"sale_ids": [str(uuid4()) for _ in range(201)]}
    assert "sale_ids" in error_of(post(office, f"/api/routes/{route.pk}/sales", body), 400)["fields"]
    assert "sale_ids" in error_of(post(office, f"/api/routes/{route.pk}/sales", {"sale_ids": []}), 400)["fields"]


def test_a_batch_size_of_zero_or_less_never_starts_a_run(office):
    admin = client_as("ADMIN")
    for size in (0, -5):
        error_of(post(admin, "/api/admin/backfill-payment-route-id?dry_run=false", {"batch_size": size}), 400)
