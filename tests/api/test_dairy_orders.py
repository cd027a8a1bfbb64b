"""Products, standing orders and the orders of a day by API."""

from uuid import uuid4

import pytest
from django.utils import timezone

from routes.services import create_round
from subscriptions.models import DailyOrder, StandingOrder, StandingOrderChange
from tests import make
from tests.api.clients import client_as, client_of, error_of, post

pytestmark = [pytest.mark.dairy, pytest.mark.django_db]

PRODUCTS, STANDING, ORDERS = "/api/dairy/products", "/api/dairy/standing-orders", "/api/dairy/orders"


@pytest.fixture
def office():
    return client_as("FINANCE")


def today():
    return str(timezone.localdate())


def test_from_a_product_to_the_orders_of_a_day(office):
    milk = {"code": "MILK", "name": "Milk", "unit": "litre", "unit_price_cents": 7000, "valid_from": "2026-01-01"}
    product = post(office, PRODUCTS, milk).json()
    post(office, f"{PRODUCTS}/{product['id']}/prices", {"unit_price_cents": 7200, "valid_from": today()})
    north = create_round(actor=None, tenant=make.tenant(), name="North", slots=["morning"])
    customer = make.customer(round=north)
    wanted = {"customer_id": str(customer.pk), "product_id": product["id"], "quantities": ["1.500", 0]}
    standing = post(office, STANDING, {**wanted, "starts_on": today(), "slot": "morning"}).json()
    assert standing["quantities"] == ["1.500", "0.000"]
    change = {"kind": "INCREASE", "quantity": 1, "first_day": today(), "last_day": today(), "note": "guests"}
    assert post(office, f"{STANDING}/{standing['id']}/changes", change).status_code == 201
    asked = {"date": today(), "round_id": str(north.pk), "slot": "morning"}
    would = post(office, f"{ORDERS}/generate", {**asked, "dry_run": True}).json()
    assert not DailyOrder.objects.exists()
    done = post(office, f"{ORDERS}/generate", asked).json()
    assert would == {**done, "dry_run": True}
    assert (done["created"], done["left_out"], done["round_id"]) == (1, {}, str(north.pk))
    [order] = office.get(ORDERS, {"date": today(), "round_id": str(north.pk), "slot": "morning"}).json()["results"]
    assert (order["planned_quantity"], order["unit_price_cents"], order["note"]) == ("2.500", 7200, "guests")
    assert not office.get(ORDERS, {"date": "2026-01-01"}).json()["results"]
    [listed] = office.get(PRODUCTS).json()["results"]
    assert [price["unit_price_cents"] for price in listed["prices"]] == [7200, 7000]


def test_a_phone_that_sends_twice_starts_one_standing_order(office):
    body = {
        "id": str(uuid4()),
        "customer_id": str(make.customer().pk),
        "product_id": str(make.product().pk),
        "quantities": [1, 2],
        "starts_on": "2026-01-13",
    }
    first = post(office, STANDING, body)
    assert post(office, STANDING, body).json() == first.json()
    error_of(post(office, STANDING, {**body, "quantities": [2, 1]}), 409, "standing_order_already_known")
    error_of(post(office, STANDING, {**body, "id": str(uuid4())}), 409, "standing_orders_overlap")
    assert StandingOrder.objects.count() == 1


@pytest.mark.parametrize("quantities", [[], [-1], [0.5], ["-1"], ["1.0001"], [True], "2", [None], [2] * 367])
def test_what_is_no_pattern_is_refused(office, quantities):
    body = {"customer_id": str(make.customer().pk), "product_id": str(make.product().pk), "starts_on": "2026-01-13"}
    answer = post(office, STANDING, {**body, "quantities": quantities})
    assert answer.status_code in (400, 422), answer.content
    assert not StandingOrder.objects.exists()


@pytest.mark.parametrize("date", ["2026-02-30", "13.1.2026", 20260113, None, ""])
def test_what_is_no_day_is_refused(office, date):
    error_of(post(office, f"{ORDERS}/generate", {"date": date}), 400, "invalid")
    error_of(post(office, f"{ORDERS}/generate", {"date": "1990-01-01"}), 422, "day_too_far")


@pytest.mark.parametrize("dry_run", ["true", 1, None, "yes"])
def test_a_dry_run_that_is_not_clearly_said_does_nothing(office, dry_run):
    make.standing_order()
    error_of(post(office, f"{ORDERS}/generate", {"date": today(), "dry_run": dry_run}), 400, "invalid")
    assert not DailyOrder.objects.exists()


def test_a_pause_is_ended_and_withdrawn(office):
    standing = make.standing_order()
    pause = post(office, f"{STANDING}/{standing.pk}/changes", {"kind": "SKIP", "first_day": "2026-02-01"}).json()
    address = f"/api/dairy/standing-order-changes/{pause['id']}"
    assert post(office, f"{address}/end", {"last_day": "2026-02-10"}).json()["last_day"] == "2026-02-10"
    assert post(office, f"{address}/withdraw", {"reason": "mistake"}).json()["withdrawn_at"]
    error_of(post(office, f"{address}/withdraw"), 409, "change_is_withdrawn")
    assert StandingOrderChange.objects.get().history.first().history_change_reason == "mistake"


def test_a_representative_sees_the_orders_of_their_rounds():
    rep = make.user()
    mine = create_round(actor=None, tenant=make.tenant(), name="Mine", usual_rep=rep)
    own = make.daily_order(of=make.customer(round=mine))
    make.daily_order(of=make.customer(round=create_round(actor=None, tenant=make.tenant(), name="Other")))
    assert [order["id"] for order in client_of(rep).get(ORDERS).json()["results"]] == [str(own.pk)]


def test_a_round_or_product_of_another_business_is_not_there(office):
    foreign = make.tenant("dairy")
    theirs = create_round(actor=None, tenant=foreign, name="Theirs")
    error_of(post(office, f"{ORDERS}/generate", {"date": today(), "round_id": str(theirs.pk)}), 404)
    body = {"customer_id": str(make.customer().pk), "product_id": str(make.product(of=foreign).pk)}
    error_of(post(office, STANDING, {**body, "quantities": [1], "starts_on": "2026-01-13"}), 404)
    error_of(post(office, ORDERS, {**body, "quantity": 1, "day": "2026-01-13"}), 404)
