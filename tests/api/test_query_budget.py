"""How many queries an answer costs, however many rows it tells: a list at most 6, the token at most 3 of a simple GET."""

from collections.abc import Callable

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from operations.models import BackfillRun
from tests import legacy, make
from tests.api.clients import client_of, post

pytestmark = [pytest.mark.routes, pytest.mark.django_db]

LISTS = [
    "/api/rounds",
    "/api/routes",
    "/api/billing/customers",
    "/api/billing/sales",
    "/api/billing/payments",
    "/api/billing/credits",
    "/api/billing/gateway/events",
    "/api/billing/invoices/tenant",
    "/api/admin/backfill-runs",
    "/api/admin/backfill-findings",
    "/api/admin/backfills",
]


@pytest.fixture
def admin():
    return client_of(make.user("ADMIN"))


def some_of_everything() -> None:
    """One more row of every list, each pointing at rows of its own."""
    route = make.route()
    sale = make.sale(route=route, lines=[make.line(), make.line()])
    make.payment(sale=sale, collected_by=route.assigned_to)
    legacy.payment()
    make.bring(route, to="COMPLETED")
    make.credit()
    make.gateway_event()
    make.invoice()


def cost_of(ask: Callable[[], object]) -> int:
    with CaptureQueriesContext(
        connection,
    ) as captured:
        answer = ask()
    assert answer.status_code == 200, answer.content
    return len(captured)


@pytest.mark.parametrize("path", LISTS)
def test_a_list_costs_at_most_six_queries_and_no_more_for_more_rows(admin, path):
    some_of_everything()
    post(admin, "/api/admin/backfill-payment-route-id")
    of_one = cost_of(lambda: admin.get(path))
    for _ in range(4):
        some_of_everything()
        post(admin, "/api/admin/backfill-payment-route-id")
    assert cost_of(lambda: admin.get(path)) == of_one <= 6


@pytest.mark.parametrize("kind", ["routes", "billing/sales", "billing/payments"])
def test_a_history_costs_at_most_six_queries_however_long_it_is(admin, kind):
    payment = make.payment(sale=make.sale(route=make.route()))
    pk = {"routes": payment.route_id, "billing/sales": payment.sale_id, "billing/payments": payment.pk}[kind]
    short = cost_of(lambda: admin.get(f"/api/{kind}/{pk}/history"))
    for _ in range(3):
        row = {"routes": payment.route, "billing/sales": payment.sale, "billing/payments": payment}[kind]
        row.save()
    assert cost_of(lambda: admin.get(f"/api/{kind}/{pk}/history")) == short <= 6


def test_one_object_costs_its_token_and_its_own_read(admin):
    payment = make.payment(sale=make.sale(route=make.route()))
    for path in (
        f"/api/billing/payments/{payment.pk}",
        f"/api/routes/{payment.route_id}",
        f"/api/billing/customers/{payment.customer_id}",
    ):
        assert cost_of(lambda path=path: admin.get(path)) <= 3, path


def test_accountability_costs_the_same_however_many_payments_there_are(admin):
    rep = make.user("SALES_REP")
    path = f"/api/users/{rep.pk}/accountability"

    def one_more_route() -> None:
        make.payment(sale=make.sale(route=make.route(rep=rep)), collected_by=rep)

    one_more_route()
    of_one = cost_of(lambda: admin.get(path))
    for _ in range(3):
        one_more_route()
    assert cost_of(lambda: admin.get(path)) == of_one <= 3 + 8


def test_what_a_customer_owes_costs_the_same_however_many_sales_they_have(admin):
    customer = make.customer()
    for what, most in (("outstanding", 8), ("statement", 13)):  # a statement reads each kind of event by itself
        path = f"/api/billing/customers/{customer.pk}/{what}"
        make.payment(sale=make.sale(to=customer))
        make.sale(to=customer)
        of_few = cost_of(lambda path=path: admin.get(path))
        for _ in range(3):
            make.payment(10**6, sale=make.sale(to=customer))
            make.sale(to=customer)
        assert cost_of(lambda path=path: admin.get(path)) == of_few <= most


def test_a_finished_run_is_told_in_a_handful_of_queries(admin):
    legacy.payment(sale=make.sale(route=make.route()))
    post(admin, "/api/admin/backfill-payment-route-id?dry_run=false")
    assert cost_of(lambda: admin.get(f"/api/admin/backfill-runs/{BackfillRun.objects.get().pk}")) <= 8
