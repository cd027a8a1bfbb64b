"""The invoices of a period over HTTP: looked at by default, then written with an answer for each customer."""

import pytest

from billing.models import BulkOperation, Invoice
from billing.services import allocate_payment
from tests import make
from tests.api.clients import client_of, error_of, post
from tests.subscriptions.bills import delivered, on_credit

pytestmark = [pytest.mark.dairy, pytest.mark.django_db]

GENERATE = "/api/billing/invoices/generate"
JANUARY = {"period_start": "2026-01-01", "period_end": "2026-01-31"}


@pytest.fixture
def office():
    return client_of(make.user("FINANCE"))


def test_the_preview_is_what_the_generation_then_writes(office):
    meera = make.customer(name="Meera")
    delivered(meera), on_credit(meera, 900)
    seen = post(office, GENERATE, JANUARY).json()
    assert (seen["dry_run"], seen["invoices"], seen["total_cents"]) == (True, 1, 4900)
    assert not Invoice.objects.exists() and not BulkOperation.objects.exists()
    written = post(office, f"{GENERATE}?dry_run=false", JANUARY)
    assert written.status_code == 201
    assert (written.json()["status"], written.json()["items_done"]) == ("SUCCEEDED", 1)
    [item] = written.json()["items"]
    assert item["document_id"] == str(Invoice.objects.get(total_cents=4900).pk)
    assert office.get(f"/api/billing/bulk-operations/{written.json()['id']}").json() == written.json()
    again = post(office, f"{GENERATE}?dry_run=false", JANUARY).json()
    assert [item["code"] for item in again["items"]] == ["period_is_invoiced"]


def test_bad_periods_and_nothing_to_bill_are_refused(office):
    answer = post(office, f"{GENERATE}?dry_run=false", JANUARY)
    error_of(answer, 422, "nothing_to_bill")
    reversed_period = {"period_start": "2026-01-31", "period_end": "2026-01-01"}
    error_of(post(office, GENERATE, reversed_period), 422, "period_reversed")
    theirs = make.customer(of=make.tenant("elsewhere"))
    assert post(office, GENERATE, {**JANUARY, "customer_ids": [str(theirs.pk)]}).status_code == 404


def test_many_are_deleted_with_an_answer_for_each_unless_money_lies_on_one(office):
    free, paid = make.invoice(100), make.invoice(100)
    allocate_payment(actor=None, payment=make.payment(60, by=paid.customer), now=make.NOW)
    body = {"invoice_ids": [str(free.pk), str(paid.pk)], "reason": "wrong price"}
    refused = post(office, "/api/billing/invoices/delete-many", body)
    error_of(refused, 409, "some_have_money")
    body["invoice_ids"].pop()
    assert post(office, "/api/billing/invoices/delete-many", body).json()["items_done"] == 1
