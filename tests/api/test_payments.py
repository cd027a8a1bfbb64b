"""Payments by API: taken once, on the right route, and taken back."""

from uuid import uuid4

import pytest

from billing.models import Payment
from tests import make
from tests.api.clients import client_as, client_of, error_of, pay, post

pytestmark = [pytest.mark.routes, pytest.mark.django_db]


@pytest.fixture
def rep():
    return make.user("SALES_REP")


def test_a_representative_records_money_on_their_own_route(rep):
    sale = make.sale(5000, route=make.route(rep=rep))
    answer = pay(client_of(rep), sale_id=str(sale.pk), amount_cents=6000)
    assert answer.status_code == 201, answer.content
    body = answer.json()
    assert body["collected_by"] == {"id": str(rep.pk), "name": rep.name}
    assert body["route_id"] == str(sale.route_id)
    assert (body["amount_cents"], body["allocated_cents"], body["unallocated_cents"]) == (6000, 5000, 1000)
    assert body["allocation_status"] == "partially_applied"
    assert body["received_at"] == "2026-01-13T09:00:00Z"


def test_a_representative_cannot_record_for_a_sale_of_anothers_route(rep):
    sale = make.sale(route=make.route())
    error_of(pay(client_of(rep), sale_id=str(sale.pk)), 404, "not_found")
    assert not Payment.objects.exists()


def test_a_representative_cannot_record_what_another_collected(rep):
    sale = make.sale(route=make.route(rep=rep))
    other = make.user("SALES_REP")
    error_of(pay(client_of(rep), sale_id=str(sale.pk), collected_by_id=str(other.pk)), 422, "payment_refused")


def test_a_payment_sent_twice_is_done_once(rep):
    sale = make.sale(5000, route=make.route(rep=rep))
    client = client_of(rep)
    first = pay(client, key="phone-7", sale_id=str(sale.pk))
    again = pay(client, key="phone-7", sale_id=str(sale.pk))
    assert (first.status_code, again.status_code) == (201, 201)
    assert first.json() == again.json()
    assert again["Idempotency-Replayed"] == "true"
    assert Payment.objects.count() == 1


def test_the_same_key_with_another_body_is_refused(rep):
    sale = make.sale(5000, route=make.route(rep=rep))
    client = client_of(rep)
    pay(client, key="phone-7", sale_id=str(sale.pk))
    error_of(pay(client, key="phone-7", sale_id=str(sale.pk), amount_cents=999), 422, "idempotency_key_reused")


def test_two_people_may_make_the_same_key():
    customer = make.customer()
    for _ in range(2):
        assert pay(client_as("FINANCE"), key="1", customer_id=str(customer.pk)).status_code == 201
    assert Payment.objects.count() == 2


def test_a_longest_key_of_the_client_still_fits():
    customer = make.customer()
    assert pay(client_as("FINANCE"), key="k" * 255, customer_id=str(customer.pk)).status_code == 201


def test_a_payment_without_a_key_is_refused():
    body = {
        "customer_id": str(make.customer().pk),
        "amount_cents": 1,
        "channel": "CASH",
        "received_at": "2026-01-13T09:00:00Z",
    }
    error_of(post(client_as("FINANCE"), "/api/billing/payments", body), 400, "idempotency_key_missing")
    assert not Payment.objects.exists()


def test_a_client_made_id_sent_again_under_another_key_is_the_same_payment():
    customer, client, made_by_phone = make.customer(), client_as("FINANCE"), str(uuid4())
    first = pay(client, id=made_by_phone, customer_id=str(customer.pk))
    again = pay(client, id=made_by_phone, customer_id=str(customer.pk))
    assert first.json()["id"] == made_by_phone
    assert again.json() == first.json()
    assert Payment.objects.count() == 1


def test_the_office_reverses_a_payment_and_the_sale_is_owed_again():
    sale = make.sale(5000)
    payment = make.payment(5000, sale=sale)
    answer = post(client_as("FINANCE"), f"/api/billing/payments/{payment.pk}/reverse", {"reason": "bounced"})
    assert answer.status_code == 200, answer.content
    assert (answer.json()["status"], answer.json()["allocated_cents"]) == ("REVERSED", 0)
    sale.refresh_from_db()
    assert sale.balance_cents == 5000


def test_a_payment_is_reversed_once():
    payment = make.payment(5000)
    client = client_as("FINANCE")
    post(client, f"/api/billing/payments/{payment.pk}/reverse", {"reason": "bounced"})
    again = post(client, f"/api/billing/payments/{payment.pk}/reverse", {"reason": "bounced"})
    error_of(again, 409, "payment_not_reversible")


def test_a_reversal_repeated_with_its_key_is_answered_as_the_first():
    payment = make.payment(5000)
    client = client_as("FINANCE")
    path = f"/api/billing/payments/{payment.pk}/reverse"
    first, again = (post(client, path, {"reason": "bounced"}, key="once") for _ in range(2))
    assert first.json() == again.json()
    assert again["Idempotency-Replayed"] == "true"


def test_a_representative_sees_what_they_collected_and_what_came_on_their_routes(rep):
    mine = make.payment(sale=make.sale(route=make.route(rep=rep)), collected_by=rep)
    make.payment(sale=make.sale(route=make.route()))
    answer = client_of(rep).get("/api/billing/payments")
    assert [row["id"] for row in answer.json()["results"]] == [str(mine.pk)]


def test_payments_are_found_by_sale_route_customer_and_channel():
    wanted = make.payment(sale=make.sale(route=make.route()), channel="CHEQUE")
    make.payment()
    client = client_as("FINANCE")
    for query in (
        f"sale_id={wanted.sale_id}",
        f"route_id={wanted.route_id}",
        f"customer_id={wanted.customer_id}",
        "channel=CHEQUE",
    ):
        answer = client.get(f"/api/billing/payments?{query}")
        assert [row["id"] for row in answer.json()["results"]] == [str(wanted.pk)], query


def test_pages_are_followed_by_their_links_to_the_end():
    expected = {str(make.payment().pk) for _ in range(5)}
    client, seen, path = client_as("FINANCE"), [], "/api/billing/payments?page_size=2"
    while path:
        page = client.get(path).json()
        seen += [row["id"] for row in page["results"]]
        path = page["next"]
    assert len(seen) == 5
    assert set(seen) == expected
