"""Ids that a phone makes: the same body again is answered with the first row, any other body is a conflict."""

from uuid import uuid4

import pytest

from billing import services
from billing.models import Customer, Payment, Sale, SaleLine
from tests import make
from tests.api.clients import client_as, client_of, error_of, pay, post

pytestmark = [pytest.mark.routes, pytest.mark.django_db]

SALES, CUSTOMERS = "/api/billing/sales", "/api/billing/customers"
MILK = {"description": "Milk", "product_code": "M-1", "quantity": "1.5", "unit_price_cents": 1000, "tax_rate_bps": 500}
BREAD = {"description": "Bread", "quantity": 2, "unit_price_cents": 250}


@pytest.fixture
def office():
    return client_as("FINANCE")


@pytest.fixture
def sold():
    """What a phone sends for a sale, down to the last key."""
    return {
        "id": str(uuid4()),
        "customer_id": str(make.customer().pk),
        "route_id": str(make.route().pk),
        "number": "PHONE-1",
        "sale_type": "CREDIT",
        "sold_at": "2026-01-13T09:00:00Z",
        "lines": [MILK, BREAD],
    }


def test_a_sale_sent_again_is_the_same_sale(office, sold):
    first = post(office, SALES, sold)
    assert first.status_code == 201, first.content
    in_other_words = {**sold, "lines": [BREAD, {**MILK, "quantity": "1.500"}], "sold_at": "2026-01-13T15:00:00+06:00"}
    without_number = {name: value for name, value in sold.items() if name != "number"}
    for body in (sold, in_other_words, without_number):
        assert post(office, SALES, body).json() == first.json()
    assert (Sale.objects.count(), SaleLine.objects.count()) == (1, 2)


def test_a_sale_moved_since_is_still_the_one_that_was_sent(office, sold):
    first = post(office, SALES, sold).json()
    services.add_sale_to_route(actor=None, sale=Sale.objects.get(), route=make.route())
    again = post(office, SALES, sold).json()
    assert again["id"] == first["id"]
    assert again["route_id"] != first["route_id"], "the answer says where it is now"


def another_customer():
    return str(make.customer().pk)


def another_route():
    return str(make.route().pk)


def in_words(difference):
    """Name a case by what it changes: the address of a function would differ between the workers of one test run."""
    return ", ".join(f"{name}={getattr(value, '__name__', value)}" for name, value in difference.items())


@pytest.mark.parametrize(
    "other",
    [
        {"customer_id": another_customer},
        {"route_id": another_route},
        {"route_id": None},
        {"number": "PHONE-2"},
        {"sale_type": "CASH"},
        {"sold_at": "2026-01-13T09:00:01Z"},
        {"lines": [MILK, {**BREAD, "description": "Butter"}]},
        {"lines": [MILK, {**BREAD, "quantity": 1, "unit_price_cents": 500}]},
        {"lines": [{**MILK, "tax_rate_bps": 0}, BREAD]},
        {"lines": [{**MILK, "product_code": "M-2"}, BREAD]},
        {"lines": [MILK, BREAD, {**BREAD, "unit_price_cents": 0}]},
        {"lines": [], "total_cents": 2000},
    ],
    ids=in_words,
)
def test_another_sale_under_a_used_id_is_a_conflict(office, sold, other):
    post(office, SALES, sold)
    changed = {name: value() if callable(value) else value for name, value in other.items()}
    error_of(post(office, SALES, {**sold, **changed}), 409, "sale_already_known")
    assert (Sale.objects.count(), SaleLine.objects.count()) == (1, 2)


def test_a_customer_sent_again_is_the_same_customer(office):
    body = {"id": str(uuid4()), "name": "Corner shop", "phone": "1", "opening_balance_cents": 1000}
    first = post(office, CUSTOMERS, body)
    assert first.status_code == 201, first.content
    assert post(office, CUSTOMERS, body).json() == first.json()
    assert Customer.objects.count() == 1


@pytest.mark.parametrize(
    "other",
    [{"name": "Kiosk"}, {"phone": "2"}, {"opening_balance_cents": 0}, {"credit_limit_cents": 5}, {"number": "C-77"}],
    ids=str,
)
def test_another_customer_under_a_used_id_is_a_conflict(office, other):
    body = {"id": str(uuid4()), "name": "Corner shop", "phone": "1", "opening_balance_cents": 1000}
    post(office, CUSTOMERS, body)
    error_of(post(office, CUSTOMERS, {**body, **other}), 409, "customer_already_known")
    assert Customer.objects.count() == 1


def test_an_id_of_another_business_is_a_conflict_that_tells_nothing(office):
    foreign = make.customer(of=make.tenant("dairy"), name="Secret shop")
    error = error_of(post(office, CUSTOMERS, {"id": str(foreign.pk), "name": "Secret shop"}), 409)
    assert "Secret" not in error["message"]


@pytest.fixture
def collected():
    """What a representative's phone sends for old debt taken on the round, and the phone."""
    rep = make.user("SALES_REP")
    body = {
        "id": str(uuid4()),
        "customer_id": str(make.customer(opening_balance_cents=5000).pk),
        "route_id": str(make.route(rep=rep).pk),
        "reference": "slip 7",
    }
    return rep, client_of(rep), body


@pytest.mark.parametrize(
    "other",
    [
        {"route_id": lambda rep: str(make.route(rep=rep).pk)},
        {"route_id": lambda rep: None},
        {"customer_id": lambda rep: str(make.customer().pk)},
        {"sale_id": lambda rep: str(make.sale(route=make.route(rep=rep)).pk)},
        {"amount_cents": lambda rep: 999},
        {"channel": lambda rep: "CHEQUE"},
        {"reference": lambda rep: "slip 8"},
        {"received_at": lambda rep: make.later(hours=1).isoformat()},
    ],
    ids=lambda other: next(iter(other)),
)
def test_another_payment_under_a_used_id_is_a_conflict(collected, other):
    rep, phone, body = collected
    first = pay(phone, **body)
    assert first.status_code == 201, first.content
    assert pay(phone, **body).json() == first.json()
    changed = {name: value(rep) for name, value in other.items()}
    answer = pay(phone, **{**body, **changed})
    error_of(answer, 409, "payment_already_known")
    assert Payment.objects.count() == 1


def test_a_payment_given_another_route_since_is_still_the_one_that_was_sent(collected):
    rep, phone, body = collected
    first = pay(phone, **body).json()
    elsewhere = make.route(rep=rep)
    services.set_payment_route(
        actor=make.user("ADMIN"), payment=Payment.objects.get(), route=elsewhere, reason="counted there"
    )
    again = pay(phone, **body).json()
    assert (again["id"], again["route_id"]) == (first["id"], str(elsewhere.pk))
