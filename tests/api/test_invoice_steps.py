"""Invoices by API are drafted, issued, corrected, made void, deleted and recovered."""

import pytest

from billing import services
from tests import make
from tests.api.clients import client_as, error_of, post

pytestmark = [pytest.mark.finance, pytest.mark.django_db]
INVOICES = "/api/billing/invoices/tenant"
NOW = make.NOW


@pytest.fixture
def office():
    return client_as("FINANCE")


def listed(client, query=""):
    answer = client.get(f"{INVOICES}?{query}")
    assert answer.status_code == 200, answer.content
    return answer.json()


def ids(client, query=""):
    return [invoice["id"] for invoice in listed(client, query)["invoices"]]


def pay(invoice, cents):
    payment = make.payment(cents, by=invoice.customer)
    split = {"invoice": invoice, "amount_cents": min(cents, invoice.balance_cents)}
    services.allocate_payment(actor=None, payment=payment, splits=[split], now=NOW)
    return payment


def test_an_invoice_from_draft_to_void(office):
    customer = make.customer()
    sale = make.sale(5000, to=customer)
    body = {"customer_id": str(customer.pk), "source": "SALES", "sale_ids": [str(sale.pk)]}
    drafted = post(office, "/api/billing/invoices", body)
    assert (drafted.status_code, drafted.json()["status"], drafted.json()["number"]) == (201, "DRAFT", None)
    path = f"/api/billing/invoices/{drafted.json()['id']}"
    error_of(post(office, "/api/billing/invoices", body), 409, "already_billed")
    issued = post(office, f"{path}/issue", {"due_in_days": 30}).json()
    assert (issued["status"], issued["total_cents"], bool(issued["number"])) == ("ISSUED", 5000, True)
    error_of(post(office, f"{path}/void", {}), 400)
    assert post(office, f"{path}/void", {"reason": "mistake"}).json()["status"] == "VOID"
    error_of(post(office, f"{path}/issue", {}), 409, "illegal_invoice_move")
    assert post(office, "/api/billing/invoices", body).status_code == 201, "its sale is free again"


def test_a_deleted_invoice_is_gone_until_it_is_recovered(office):
    invoice = make.invoice(900)
    path = f"/api/billing/invoices/{invoice.pk}"
    assert office.delete(path).status_code == 204
    error_of(office.get(path), 404)
    assert ids(office) == []
    error_of(office.delete(path), 409, "invoice_is_deleted")
    assert post(office, f"{path}/recover").json()["balance_cents"] == 900
    assert ids(office) == [str(invoice.pk)]
    error_of(post(office, f"{path}/recover"), 409, "illegal_invoice_move")


def test_an_invoice_with_money_cannot_be_deleted(office):
    invoice = make.invoice(900)
    pay(invoice, 1)
    error_of(office.delete(f"/api/billing/invoices/{invoice.pk}"), 409, "invoice_has_money")


def test_a_credit_note_sent_twice_is_one(office):
    path = f"/api/billing/invoices/{make.invoice(900).pk}/credit-note"
    body = {"amount_cents": 300, "reason": "broken"}
    error_of(post(office, path, body), 400, "idempotency_key_missing")
    first, second = (post(office, path, body, key="note-1").json() for _ in range(2))
    assert first == second
    assert (first["credit"]["kind"], first["invoice"]["balance_cents"]) == ("CREDIT_NOTE", 600)
    error_of(post(office, path, {**body, "amount_cents": 601}, key="note-2"), 422, "more_than_invoiced")


def test_a_write_off_leaves_nothing_to_pay(office):
    path = f"/api/billing/invoices/{make.invoice(900).pk}/write-off"
    found = post(office, path, {"reason": "moved away"}).json()
    assert (found["credit"]["amount_cents"], found["invoice"]["status"]) == (900, "PAID")
    error_of(post(office, path, {"reason": "again"}), 422, "nothing_to_write_off")
