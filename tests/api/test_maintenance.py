"""While a business is under maintenance its API takes no writes: 503, until when and why. Reads, log-in and backfills go on."""

import json
import time
from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import URLPattern, URLResolver, get_resolver
from django.utils import timezone
from rest_framework.test import APIClient

from accounts.models import RefusedWrite
from billing.models import Customer, GatewayEvent, Payment
from billing.rules.gateway_signature import signature_of
from operations.models import BackfillRun
from operations.services import begin_maintenance, end_maintenance
from tests import legacy, make
from tests.api.clients import client_as, client_of, error_of, pay, post

pytestmark = [pytest.mark.ground, pytest.mark.django_db]

GOES_ON = {
    "auth/login",
    "auth/logout",
    "auth/logout-all",
    "admin/backfill-payment-route-id",
    "admin/backfills/<str:name>",
    "admin/backfill-runs/<uuid:pk>/pause",
    "admin/backfill-runs/<uuid:pk>/resume",
    "admin/backfill-runs/<uuid:pk>/cancel",
    "admin/backfill-runs/<uuid:pk>/undo",
}


def freeze(tenant=None, minutes=30, reason="Moving the server"):
    now = timezone.now()
    until = now + timedelta(minutes=minutes) if minutes else None
    return begin_maintenance(actor=None, tenant=tenant, reason=reason, now=now, expected_until=until)


def thaw(tenant=None):
    return end_maintenance(actor=None, tenant=tenant, now=timezone.now())


def api_doors(patterns=None, prefix=""):
    """(path, class) of every endpoint under /api/."""
    for entry in get_resolver().url_patterns if patterns is None else patterns:
        path = f"{prefix}{entry.pattern}"
        if isinstance(entry, URLResolver):
            yield from api_doors(entry.url_patterns, path)
        elif isinstance(entry, URLPattern) and path.startswith("api/") and hasattr(entry.callback, "cls"):
            yield path.removeprefix("api/"), entry.callback.cls


def concrete(path):
    """The path with a value for each of its parameters."""
    for kind, value in {"<uuid:": str(uuid4()), "<int:": "1", "<str:": "x", "<slug:": "x"}.items():
        while kind in path:
            start = path.index(kind)
            path = path[:start] + value + path[path.index(">", start) + 1 :]
    return f"/api/{path}"


WRITES = [
    (path, method)
    for path, door in api_doors()
    for method in ("post", "put", "patch", "delete")
    if hasattr(door, method) and path != "billing/gateway/callback"  # it signs its calls: a test of its own
]


def test_a_write_is_refused_with_what_until_when_and_why():
    admin, shop = client_as("ADMIN"), make.customer()
    freeze()
    answer = pay(admin, customer_id=str(shop.pk))
    words = error_of(answer, 503, "maintenance")["message"]
    assert "Writes of all businesses are frozen for maintenance since" in words
    assert "probably until" in words
    assert "Why: Moving the server. Nothing was written." in words
    assert 1700 < int(answer["Retry-After"]) <= 1800
    assert not Payment.objects.exists()


def test_without_an_expected_end_one_is_told_to_come_again_in_five_minutes():
    freeze(minutes=None)
    answer = pay(client_as("ADMIN"))
    assert "until it is turned off" in error_of(answer, 503, "maintenance")["message"]
    assert answer["Retry-After"] == "300"


@pytest.mark.parametrize(("path", "method"), WRITES, ids=lambda value: value)
def test_every_endpoint_that_writes_is_refused_but_log_in_and_backfills(path, method):
    client = client_of(make.superuser())
    freeze()
    answer = getattr(client, method)(concrete(path), {}, format="json")
    if path in GOES_ON:
        assert answer.status_code != 503, answer.content
    else:
        error_of(answer, 503, "maintenance")


def test_what_goes_on_is_an_endpoint_each():
    assert {path for path, _ in WRITES} >= GOES_ON


def test_only_the_business_that_is_under_maintenance_is_frozen():
    here, there = client_as("ADMIN"), client_as("ADMIN", of=make.tenant("other"))
    freeze(make.tenant())
    body = {"name": "Shop"}
    assert "Distro" in error_of(post(here, "/api/billing/customers", body), 503)["message"]
    assert post(there, "/api/billing/customers", body).status_code == 201


def test_who_stands_above_all_may_write_for_a_business_that_is_not_frozen():
    owner = client_of(make.superuser())
    make.tenant("other")
    freeze(make.tenant())
    body = {"name": "Shop"}
    error_of(post(owner, "/api/billing/customers?tenant=distro", body), 503)
    error_of(post(owner, "/api/billing/customers", body), 503)
    assert post(owner, "/api/billing/customers?tenant=other", body).status_code == 201


