"""Sales, returns and customers by API."""

from uuid import uuid4

import pytest

from accounts.errors import NotAllowed
from billing.api.customers import StatementLine
from billing.models import Sale, SaleReturn
from billing.services import cancel_sale, grant_credit
from tests import make
from tests.api.clients import client_as, client_of, error_of, post

pytestmark = [pytest.mark.routes, pytest.mark.django_db]

SOLD = {"sold_at": "2026-01-13T09:00:00+06:00"}


@pytest.fixture
def office():
    return client_as("FINANCE")


def test_a_sale_is_recorded_by_its_lines(office):
    customer = make.customer()
    lines = [
        {"description": "Milk", "quantity": "1.500", "unit_price_cents": 1000},
        {"description": "Bread", "quantity": 2, "unit_price_cents": 250, "tax_rate_bps": 500},
    ]
    answer = post(office, "/api/billing/sales", {"customer_id": str(customer.pk), "lines": lines, **SOLD})
    assert answer.status_code == 201, answer.content
    body = answer.json()
    assert (body["total_cents"], body["balance_cents"], body["currency"]) == (2000, 2000, "BDT")
    assert {line["description"]: line["total_cents"] for line in body["lines"]} == {"Milk": 1500, "Bread": 500}
    assert body["sold_at"] == "2026-01-13T03:00:00Z"
    assert office.get(f"/api/billing/sales/{body['id']}").json() == body


def test_a_sale_sent_twice_with_its_id_is_one_sale(office):
    body = {"id": str(uuid4()), "customer_id": str(make.customer().pk), "total_cents": 700, **SOLD}
    first, again = (post(office, "/api/billing/sales", body) for _ in range(2))
    assert first.json() == again.json()
    assert Sale.objects.count() == 1
    error_of(post(office, "/api/billing/sales", {**body, "total_cents": 800}), 409, "sale_already_known")


def test_a_sale_is_put_on_a_route_of_ones_own():
    rep = make.user("SALES_REP")
    route, of_another = make.route(rep=rep), make.route()
    body = {"customer_id": str(make.customer().pk), "total_cents": 700, **SOLD}
    made = post(client_of(rep), "/api/billing/sales", {**body, "route_id": str(route.pk)})
    assert made.json()["route_id"] == str(route.pk)
    error = error_of(post(client_of(rep), "/api/billing/sales", {**body, "route_id": str(of_another.pk)}), 404)
    assert list(error["fields"]) == ["route_id"]


def test_a_return_of_part_of_a_line_lowers_what_the_sale_asks_for(office):
    sale = make.sale(lines=[make.line(quantity=3, unit_price_cents=1000)])
    lines = [{"line_id": str(sale.lines.get().pk), "quantity": 1}]
    answer = post(office, f"/api/billing/sales/{sale.pk}/returns", {"lines": lines, "reason": "broken"})
    assert answer.status_code == 201, answer.content
    assert [entry["amount_cents"] for entry in answer.json()["returns"]] == [1000]
    assert (answer.json()["sale"]["returned_cents"], answer.json()["sale"]["balance_cents"]) == (1000, 2000)


def test_a_return_reported_twice_is_counted_once(office):
    sale = make.sale(5000)
    body = {"amount_cents": 1000, "reason": "broken", "return_key": "phone-3"}
    for _ in range(2):
        answer = post(office, f"/api/billing/sales/{sale.pk}/returns", body)
        assert answer.json()["sale"]["returned_cents"] == 1000
    assert SaleReturn.objects.count() == 1


def test_more_than_was_sold_cannot_come_back(office):
    sale = make.sale(5000)
    answer = post(office, f"/api/billing/sales/{sale.pk}/returns", {"amount_cents": 5001, "reason": "broken"})
    error_of(answer, 422, "more_than_sold")


@pytest.mark.parametrize("body", [{}, {"amount_cents": 1, "lines": [{"line_id": str(uuid4()), "quantity": 1}]}])
def test_a_return_says_in_one_way_what_came_back(office, body):
    answer = post(office, f"/api/billing/sales/{make.sale().pk}/returns", {"reason": "broken", **body})
    assert "amount_cents" in error_of(answer, 400)["fields"]


def test_a_customer_is_taken_on_with_what_they_owe(office):
    answer = post(office, "/api/billing/customers", {"name": "Corner shop", "opening_balance_cents": 1000})
    assert answer.status_code == 201, answer.content
    owed = office.get(f"/api/billing/customers/{answer.json()['id']}/outstanding").json()
    assert (owed["opening_balance_cents"], owed["outstanding_cents"]) == (1000, 1000)


