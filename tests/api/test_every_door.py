"""Every endpoint × every role × another business. A new endpoint without a line in `DOORS` fails here.

`DOORS` says for each method and path what an administrator of the business gets (any success) and which roles come in. The
others get 403. Whoever comes in from another business gets 404 for an object, and a list without it. Without a token: 401.
"""

from collections.abc import Iterator
from uuid import uuid4

import pytest
from django.urls import URLPattern, URLResolver, get_resolver
from django.utils import timezone

from tests import make
from tests.api.cashback_doors import CASHBACK_DOORS
from tests.api.clients import client_of, error_of
from tests.api.door import ADMIN, EVERYBODY, OFFICE, REASON, STAFF, Door, ask, filled
from tests.api.stage import ROLES, Stage

pytestmark = [pytest.mark.routes, pytest.mark.django_db]

OPEN_TO_ALL = {
    ("GET", "api/schema"),
    ("GET", "api/docs"),
    ("POST", "api/auth/login"),
    ("POST", "api/billing/gateway/callback"),  # signed: tests/api/test_gateway.py
}

PLANS = "api/v1/services/internet-plans"
DOORS: dict[tuple[str, str], Door] = {
    ("POST", "api/auth/logout"): Door(EVERYBODY),
    ("POST", "api/auth/logout-all"): Door(EVERYBODY),
    ("GET", "api/auth/me"): Door(EVERYBODY),
    ("GET", "api/rounds"): Door(STAFF),
    ("POST", "api/rounds"): Door(OFFICE, body=lambda stage: {"name": "South", "slots": ["morning"]}),
    ("GET", "api/routes"): Door(STAFF),
    ("POST", "api/routes"): Door(
        STAFF, body=lambda stage: {"route_date": "2026-01-14", "assigned_to_id": str(stage.user.pk)}
    ),
    ("GET", "api/routes/<uuid:pk>"): Door(STAFF, lambda stage: stage.route.pk),
    ("DELETE", "api/routes/<uuid:pk>"): Door(STAFF, lambda stage: stage.planned.pk),
    ("POST", "api/routes/<uuid:pk>/start"): Door(STAFF, lambda stage: stage.planned.pk),
    ("POST", "api/routes/<uuid:pk>/complete"): Door(STAFF, lambda stage: stage.route.pk),
    ("POST", "api/routes/<uuid:pk>/reopen"): Door(STAFF, lambda stage: stage.completed.pk, REASON),
    ("POST", "api/routes/<uuid:pk>/reassign"): Door(
        OFFICE, lambda stage: stage.planned.pk, lambda stage: {"assigned_to_id": str(stage.user.pk)}
    ),
    ("POST", "api/routes/<uuid:pk>/reconcile"): Door(
        OFFICE, lambda stage: stage.completed.pk, lambda stage: {"cash_handed_over_cents": 0}
    ),
    ("POST", "api/routes/<uuid:pk>/sales"): Door(
        STAFF, lambda stage: stage.planned.pk, lambda stage: {"sale_ids": [str(stage.sale.pk)]}
    ),
    ("DELETE", "api/routes/<uuid:pk>/sales"): Door(
        STAFF, lambda stage: stage.route.pk, lambda stage: {"sale_ids": [str(stage.sale.pk)]}
    ),
    ("GET", "api/routes/<uuid:pk>/history"): Door(STAFF, lambda stage: stage.route.pk),
    ("GET", "api/billing/customers"): Door(STAFF),
    ("POST", "api/billing/customers"): Door(STAFF, body=lambda stage: {"name": "Corner shop"}),
    ("GET", "api/billing/customers/<uuid:pk>"): Door(STAFF, lambda stage: stage.customer.pk),
    ("GET", "api/billing/customers/<uuid:pk>/outstanding"): Door(EVERYBODY, lambda stage: stage.customer.pk),
    ("GET", "api/billing/customers/<uuid:pk>/statement"): Door(EVERYBODY, lambda stage: stage.customer.pk),
    ("POST", "api/billing/customers/<uuid:pk>/opening-balance"): Door(
        OFFICE,
        lambda stage: stage.customer.pk,
        lambda stage: {"opening_balance_cents": 123456, "reason": "the paper book says so"},
        key=True,
    ),
    ("GET", "api/billing/sales"): Door(STAFF),
    ("POST", "api/billing/sales"): Door(
        STAFF,
        body=lambda stage: {"customer_id": str(stage.customer.pk), "sold_at": "2026-01-13T09:00:00Z", "total_cents": 1},
    ),
    ("GET", "api/billing/sales/<uuid:pk>"): Door(STAFF, lambda stage: stage.sale.pk),
    ("POST", "api/billing/sales/<uuid:pk>/returns"): Door(
        STAFF, lambda stage: stage.sale.pk, lambda stage: {"amount_cents": 100, "reason": "broken"}
    ),
    ("POST", "api/billing/sales/<uuid:pk>/cancel"): Door(OFFICE, lambda stage: stage.sale.pk, REASON),
    ("POST", "api/billing/sales/<uuid:pk>/pay"): Door(
        STAFF, lambda stage: stage.sale.pk, lambda stage: {"channel": "CASH"}, key=True
    ),
    ("GET", "api/billing/sales/<uuid:pk>/history"): Door(STAFF, lambda stage: stage.sale.pk),
    ("POST", "api/billing/counter-sales"): Door(
        STAFF,
        body=lambda stage: {
            "lines": [{"description": "Milk", "quantity": 1, "unit_price_cents": 7500}],
            "channel": "CASH",
            "sold_at": "2026-01-13T09:00:00Z",
        },
        key=True,
    ),
    ("GET", "api/billing/payments"): Door(STAFF),
    ("POST", "api/billing/payments"): Door(
        STAFF,
        body=lambda stage: {
            "sale_id": str(stage.sale.pk),
            "amount_cents": 1,
            "channel": "CASH",
            "received_at": "2026-01-13T09:00:00Z",
        },
        key=True,
    ),
    ("POST", "api/billing/payments/bulk"): Door(
        OFFICE,
        body=lambda stage: {
            "rows": [{"key": "1", "customer_id": str(stage.customer.pk), "amount_cents": 1, "channel": "CASH"}]
        },
        key=True,
    ),
    ("GET", "api/billing/payments/unapplied"): Door(OFFICE),
    ("GET", "api/billing/payments/<uuid:pk>"): Door(STAFF, lambda stage: stage.payment.pk),
    ("POST", "api/billing/payments/<uuid:pk>/approve"): Door(OFFICE, Stage.waiting_payment, REASON),
    ("POST", "api/billing/payments/<uuid:pk>/reject"): Door(OFFICE, Stage.waiting_payment, REASON),
    ("POST", "api/billing/payments/<uuid:pk>/reverse"): Door(OFFICE, lambda stage: stage.payment.pk, REASON),
    ("PATCH", "api/billing/payments/<uuid:pk>"): Door(
        OFFICE, lambda stage: stage.credit_payment.pk, lambda stage: {"amount_cents": 900, "reason": "mistyped"}
    ),
    ("POST", "api/billing/payments/<uuid:pk>/allocate"): Door(OFFICE, lambda stage: stage.credit_payment.pk, key=True),
    ("GET", "api/billing/payments/<uuid:pk>/allocation-preview"): Door(OFFICE, lambda stage: stage.credit_payment.pk),
    ("POST", "api/billing/payments/<uuid:pk>/rollback-allocations"): Door(
        OFFICE, lambda stage: stage.payment.pk, REASON, key=True
    ),
    ("GET", "api/billing/payments/<uuid:pk>/allocations"): Door(OFFICE, lambda stage: stage.payment.pk),
    ("POST", "api/billing/payments/<uuid:pk>/refund"): Door(
        OFFICE, lambda stage: stage.payment.pk, lambda stage: {"amount_cents": 1, "reason": "because"}, key=True
    ),
    ("GET", "api/billing/payments/<uuid:pk>/proof"): Door(OFFICE, lambda stage: stage.credit_payment.pk),
    ("GET", "api/billing/payments/<uuid:pk>/audit"): Door(OFFICE, lambda stage: stage.payment.pk),
    ("POST", "api/billing/allocations/<uuid:pk>/reverse"): Door(OFFICE, Stage.allocation, REASON),
    ("GET", "api/billing/credits"): Door(OFFICE),
    ("POST", "api/billing/credits"): Door(
        OFFICE,
        body=lambda stage: {"customer_id": str(stage.customer.pk), "amount_cents": 1, "reason": "because"},
        key=True,
    ),
    ("POST", "api/billing/credits/<uuid:pk>/apply"): Door(OFFICE, lambda stage: stage.credit.pk, key=True),
    ("POST", "api/billing/credits/<uuid:pk>/void"): Door(OFFICE, lambda stage: stage.credit.pk, REASON),
    ("GET", "api/billing/credits/<uuid:pk>/allocation-preview"): Door(OFFICE, lambda stage: stage.credit.pk),
    ("GET", "api/billing/gateway/events"): Door(OFFICE),
    ("POST", "api/billing/gateway/events/<uuid:pk>/settle"): Door(OFFICE, Stage.gateway_event, REASON),
    ("GET", "api/billing/payments/<uuid:pk>/history"): Door(STAFF, lambda stage: stage.payment.pk),
    ("GET", "api/billing/admin/finance/summary"): Door(OFFICE),
    ("GET", "api/billing/reconcile"): Door(OFFICE),
    ("GET", "api/billing/invoices/tenant"): Door(OFFICE),
    ("POST", "api/billing/invoices"): Door(
        OFFICE,
        body=lambda stage: {
            "customer_id": str(stage.customer.pk),
            "source": "DUES",
            "lines": [{"description": "Membership", "unit_price_cents": 100}],
        },
    ),
    ("POST", "api/billing/invoices/generate"): Door(
        OFFICE, body=lambda stage: {"period_start": "2026-01-01", "period_end": "2026-01-31"}
    ),
    ("POST", "api/billing/invoices/delete-many"): Door(
        OFFICE, body=lambda stage: {"invoice_ids": [str(stage.invoice().pk)], "reason": "mistake"}
    ),
    ("GET", "api/billing/bulk-operations"): Door(OFFICE),
    ("GET", "api/billing/bulk-operations/<uuid:pk>"): Door(OFFICE, Stage.bulk_operation),
    ("GET", "api/billing/bulk-operations/<uuid:pk>/items"): Door(OFFICE, Stage.bulk_operation),
    ("GET", "api/billing/invoices/<uuid:pk>"): Door(OFFICE, lambda stage: stage.invoice().pk),
    ("DELETE", "api/billing/invoices/<uuid:pk>"): Door(OFFICE, lambda stage: stage.invoice().pk),
    ("POST", "api/billing/invoices/<uuid:pk>/issue"): Door(OFFICE, lambda stage: stage.drafted_invoice().pk),
    ("POST", "api/billing/invoices/<uuid:pk>/void"): Door(OFFICE, lambda stage: stage.invoice().pk, REASON),
    ("POST", "api/billing/invoices/<uuid:pk>/recover"): Door(OFFICE, lambda stage: stage.deleted_invoice().pk),
    ("POST", "api/billing/invoices/<uuid:pk>/credit-note"): Door(
        OFFICE, lambda stage: stage.invoice().pk, lambda stage: {"amount_cents": 100, "reason": "broken"}, key=True
    ),
    ("POST", "api/billing/invoices/<uuid:pk>/write-off"): Door(OFFICE, lambda stage: stage.invoice().pk, REASON),
    ("GET", "api/billing/invoices/<uuid:pk>/pdf"): Door(OFFICE, lambda stage: stage.invoice().pk),
    ("GET", "api/dairy/reports/outstanding"): Door(OFFICE),
    ("GET", "api/dairy/reports/statement"): Door(OFFICE, lambda stage: stage.customer.pk, query="customer"),
    ("GET", "api/dairy/reports/statement/pdf"): Door(OFFICE, lambda stage: stage.customer.pk, query="customer"),
    ("GET", "api/dairy/reports/collection"): Door(OFFICE),
    ("GET", "api/dairy/reports/performance"): Door(OFFICE),
    ("GET", "api/dairy/reports/production"): Door(STAFF),
    ("GET", "api/dairy/reports/route-sheet"): Door(STAFF),
    ("GET", "api/dairy/reports/route-sheet/pdf"): Door(STAFF),
    ("GET", "api/billing/invoices/<uuid:pk>/history"): Door(OFFICE, lambda stage: stage.invoice().pk),
    ("GET", "api/dairy/products"): Door(STAFF),
    ("POST", "api/dairy/products"): Door(
        OFFICE,
        body=lambda stage: {
            "code": "MILK",
            "name": "Milk",
            "unit": "litre",
            "unit_price_cents": 7000,
            "valid_from": "2026-01-01",
        },  # fmt: skip
    ),
    ("POST", "api/dairy/products/<uuid:pk>/prices"): Door(
        OFFICE, lambda stage: stage.product().pk, lambda stage: {"unit_price_cents": 7200, "valid_from": "2026-02-01"}
    ),
    ("GET", "api/dairy/standing-orders"): Door(STAFF),
    ("POST", "api/dairy/standing-orders"): Door(
        STAFF,
        body=lambda stage: {
            "customer_id": str(stage.customer.pk),
            "product_id": str(stage.product().pk),
            "quantities": [2, 0],
            "starts_on": "2026-01-13",
        },
    ),
    ("GET", "api/dairy/standing-orders/<uuid:pk>"): Door(STAFF, lambda stage: stage.standing_order().pk),
    ("POST", "api/dairy/standing-orders/<uuid:pk>/end"): Door(
        STAFF, lambda stage: stage.standing_order().pk, lambda stage: {"ends_on": "2026-01-31"}
    ),
    ("POST", "api/dairy/standing-orders/<uuid:pk>/changes"): Door(
        STAFF,
        lambda stage: stage.standing_order().pk,
        lambda stage: {"kind": "INCREASE", "quantity": 1, "first_day": "2026-01-13"},
    ),
    ("POST", "api/dairy/standing-order-changes/<uuid:pk>/end"): Door(
        STAFF, Stage.change, lambda stage: {"last_day": "2026-01-31"}
    ),
    ("POST", "api/dairy/standing-order-changes/<uuid:pk>/withdraw"): Door(STAFF, Stage.change, REASON),
    ("GET", "api/dairy/orders"): Door(STAFF),
    ("POST", "api/dairy/orders"): Door(
        STAFF,
        body=lambda stage: {
            "customer_id": str(stage.customer.pk),
            "product_id": str(stage.product().pk),
            "day": "2026-01-13",
            "quantity": 1,
        },
    ),
    ("POST", "api/dairy/orders/generate"): Door(STAFF, body=lambda stage: {"date": str(timezone.localdate())}),
    ("POST", "api/dairy/orders/<uuid:pk>/not-delivered"): Door(STAFF, lambda stage: stage.daily_order().pk, REASON),
    ("GET", "api/dairy/deliveries"): Door(STAFF),
    ("POST", "api/dairy/deliveries"): Door(
        STAFF,
        body=lambda stage: {
            "customer_id": str(stage.on_their_round().pk),
            "product_id": str(stage.product().pk),
            "day": "2026-01-13",
            "quantity": 1,
        },
        key=True,
    ),
    ("POST", "api/dairy/deliveries/confirm"): Door(
        STAFF, body=lambda stage: {"orders": [{"order_id": str(stage.daily_order().pk)}]}
    ),
    ("POST", "api/dairy/deliveries/<uuid:pk>/correct"): Door(
        OFFICE, lambda stage: stage.delivery().pk, lambda stage: {"quantity": "1.5", "reason": "because"}
    ),
    ("POST", "api/dairy/deliveries/<uuid:pk>/cancel"): Door(OFFICE, lambda stage: stage.delivery().pk, REASON),
    ("GET", "api/accountability"): Door(OFFICE),
    ("GET", "api/users/<uuid:pk>/accountability"): Door(STAFF, lambda stage: stage.user.pk),
    ("POST", "api/admin/backfill-payment-route-id"): Door(ADMIN),
    ("GET", "api/admin/backfills"): Door(OFFICE),
    ("GET", "api/admin/backfills/<str:name>"): Door(OFFICE),
    ("POST", "api/admin/backfills/<str:name>"): Door(ADMIN),
    ("GET", "api/admin/backfill-runs"): Door(OFFICE),
    ("GET", "api/admin/backfill-runs/<uuid:pk>"): Door(OFFICE, Stage.run),
    ("GET", "api/admin/backfill-runs/<uuid:pk>/findings"): Door(OFFICE, Stage.run),
    ("POST", "api/admin/backfill-runs/<uuid:pk>/pause"): Door(ADMIN, lambda stage: stage.run("PENDING")),
    ("POST", "api/admin/backfill-runs/<uuid:pk>/resume"): Door(ADMIN, lambda stage: stage.run("PENDING")),
    ("POST", "api/admin/backfill-runs/<uuid:pk>/cancel"): Door(ADMIN, lambda stage: stage.run("PENDING")),
    ("POST", "api/admin/backfill-runs/<uuid:pk>/undo"): Door(ADMIN, Stage.run),
    ("GET", "api/admin/backfill-findings"): Door(OFFICE),
    ("POST", "api/admin/backfill-findings/<int:pk>/decide"): Door(
        OFFICE, Stage.finding, lambda stage: {"decision": "keep", "reason": "because"}
    ),
    ("GET", f"{PLANS}/plans"): Door(ADMIN),
    ("POST", f"{PLANS}/plans"): Door(
        ADMIN, body=lambda stage: {"code": "F-9", "name": "Fibre", "download_kbps": 1000, "upload_kbps": 500}
    ),
    ("GET", f"{PLANS}/plans/<uuid:pk>"): Door(ADMIN, lambda stage: stage.plan_subscription().plan_id),
    ("GET", "api/v1/services/subscribers"): Door(ADMIN),
    ("POST", "api/v1/services/subscribers"): Door(ADMIN, body=lambda stage: {"username": "anna"}),
    ("GET", "api/v1/services/subscribers/<str:pk>"): Door(ADMIN, lambda stage: stage.line().pk),
    ("GET", "api/v1/services/subscribers/<str:pk>/usage"): Door(ADMIN, lambda stage: stage.line().pk),
    ("POST", "api/v1/services/usage-records"): Door(ADMIN, body=lambda stage: [{}]),
    ("GET", f"{PLANS}/subscriptions"): Door(ADMIN),
    ("POST", f"{PLANS}/subscriptions"): Door(
        ADMIN,
        body=lambda stage: {
            "plan_id": str(make.a_plan(stage.tenant).pk),
            "customer_id": str(stage.customer.pk),
            "subscriber_id": stage.line().pk,
            "start_date": "2026-01-13",
        },
    ),
    ("GET", f"{PLANS}/subscriptions/<uuid:pk>"): Door(ADMIN, lambda stage: stage.plan_subscription().pk),
    ("GET", f"{PLANS}/subscriptions/<uuid:pk>/usage"): Door(ADMIN, lambda stage: stage.plan_subscription().pk),
    ("GET", f"{PLANS}/subscriptions/<uuid:pk>/history"): Door(ADMIN, lambda stage: stage.plan_subscription().pk),
    ("POST", f"{PLANS}/subscriptions/<uuid:pk>/suspend"): Door(
        ADMIN, lambda stage: stage.plan_subscription().pk, REASON
    ),
    ("POST", f"{PLANS}/subscriptions/<uuid:pk>/resume"): Door(
        ADMIN, lambda stage: stage.plan_subscription(is_suspended=True).pk, REASON
    ),
    ("POST", f"{PLANS}/subscriptions/<uuid:pk>/end"): Door(
        ADMIN, lambda stage: stage.plan_subscription().pk, lambda stage: {"last_day": "2026-02-01", "reason": "because"}
    ),
    ("POST", f"{PLANS}/subscriptions/<uuid:pk>/move"): Door(
        ADMIN,
        lambda stage: stage.plan_subscription().pk,
        lambda stage: {"subscriber_id": stage.line().pk, "from_day": "2026-02-01", "reason": "because"},
    ),
    ("POST", f"{PLANS}/subscriptions/<uuid:pk>/change-plan"): Door(
        ADMIN,
        lambda stage: stage.plan_subscription().pk,
        lambda stage: {
            "plan_id": str(make.a_plan(stage.tenant).pk),
            "from_day": "2026-02-01",
            "reason": "because",
        },
    ),
    ("POST", f"{PLANS}/subscriptions/<uuid:pk>/change-cap"): Door(
        ADMIN,
        lambda stage: stage.plan_subscription().pk,
        lambda stage: {"custom_data_cap_bytes": 5, "from_day": "2026-02-01", "reason": "because"},
    ),
    ("POST", f"{PLANS}/subscriptions/<uuid:pk>/link"): Door(
        ADMIN,
        lambda stage: stage.plan_subscription().pk,
        lambda stage: {"subscriber_id": stage.line().pk, "reason": "because"},
    ),
    ("POST", f"{PLANS}/subscriptions/<uuid:pk>/confirm-link"): Door(
        ADMIN, lambda stage: stage.plan_subscription().pk, REASON
    ),
    **CASHBACK_DOORS,
}


