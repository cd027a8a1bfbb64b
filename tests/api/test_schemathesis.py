"""Whatever is sent, and whoever sends it, no address answers 5xx, nor anything that the schema does not declare.

Schemathesis makes the requests from the schema. Most ids that it makes up are exchanged for real ones of a small
business, so that requests get past "there is no such object".
"""

from collections.abc import Iterator
from typing import Any
from uuid import UUID

import pytest
import schemathesis
from django.core.signals import request_finished, request_started
from django.core.wsgi import get_wsgi_application
from django.db import close_old_connections
from django.test import TestCase
from hypothesis import HealthCheck, settings
from schemathesis import checks
from schemathesis.specs.openapi import checks as openapi_checks

from accounts.services import issue_token
from subscriptions.models import StandingOrder
from tests.api.stage import Stage

pytestmark = [pytest.mark.routes, pytest.mark.django_db]

PROMISED = [
    checks.not_a_server_error,
    openapi_checks.status_code_conformance,
    openapi_checks.content_type_conformance,
    openapi_checks.response_schema_conformance,
]
FEW = settings(
    max_examples=8,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.filter_too_much],
)

NEEDED_BY = {"POST /api/billing/payments": ["customer_id"], "POST /api/routes": ["assigned_to_id"]}  # or something else

schema = schemathesis.openapi.from_wsgi("/api/schema", get_wsgi_application())
schema.config.phases.update(phases=["examples", "fuzzing"])


@pytest.fixture
def one_connection(stage: Stage) -> Iterator[None]:
    """Keep the test's own connection open across requests: its transaction holds what the test made.

    After the stage, because Django's test client, which makes it, connects these receivers again.
    """
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    yield
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


class Committed(TestCase):
    """What is made within it is there for each test of the module, and gone after the last one."""


@pytest.fixture(scope="module")
def stage(django_db_setup: None, django_db_blocker: Any) -> Iterator[Stage]:
    """A small business with one of everything, and a finding; made once, and found by each test as it was."""
    with django_db_blocker.unblock():
        Committed.setUpClass()
        stage = Stage()
        stage.run_id = UUID(stage.run())
        stage.finding_id = stage.finding()
        stage.allocation_id = stage.allocation()
        stage.gateway_event_id = stage.gateway_event()
        stage.invoice_id = stage.invoice().pk
        stage.change_id = stage.change()
        stage.standing = StandingOrder.objects.get()
        stage.subscribed = stage.plan_subscription()
        stage.cashback = of_cashback(stage)
        yield stage
        Committed.tearDownClass()
        Committed.doClassCleanups()


@schema.parametrize()
@FEW
def test_an_administrator_hears_only_what_the_schema_declares(case, one_connection, stage):
    send(case, stage, "ADMIN")


@schema.parametrize()
@FEW
def test_a_representative_hears_only_what_the_schema_declares(case, one_connection, stage):
    send(case, stage, "SALES_REP")


def send(case: Any, stage: Stage, role: str) -> None:
    """Send a made-up request as a person of this role, and check what comes back."""
    point_at_real_rows(case, stage)
    _, token = issue_token(actor=stage.people[role])
    case.call_and_validate(headers={"Authorization": f"Bearer {token}"}, checks=PROMISED)


def point_at_real_rows(case: Any, stage: Stage) -> None:
    """Exchange most made-up ids for those of the business, and leave out a made-up tenant."""
    real = {
        "customer_id": stage.customer.pk,
        "sale_id": stage.sale.pk,
        "sale_ids": stage.sale.pk,
        "route_id": stage.route.pk,
        "assigned_to_id": stage.user.pk,
        "collected_by_id": stage.user.pk,
        "product_id": stage.standing.product_id,
        "plan_id": stage.subscribed.plan_id,
        "receiver_id": stage.people["CUSTOMER"].pk,
        "payment_method_id": stage.cashback["/api/cashback/payment-methods"],
    }
    case.body = exchanged(case.body, real)
    for name in NEEDED_BY.get(f"{case.method} {case.path}", ()):
        if isinstance(case.body, dict):
            case.body.setdefault(name, str(real[name]))
    case.query = exchanged(case.query, real)
    case.path_parameters = exchanged(case.path_parameters, {"id": row_of(case.path, stage)})
    if "name" in case.path_parameters:
        case.path_parameters["name"] = "payment_route_id"
    if isinstance(case.query, dict):
        case.query.pop("tenant", None)


def of_cashback(stage: Stage) -> dict[str, Any]:
    """The rows of cashback that its addresses are about."""
    payment, entry, redemption = stage.loan_payment().pk, stage.tracker_entry(), stage.redemption("ADMIN")
    (loan, stage.loan_config_id), (tracker, stage.tracker_config_id) = stage.loan_config(), stage.tracker_config()
    return {
        "/api/cashback/redemptions": redemption,
        "/api/cashback/payment-methods": stage.method("ADMIN"),
        "/api/cashback/admin/redemptions": stage.redemption(),
        "/api/cashback/admin/loans": loan,
        "/api/cashback/admin/trackers": tracker,
        "/api/cashback/admin/tracker-entries": entry.pk,
        "/api/cashback/loan-payments": payment,
        "/api/cashback/loans": loan,
        "/api/cashback/trackers": tracker,
    }


def row_of(path: str, stage: Stage) -> Any:
    """The row that an address of one object is about."""
    rows = {
        "/api/routes": stage.route.pk,
        "/api/users": stage.user.pk,
        "/api/billing/customers": stage.customer.pk,
        "/api/billing/sales": stage.sale.pk,
        "/api/billing/payments": stage.payment.pk,
        "/api/billing/allocations": stage.allocation_id,
        "/api/billing/credits": stage.credit.pk,
        "/api/billing/gateway/events": stage.gateway_event_id,
        "/api/billing/invoices": stage.invoice_id,
        "/api/v1/services/internet-plans/plans": stage.subscribed.plan_id,
        "/api/v1/services/internet-plans/subscriptions": stage.subscribed.pk,
        "/api/v1/services/subscribers": stage.subscribed.subscriber_id,
        "/api/dairy/products": stage.standing.product_id,
        "/api/dairy/standing-orders": stage.standing.pk,
        "/api/dairy/standing-order-changes": stage.change_id,
        **stage.cashback,
        "/api/admin/backfill-runs": stage.run_id,
        "/api/admin/backfill-findings": stage.finding_id,
    }
    return next((pk for start, pk in rows.items() if path.startswith(start)), None)


def exchanged(part: Any, real: dict[str, Any], name: str = "") -> Any:
    """A part of a request with real ids under these names."""
    if isinstance(part, dict):
        return {key: exchanged(value, real, key) for key, value in part.items()}
    if isinstance(part, list):
        return [exchanged(value, real, name) for value in part]
    return str(real[name]) if real.get(name) and is_exchanged(part) else part


def is_exchanged(value: Any) -> bool:
    """Whether a made-up value is an id, and not the one in four that stays."""
    try:
        return (value if isinstance(value, int) else UUID(value).int) % 4 != 0
    except (ValueError, TypeError, AttributeError):
        return False
