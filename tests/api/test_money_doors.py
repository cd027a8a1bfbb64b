"""Every POST that moves money, or makes somebody owe it, takes an `Idempotency-Key`: sent twice, it is done once.

A new POST takes a key, or stands in `MOVES_NO_MONEY` with its reason. Bodies and people come from `DOORS`.
"""

from typing import Any

import pytest
from django.urls import resolve

from accounts.models import IdempotentRequest
from tests.api.clients import client_of, error_of
from tests.api.stage import Stage
from tests.api.test_every_door import DOORS, endpoints

pytestmark = [pytest.mark.allocations, pytest.mark.django_db]

CHANGES = {"POST", "PATCH", "PUT"}
SUBSCRIPTIONS = "api/v1/services/internet-plans/subscriptions"
MOVES_NO_MONEY = {
    "api/auth/login": "opens a session",
    "api/auth/logout": "ends a session",
    "api/auth/logout-all": "ends all sessions",
    "api/rounds": "where somebody goes",
    "api/routes": "who goes when",
    "api/routes/<uuid:pk>/start": "a step that is taken once; what it freezes are figures",
    "api/routes/<uuid:pk>/complete": "a step that is taken once",
    "api/routes/<uuid:pk>/reopen": "a step that is taken once",
    "api/routes/<uuid:pk>/sales": "puts sales on a route; putting them there again changes nothing",
    "api/billing/gateway/callback": "repeated by the gateway's own reference: tests/api/test_gateway.py",
    "api/billing/invoices/generate": "bills every delivery and sale once, by a claim that the database keeps",
    "api/dairy/products": "a price list",
    "api/dairy/products/<uuid:pk>/prices": "a price list",
    "api/dairy/standing-orders": "what shall come, not yet owed",
    "api/dairy/standing-orders/<uuid:pk>/end": "what shall come",
    "api/dairy/standing-orders/<uuid:pk>/changes": "what shall come",
    "api/dairy/standing-order-changes/<uuid:pk>/end": "what shall come",
    "api/dairy/standing-order-changes/<uuid:pk>/withdraw": "what shall come",
    "api/dairy/orders": "what shall come",
    "api/dairy/orders/generate": "what shall come, each once a day",
    "api/cashback/payment-methods/<uuid:pk>/reveal": "reads",
    "api/cashback/admin/redemptions/<uuid:pk>/reveal": "reads",
    "api/cashback/trackers/<uuid:pk>/workbook": "days that wait to be approved; one as before stays as it is",
    "api/admin/backfill-payment-route-id": "one run at a time, which knows what is done",
    "api/admin/backfills/<str:name>": "one run at a time, which knows what is done",
    "api/admin/backfill-runs/<uuid:pk>/pause": "a run of the engine",
    "api/admin/backfill-runs/<uuid:pk>/resume": "a run of the engine",
    "api/admin/backfill-runs/<uuid:pk>/cancel": "a run of the engine",
    "api/admin/backfill-runs/<uuid:pk>/undo": "a run is undone once",
    "api/admin/backfill-findings/<int:pk>/decide": "a person's word about a finding",
    "api/v1/services/internet-plans/plans": "a price list",
    "api/v1/services/subscribers": "a line",
    "api/v1/services/usage-records": "records count once by their own numbers",
    SUBSCRIPTIONS: "what shall be billed, later and once a period",
} | {
    f"{SUBSCRIPTIONS}/<uuid:pk>/{step}": "what shall be billed, later and once a period"
    for step in ("suspend", "resume", "end", "move", "change-plan", "change-cap", "link", "confirm-link")
}


def handler_of(method: str, path: str) -> Any:
    """The function that answers."""
    address = path.replace("<uuid:pk>", "0193a7c0-0000-7000-8000-000000000001").replace("<int:pk>", "1")
    view = resolve("/" + address.replace("<str:name>", "x").replace("<str:pk>", "x")).func
    return getattr(getattr(view, "cls", view), method.lower(), None)


def takes_key(method: str, path: str) -> bool:
    return any(hasattr(handler_of(method, path), name) for name in ("is_idempotent", "takes_idempotency_key"))


MONEY = [walk for walk in DOORS if walk[0] in CHANGES and takes_key(*walk)]


def ask(stage: Stage, path: str, method: str, pk: Any, body: Any, key: str | None) -> Any:
    address = "/" + path.replace("<uuid:pk>", str(pk))
    headers = {"Idempotency-Key": key} if key else {}
    return getattr(client_of(stage.people["ADMIN"]), method.lower())(address, body, format="json", headers=headers)


def test_every_post_takes_a_key_or_says_why_it_needs_none():
    without = {path for method, path in endpoints() if method in CHANGES and not takes_key(method, path)}
    assert without == set(MOVES_NO_MONEY)


@pytest.mark.parametrize(("method", "path"), [pytest.param(*walk, id=" ".join(walk)) for walk in MONEY])
def test_sent_twice_with_its_key_it_is_done_once_and_another_body_is_refused(method, path):
    stage, door = Stage(), DOORS[method, path]
    pk, body = door.object_for(stage), door.body(stage)
    first, again = (ask(stage, path, method, pk, body, "once") for _ in range(2))
    assert 200 <= first.status_code < 300, first.content
    assert (again.status_code, again.json()) == (first.status_code, first.json())
    assert again.headers.get("Idempotency-Replayed") == "true"
    error_of(ask(stage, path, method, pk, body | {"more": 1}, "once"), 422, "idempotency_key_reused")
    assert IdempotentRequest.objects.count() == 1


@pytest.mark.parametrize("path", [path for method, path in MONEY if hasattr(handler_of(method, path), "is_idempotent")])
def test_what_could_be_done_twice_is_malformed_without_a_key(path):
    stage, door = Stage(), DOORS["POST", path]
    answer = ask(stage, path, "POST", door.object_for(stage), door.body(stage), None)
    error_of(answer, 400, "idempotency_key_missing")
