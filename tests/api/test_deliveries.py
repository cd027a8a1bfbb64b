"""Deliveries over HTTP: confirmed one, several or all of a day; extra items; corrections; lists with filters."""

from uuid import uuid4

import pytest

from routes.models import Round
from subscriptions.models import DailyOrder, Delivery
from tests import make
from tests.api.clients import client_as, client_of, error_of, post

pytestmark = [pytest.mark.dairy, pytest.mark.django_db]
DELIVERIES, CONFIRM = "/api/dairy/deliveries", "/api/dairy/deliveries/confirm"
NOBODYS = "00000000-0000-7000-8000-000000000000"


@pytest.fixture
def office():
    return client_as("FINANCE")


@pytest.fixture
def north():
    return Round.objects.create(tenant=make.tenant(), name="North", usual_rep=make.user(), slots=["morning"])


def orders_of(round_, count=3):
    return [make.daily_order(of=make.customer(round=round_)) for _ in range(count)]


def item(order, **fields):
    return {"order_id": str(order.pk), **fields}


def test_a_day_of_a_round_is_confirmed_and_answered_item_by_item(office, north):
    planned, less, nothing = orders_of(north)
    body = {
        "date": str(make.TODAY),
        "round_id": str(north.pk),
        "exceptions": [item(less, quantity="1.5"), item(nothing, quantity=0, note="locked")],
    }
    answer = post(office, CONFIRM, body)
    assert answer.status_code == 200, answer.content
    said = answer.json()
    assert (said["delivered"], said["not_delivered"], said["total_cents"]) == (2, 1, 14000 + 10500)
    states = {row["order_id"]: (row["status"], row["quantity"], row["is_new"]) for row in said["items"]}
    assert states == {
        str(planned.pk): ("DELIVERED", "2.000", True),
        str(less.pk): ("DELIVERED", "1.500", True),
        str(nothing.pk): ("NOT_DELIVERED", "0.000", True),
    }
    again = post(office, CONFIRM, body).json()
    assert (again["delivered"], again["already_delivered"], again["already_not_delivered"]) == (0, 2, 1)


def test_a_wrong_row_is_named_and_nothing_is_written(office, north):
    fine, wrong, _ = orders_of(north)
    error = error_of(
        post(office, CONFIRM, {"date": str(make.TODAY), "exceptions": [item(wrong, quantity=0)]}),
        422,
        "deliveries_refused",
    )
    assert list(error["fields"]) == [str(wrong.pk)]
    assert not Delivery.objects.exists()
    assert DailyOrder.objects.get(pk=fine.pk).status == "GENERATED"


def test_a_phone_confirms_one_order_with_an_id_of_its_own_and_repeats_it(north):
    [order] = orders_of(north, 1)
    phone = client_of(north.usual_rep)
    body = {"orders": [item(order, quantity="1.5", id=str(uuid4()), note="gate")]}
    first, again = post(phone, CONFIRM, body).json(), post(phone, CONFIRM, body).json()
    assert first["items"][0]["delivery_id"] == again["items"][0]["delivery_id"] == body["orders"][0]["id"]
    delivery = Delivery.objects.get()
    assert (delivery.delivered_by, delivery.note) == (north.usual_rep, "gate")


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"orders": []},
        {"date": "2026-01-13", "orders": [{"order_id": NOBODYS}]},
        {"orders": [{"order_id": NOBODYS}], "slot": "morning"},
        {"date": "13.01.2026"},
        {"date": "2026-01-13", "exceptions": [{"order_id": "7"}]},
        {"date": "2026-01-13", "unknown": 1},
    ],
    ids=str,
)
def test_a_body_that_says_nothing_clear_is_malformed(office, body):
    error_of(post(office, CONFIRM, body), 400)


def test_what_is_wrong_with_a_value_has_its_name(office):
    order = make.daily_order()
    for wrong in (-1, "1.5555", 0.5, "milk"):
        error = error_of(post(office, CONFIRM, {"orders": [item(order, quantity=wrong)]}), 422, "not_a_quantity")
        assert error["fields"]
    error_of(post(office, CONFIRM, {"date": "2999-01-01"}), 422, "delivery_in_the_future")
    unknown = {"orders": [{"order_id": str(uuid4())}]}
    error_of(post(office, CONFIRM, unknown), 422, "deliveries_refused")
    error_of(post(client_as("CUSTOMER"), CONFIRM, unknown), 403)


