"""Every key of every body that is an amount, and every period of every report: what is none is refused by name."""

import json

import pytest

from billing.models import Customer, Payment, RouteReconciliation, Sale, SaleReturn
from tests import make
from tests.api.clients import client_as, error_of, pay, post

pytestmark = [pytest.mark.routes, pytest.mark.django_db]

NO_AMOUNTS = [-1, 0.5, 100.0, "100", True, [], 10**16]
SOLD_AT = {"sold_at": "2026-01-13T09:00:00Z"}


@pytest.fixture
def office():
    return client_as("FINANCE")


def customer_with(office, **amount):
    return post(office, "/api/billing/customers", {"name": "Corner shop", **amount})


def sale_with(office, **amount):
    return post(office, "/api/billing/sales", {"customer_id": str(make.customer().pk), **SOLD_AT, **amount})


def return_with(office, **amount):
    return post(office, f"/api/billing/sales/{make.sale().pk}/returns", {"reason": "broken", **amount})


def payment_with(office, **amount):
    return pay(office, customer_id=str(make.customer().pk), **amount)


def settlement_with(office, **amount):
    return post(office, f"/api/routes/{make.route('COMPLETED').pk}/reconcile", amount)


AMOUNTS = {
    "opening_balance_cents": (customer_with, Customer),
    "credit_limit_cents": (customer_with, Customer),
    "total_cents": (sale_with, Sale),
    "return amount_cents": (return_with, SaleReturn),
    "payment amount_cents": (payment_with, Payment),
    "cash_handed_over_cents": (settlement_with, RouteReconciliation),
}


@pytest.mark.parametrize("amount", NO_AMOUNTS, ids=json.dumps)
@pytest.mark.parametrize("key", AMOUNTS)
def test_what_is_no_whole_number_of_cents_is_refused_by_name(office, key, amount):
    send, model = AMOUNTS[key]
    name = key.split()[-1]
    error = error_of(send(office, **{name: amount}), 400, "invalid")
    assert list(error["fields"]) == [name]
    assert not model.objects.exists()


@pytest.mark.parametrize("key", ["return amount_cents", "payment amount_cents"])
def test_nothing_is_no_return_and_no_payment(office, key):
    error = error_of(AMOUNTS[key][0](office, amount_cents=0), 400, "invalid")
    assert list(error["fields"]) == ["amount_cents"]


def test_a_sale_is_in_the_currency_of_the_business_and_a_client_cannot_say_otherwise(office):
    assert list(error_of(sale_with(office, total_cents=1, currency="USD"), 400, "invalid")["fields"]) == ["currency"]


def periods():
    yield "/api/routes"
    yield "/api/accountability"
    yield f"/api/users/{make.user('SALES_REP').pk}/accountability"
    yield f"/api/billing/customers/{make.customer().pk}/statement"


def test_a_period_that_ends_before_it_begins_is_refused_by_every_report(office):
    for path in periods():
        error = error_of(office.get(f"{path}?from=2026-02-01&to=2026-01-31"), 422, "period_reversed")
        assert "2026-02-01" in error["message"], path
        assert office.get(f"{path}?from=2026-01-31&to=2026-01-31").status_code == 200, "one day is a period"


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x"])
def test_no_step_of_a_payment_takes_anything_but_json(office, kind):
    payment = make.payment()
    for step in ("approve", "reject", "reverse"):
        path = f"/api/billing/payments/{payment.pk}/{step}"
        error_of(office.post(path, "reason=x", content_type=kind), 415, "unsupported_media_type")
    payment.refresh_from_db()
    assert payment.status == "SUCCEEDED"