def test_what_a_customer_owes_is_told_sale_by_sale(office):
    customer = make.customer(opening_balance_cents=1000)
    sale = make.sale(5000, to=customer)
    make.payment(2000, sale=sale)
    make.payment(7000, sale=make.sale(6000, to=customer))
    owed = office.get(f"/api/billing/customers/{customer.pk}/outstanding").json()
    assert [(entry["number"], entry["balance_cents"]) for entry in owed["sales"]] == [(sale.number, 3000)]
    assert (owed["sales_cents"], owed["outstanding_cents"], owed["credit_cents"]) == (3000, 4000, 1000)


def test_a_statement_opens_lists_and_closes():
    """10.00 from before; 50.00 on the 13th, 20.00 paid on the 15th, 5.00 sold on the 17th."""
    customer = make.customer(opening_balance_cents=1000)
    sale = make.sale(5000, to=customer)
    make.payment(2000, sale=sale, received_at=make.later(days=2))
    make.sale(500, to=customer, sold_at=make.later(days=4))
    office = client_as("FINANCE")
    told = office.get(f"/api/billing/customers/{customer.pk}/statement?from=2026-01-15&to=2026-01-16").json()
    assert (told["from"], told["to"]) == ("2026-01-15", "2026-01-16")
    assert (told["opening_cents"], told["paid_cents"], told["closing_cents"]) == (6000, 2000, 4000)
    assert [(line["kind"], line["balance_cents"]) for line in told["lines"]] == [("payment", 4000)]


def test_a_statement_without_a_period_closes_at_what_is_outstanding_less_credit():
    customer = make.customer(opening_balance_cents=1000)
    sale = make.sale(5000, to=customer)
    make.payment(6000, sale=sale)
    client = client_as("FINANCE")
    post(client, f"/api/billing/sales/{sale.pk}/returns", {"amount_cents": 500, "reason": "broken"})
    owed = client.get(f"/api/billing/customers/{customer.pk}/outstanding").json()
    told = client.get(f"/api/billing/customers/{customer.pk}/statement").json()
    assert told["closing_cents"] == owed["outstanding_cents"] - owed["credit_cents"] == -500
    assert told["lines"][-1]["balance_cents"] == told["closing_cents"]


def test_a_statement_names_invoices_and_credits_by_kinds_that_the_schema_declares(office):
    customer = make.customer()
    make.invoice(5000, to=customer)
    grant_credit(actor=None, customer=customer, amount_cents=700, reason="late delivery")
    told = office.get(f"/api/billing/customers/{customer.pk}/statement").json()
    kinds = {line["kind"] for line in told["lines"]}
    assert kinds == {"invoice", "credit"}
    assert kinds <= StatementLine().fields["kind"].choices.keys()


def test_a_customer_sees_what_they_owe_themselves_and_nobody_else():
    person = make.user("CUSTOMER")
    mine, other = make.customer(user=person), make.customer()
    client = client_of(person)
    for what in ("outstanding", "statement"):
        assert client.get(f"/api/billing/customers/{mine.pk}/{what}").status_code == 200
        error_of(client.get(f"/api/billing/customers/{other.pk}/{what}"), 404)


def test_the_office_cancels_a_sale_and_what_was_paid_is_credit(office):
    sale = make.sale(5000)
    make.payment(2000, sale=sale)
    answer = post(office, f"/api/billing/sales/{sale.pk}/cancel", {"reason": "ordered twice"})
    assert answer.status_code == 200, answer.content
    assert (answer.json()["status"], answer.json()["net_cents"], answer.json()["allocated_cents"]) == (
        "CANCELLED",
        0,
        0,
    )
    owed = office.get(f"/api/billing/customers/{sale.customer_id}/outstanding").json()
    assert (owed["outstanding_cents"], owed["credit_cents"]) == (0, 2000)
    assert Sale.history.filter(id=sale.pk).first().history_change_reason == "ordered twice"


def test_a_sale_is_cancelled_once_and_for_a_reason(office):
    path = f"/api/billing/sales/{make.sale().pk}/cancel"
    assert list(error_of(post(office, path), 400)["fields"]) == ["reason"]
    first, again = (post(office, path, {"reason": "ordered twice"}, key="once") for _ in range(2))
    assert first.json() == again.json()
    error_of(post(office, path, {"reason": "ordered twice"}), 409, "sale_is_cancelled")


def test_a_sale_of_a_reconciled_route_stays(office):
    route = make.route()
    sale = make.sale(route=route)
    make.bring(route, to="RECONCILED")
    error = post(office, f"/api/billing/sales/{sale.pk}/cancel", {"reason": "too late"})
    error_of(error, 409, "route_already_reconciled")


def test_a_representative_does_not_wipe_out_what_they_are_to_collect():
    rep = make.user("SALES_REP")
    sale = make.sale(route=make.route(rep=rep))
    error_of(post(client_of(rep), f"/api/billing/sales/{sale.pk}/cancel", {"reason": "closed"}), 403, "not_allowed")
    with pytest.raises(NotAllowed):
        cancel_sale(actor=rep, sale=sale, reason="closed")