def test_afterwards_the_same_request_is_done_with_its_key():
    admin, shop, key = client_as("ADMIN"), make.customer(), uuid4().hex
    freeze()
    error_of(pay(admin, key=key, customer_id=str(shop.pk)), 503)
    thaw()
    answer = pay(admin, key=key, customer_id=str(shop.pk))
    assert answer.status_code == 201
    assert "Idempotency-Replayed" not in answer


def test_reads_go_on_and_cost_nothing_more():
    admin = client_as("ADMIN")
    with CaptureQueriesContext(connection) as before:
        admin.get("/api/billing/customers")
    freeze()
    with CaptureQueriesContext(connection) as meanwhile:
        assert admin.get("/api/billing/customers").status_code == 200
    assert len(before) == len(meanwhile)


def test_a_write_costs_one_query_more():
    admin = client_as("ADMIN")
    with CaptureQueriesContext(connection) as asked:
        assert post(admin, "/api/billing/customers", {"name": "Shop"}).status_code == 201
    assert len([query for query in asked if 'FROM "maintenance"' in query["sql"]]) == 1


def test_people_log_in_and_out():
    make.user("ADMIN")
    person = make.user("ADMIN", password="a long enough pass word")
    freeze()
    client = APIClient()
    said = {"email": person.email, "password": "a long enough pass word"}
    answer = post(client, "/api/auth/login", said)
    assert answer.status_code == 200, answer.content
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {answer.json()['token']}")
    assert client.get("/api/auth/me").status_code == 200
    assert post(client, "/api/auth/logout").status_code == 204


def test_a_stranger_is_still_a_stranger_and_an_unknown_address_unknown():
    freeze()
    error_of(post(APIClient(), "/api/billing/customers", {"name": "Shop"}), 401)
    wrong = APIClient(headers={"Authorization": "Bearer rdm_wrong"})
    error_of(post(wrong, "/api/billing/customers", {"name": "Shop"}), 401)
    error_of(post(client_as("ADMIN"), "/api/nowhere"), 404)
    error_of(client_as("ADMIN").put("/api/auth/me"), 405)


def test_operators_preview_execute_and_undo_backfills():
    payment, admin = legacy.payment(sale=make.sale(route=make.route())), client_as("ADMIN")
    freeze()
    post(admin, "/api/admin/backfill-payment-route-id")
    assert post(admin, "/api/admin/backfill-payment-route-id?dry_run=false").json()["payments_updated"] == 1
    run = BackfillRun.objects.get(is_dry_run=False)
    assert post(admin, f"/api/admin/backfill-runs/{run.pk}/undo").status_code == 200
    payment.refresh_from_db()
    assert payment.route_id is None


def test_the_gateway_is_told_to_come_again_and_nothing_is_lost(settings):
    settings.GATEWAY_SECRETS = {"distro": ["a" * 32], "other": ["b" * 32]}
    make.tenant("other")
    freeze(make.tenant())
    said = {"event_id": "e-1", "external_reference": "TX", "kind": "SUCCEEDED", "amount_cents": 1, "currency": "BDT"}

    def call(slug):
        body, timestamp = json.dumps(said).encode(), str(int(time.time()))
        proof = signature_of(secret=settings.GATEWAY_SECRETS[slug][0], timestamp=timestamp, slug=slug, body=body)
        signed = {"X-Gateway-Tenant": slug, "X-Gateway-Timestamp": timestamp, "X-Gateway-Signature": proof}
        return Client().post("/api/billing/gateway/callback", body, content_type="application/json", headers=signed)

    answer = call("distro")
    error_of(answer, 503, "maintenance")
    assert int(answer["Retry-After"]) > 0
    assert call("other").status_code == 202, "the other business is not frozen"
    assert not GatewayEvent.objects.filter(tenant__slug="distro").exists()
    thaw(make.tenant())
    assert call("distro").status_code == 202


def test_the_load_balancer_goes_on_sending_people():
    freeze()
    assert Client().get("/healthz").status_code == 200
    assert Client().get("/readyz").status_code == 200


def test_a_refusal_leaves_no_row():
    admin = client_as("ADMIN")
    freeze()
    before = Customer.objects.count(), RefusedWrite.objects.count()
    error_of(post(admin, "/api/billing/customers", {"name": "Shop"}), 503)
    assert (Customer.objects.count(), RefusedWrite.objects.count()) == before