def endpoints(resolver: URLResolver | None = None, prefix: str = "") -> Iterator[tuple[str, str]]:
    """Every method and path under /api that the product answers."""
    for entry in (resolver or get_resolver()).url_patterns:
        path = prefix + str(entry.pattern)
        if isinstance(entry, URLResolver):
            yield from endpoints(entry, path)
        elif path.startswith("api/") and isinstance(entry, URLPattern):
            for method in methods_of(entry):
                yield method, path


def methods_of(entry: URLPattern) -> list[str]:
    view = getattr(entry.callback, "cls", None) or getattr(entry.callback, "view_class", None)
    if view is None:
        return ["GET"]
    return [name.upper() for name in ("get", "post", "put", "patch", "delete") if hasattr(view, name)]


WALK = [pytest.param(method, path, id=f"{method} {path}") for method, path in DOORS]


def test_every_endpoint_stands_in_the_table():
    assert set(endpoints()) - OPEN_TO_ALL == set(DOORS)


@pytest.mark.parametrize(("method", "path"), WALK)
def test_who_has_the_role_comes_in_and_nobody_else(method, path):
    stage, door = Stage(), DOORS[method, path]
    pk = door.object_for(stage)
    for role in sorted(set(ROLES) - door.roles):
        error_of(ask(client_of(stage.people[role]), method, path, door, stage, pk), 403, "not_allowed")
    answer = ask(client_of(stage.people["ADMIN"]), method, path, door, stage, pk)
    assert 200 <= answer.status_code < 300, (answer.status_code, answer.content)