def test_a_representative_confirms_no_round_of_another(north):
    stranger = client_as("SALES_REP")
    [order] = orders_of(north, 1)
    error_of(post(stranger, CONFIRM, {"date": str(make.TODAY), "round_id": str(north.pk)}), 403, "not_your_round")
    error_of(post(stranger, CONFIRM, {"orders": [item(order)]}), 422, "deliveries_refused")
    error_of(post(stranger, f"/api/dairy/orders/{order.pk}/not-delivered", {"reason": "x"}), 404)
    make.delivery(order=order)
    assert stranger.get(DELIVERIES).json()["results"] == []
    assert len(client_of(north.usual_rep).get(DELIVERIES).json()["results"]) == 1


def test_an_order_is_said_not_to_be_delivered(office):
    order = make.daily_order()
    answer = post(office, f"/api/dairy/orders/{order.pk}/not-delivered", {"reason": "door locked"})
    assert (answer.status_code, answer.json()["status"]) == (200, "NOT_DELIVERED")
    make.delivery(order=order)
    error_of(
        post(office, f"/api/dairy/orders/{order.pk}/not-delivered", {"reason": "x"}), 409, "order_already_delivered"
    )


def test_an_extra_item_is_recorded_once_by_its_key_or_its_id(office):
    key = uuid4().hex
    body = {
        "id": str(uuid4()),
        "customer_id": str(make.customer().pk),
        "product_id": str(make.product(7000).pk),
        "day": "2026-01-12",
        "quantity": "1.5",
    }
    first = post(office, DELIVERIES, body, key=key)
    assert first.status_code == 201, first.content
    assert (first.json()["total_cents"], first.json()["daily_order_id"]) == (10500, None)
    assert post(office, DELIVERIES, body, key=key).json() == first.json()
    assert post(office, DELIVERIES, body, key=uuid4().hex).json()["id"] == first.json()["id"]
    error_of(post(office, DELIVERIES, {**body, "quantity": 1}, key=uuid4().hex), 409, "delivery_already_known")
    error_of(post(office, DELIVERIES, body), 400, "idempotency_key_missing")
    foreign = {**body, "customer_id": str(make.customer(of=make.tenant("dairy")).pk)}
    error_of(post(office, DELIVERIES, foreign, key=uuid4().hex), 404)
    assert Delivery.objects.count() == 1


def test_a_delivery_is_corrected_then_cancelled(office):
    address = f"{DELIVERIES}/{make.delivery().pk}"
    corrected = post(office, f"{address}/correct", {"quantity": "1.5", "reason": "counted again"}).json()
    assert (corrected["quantity"], corrected["total_cents"]) == ("1.500", 10500)
    assert post(office, f"{address}/cancel", {"reason": "wrong door"}).json()["status"] == "CANCELLED"
    error_of(post(office, f"{address}/cancel", {"reason": "again"}), 409, "delivery_is_cancelled")
    error_of(post(office, f"{address}/correct", {"quantity": 0, "reason": "x"}), 422, "not_a_quantity")


def test_deliveries_are_found_by_day_customer_state_and_whether_they_are_billed(office):
    shop = make.customer()
    old = make.delivery(of=shop, day=make.later(days=-3).date())
    billed, today = make.delivery(of=shop), make.delivery()
    line = {
        "description": "Milk",
        "quantity": 2,
        "unit_price_cents": 7000,
        "source_kind": "delivery",
        "source_id": billed.pk,
    }
    make.invoice(to=shop, lines=[line])

    def found(query):
        return {row["id"] for row in office.get(f"{DELIVERIES}?{query}").json()["results"]}

    def ids(*rows):
        return {str(row.pk) for row in rows}

    assert found("") == ids(old, billed, today)
    assert found(f"customer_id={shop.pk}") == ids(old, billed)
    assert found(f"date={make.TODAY}") == ids(billed, today)
    assert found("date_to=2026-01-10") == ids(old)
    assert found("billed=true") == ids(billed)
    assert found("billed=false&date_from=2026-01-12") == ids(today)
    assert found("status=CANCELLED") == set()
    error_of(office.get(f"{DELIVERIES}?billed=perhaps"), 400)
