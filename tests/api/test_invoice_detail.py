"""One invoice by API with what paid it, who, when and why; and the list taken home as a file."""

import csv
import io
from datetime import timedelta

import pytest

from billing import services
from billing.models import Invoice
from tests import legacy, make
from tests.api.clients import client_as, client_of, error_of

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


def pay(invoice, cents):
    payment = make.payment(cents, by=invoice.customer)
    split = {"invoice": invoice, "amount_cents": min(cents, invoice.balance_cents)}
    services.allocate_payment(actor=None, payment=payment, splits=[split], now=NOW)
    return payment


def one_of_each():
    """An invoice in each status, by name; all due long ago, but the issued one."""
    late, future = {"due_at": NOW - timedelta(days=3)}, {"due_at": NOW + timedelta(days=36500)}
    shop = make.customer()
    return {
        "ISSUED": legacy.invoice(900, to=shop, **future),
        "OVERDUE": legacy.invoice(900, to=shop, **late),  # stored as issued
        "PARTIALLY_PAID": legacy.invoice(900, to=shop, allocated_cents=1, **late),
        "PAID": legacy.invoice(900, to=shop, status="PAID", **late),
        "VOID": legacy.invoice(900, to=shop, status="VOID", **late),
        "FAILED": legacy.invoice(900, to=shop, status="FAILED", **late),
        "DRAFT": legacy.invoice(900, to=shop, status="DRAFT", issued_at=None, **late),
    }


def exported(client, query=""):
    answer = client.get(f"{INVOICES}?format=csv&{query}")
    assert answer.status_code == 200 and answer.streaming
    return list(csv.DictReader(io.StringIO(b"".join(answer.streaming_content).decode())))


@pytest.mark.damages_rows
def test_the_file_holds_every_page_of_the_screen_in_its_order(office):
    one_of_each()
    for query in ("", "status=OUTSTANDING&sort=due_at", "status=CANCELLED"):
        rows = exported(office, f"{query}&pageSize=2")
        shown = listed(office, query)["invoices"]
        assert [row["id"] for row in rows] == [invoice["id"] for invoice in shown]
        for row, invoice in zip(rows, shown, strict=True):
            same = set(row) & set(invoice)
            assert len(same) >= 15
            assert {name: row[name] for name in same} == {
                name: "" if invoice[name] is None else str(invoice[name]) for name in same
            }
            assert row["customer_name"] == invoice["customer"]["name"]


def test_no_spreadsheet_takes_a_name_for_a_formula(office):
    make.invoice(to=make.customer(name="=1+1"))
    assert exported(office)[0]["customer_name"] == "'=1+1"


def test_the_detail_tells_what_paid_who_when_and_why(office):
    invoice = make.invoice(900, lines=[{"description": "Fair", "unit_price_cents": 450, "quantity": 2}])
    clerk = make.user("FINANCE")
    payment = make.payment(500, by=invoice.customer, channel="CHEQUE", reference="CH-7")
    split = {"invoice": invoice, "amount_cents": 400}
    services.allocate_payment(actor=clerk, payment=payment, splits=[split], reason="as agreed", now=NOW)
    found = office.get(f"/api/billing/invoices/{invoice.pk}").json()
    [line], [allocation], [unapplied] = found["lines"], found["allocations"], found["unapplied_payments"]
    assert (line["description"], line["quantity"], line["total_cents"]) == ("Fair", "2.000", 900)
    assert (allocation["amount_cents"], allocation["channel"], allocation["reference"]) == (400, "CHEQUE", "CH-7")
    assert (allocation["by"]["name"], allocation["reason"]) == (clerk.name, "as agreed")
    assert (unapplied["id"], unapplied["left_cents"]) == (str(payment.pk), 100)
    assert [event["what"] for event in found["audit"]].count("payment applied") == 1
    assert found["audit"][0]["what"] == "invoice created"
    assert found["audit"][-1]["after"]


def test_the_allocations_of_the_detail_add_up_also_after_one_was_taken_back(office):
    invoice = make.invoice(900)
    pay(invoice, 300)
    payment = pay(Invoice.objects.get(pk=invoice.pk), 200)
    services.reverse_payment(actor=None, payment=payment, reason="bounced", now=NOW)
    found = office.get(f"/api/billing/invoices/{invoice.pk}").json()
    assert sum(row["signed_cents"] for row in found["allocations"]) == found["allocated_cents"] == 300
    assert [row["is_live"] for row in found["allocations"]] == [True, False, False]
    assert found["allocations"][-1]["reason"] == "bounced"


def test_an_old_invoice_names_the_payments_by_which_it_counts(office):
    old = legacy.invoice(900)
    payment = legacy.payment(400, by=old.customer, invoice=old)
    found = office.get(f"/api/billing/invoices/{old.pk}").json()
    assert (found["paid_cents"], found["allocated_cents"], found["balance_cents"]) == (400, 0, 500)
    assert [row["id"] for row in found["legacy_payments"]] == [str(payment.pk)]
    assert found["unapplied_payments"] == [], "it is spoken for"


def test_a_representative_and_another_business_do_not_see_it():
    invoice = make.invoice()
    path = f"/api/billing/invoices/{invoice.pk}"
    error_of(client_as("SALES_REP").get(path), 403)
    error_of(client_of(make.user("ADMIN", of=make.tenant("dairy"))).get(path), 404)