@pytest.mark.parametrize("role", ["FINANCE", "SALES_REP", "CUSTOMER"])
def test_every_role_gets_through_each_of_its_doors(role):
    for (method, path), door in DOORS.items():
        if role in door.roles and not path.startswith("api/auth/logout"):
            stage = Stage(f"{role.lower().replace('_', '-')}-{list(DOORS).index((method, path))}")
            pk = door.object_for(stage, role)
            answer = ask(client_of(stage.people[role]), method, path, door, stage, pk)
            assert 200 <= answer.status_code < 300, (method, path, answer.status_code, answer.content)


@pytest.mark.parametrize(("method", "path"), [walk for walk in WALK if DOORS[walk.values].is_of_one_object])
def test_an_object_of_another_business_is_not_there(method, path):
    stage, strangers, door = Stage(), Stage("dairy"), DOORS[method, path]
    for role in sorted(door.roles):
        pk = door.object_for(stage, role)
        answer = ask(client_of(strangers.people[role]), method, path, door, stage, pk)
        error_of(answer, 404)


@pytest.mark.parametrize(
    ("method", "path"), [walk for walk in WALK if walk.values[0] == "GET" and not DOORS[walk.values].is_of_one_object]
)
def test_a_list_shows_nothing_of_another_business(method, path):
    stage, strangers, door = Stage(), Stage("dairy"), DOORS[method, path]
    stage.run()
    seen = ask(client_of(strangers.people["ADMIN"]), method, path, door, strangers).content.decode(errors="replace")
    theirs = [stage.route, stage.planned, stage.sale, stage.payment, stage.customer, *stage.people.values()]
    assert not [row for row in theirs if str(row.pk) in seen]


@pytest.mark.parametrize(("method", "path"), WALK)
def test_without_a_token_nobody_comes_in(client, method, path):
    address = filled(path.replace("<int:pk>", "1"), (str(uuid4()), str(uuid4())))
    answer = getattr(client, method.lower())(address, content_type="application/json")
    error_of(answer, 401, "not_authenticated")
