"""Four views of one invoice agree, for every invoice of the demo: list, detail, dashboard and export."""

import csv
import io
from collections import Counter

import pytest

from accounts.demo.people import GRAND, TENANTS_OF
from accounts.models import Tenant, User
from billing.demo.invoices import OLD_CASES
from billing.models import Allocation, Invoice, Payment
from billing.rules.invoice_source import SOURCES
from tests.api.clients import client_of

pytestmark = [pytest.mark.finance, pytest.mark.django_db]

LIST = "/api/billing/invoices/tenant"
SUMMARY = "/api/billing/admin/finance/summary?period=ALL_TIME"
BUCKET = {
    **dict.fromkeys(("ISSUED", "PARTIALLY_PAID", "OVERDUE"), "OUTSTANDING"),
    **dict.fromkeys(("DRAFT", "VOID", "FAILED"), "CANCELLED"),
    "PAID": "PAID",
}


def office_of(slug):
    return client_of(User.objects.get(tenant__slug=slug, role="FINANCE"))


def whole_list(client):
    found, page = [], 1
    while True:
        answer = client.get(f"{LIST}?pageSize=7&page={page}").json()
        found += answer["invoices"]
        if page >= answer["pagination"]["total_pages"]:
            assert len(found) == answer["pagination"]["total"]
            return found
        page += 1


def assert_views_agree(slug, *, details):
    client, tenant = office_of(slug), Tenant.objects.get(slug=slug)
    shown = whole_list(client)
    assert len(shown) == Invoice.objects.filter(tenant=tenant, deleted_at__isnull=True).count()
    for invoice in shown[:details]:
        detail = client.get(f"/api/billing/invoices/{invoice['id']}").json()
        assert {name: detail[name] for name in invoice} == invoice
        assert sum(row["signed_cents"] for row in detail["allocations"]) == invoice["allocated_cents"]
        if detail["lines"]:
            assert sum(line["total_cents"] for line in detail["lines"]) == invoice["total_cents"]
    exported = client.get(f"{LIST}?format=csv")
    rows = list(csv.DictReader(io.StringIO(b"".join(exported.streaming_content).decode())))
    for row, invoice in zip(rows, shown, strict=True):
        same = set(row) & set(invoice)
        assert {name: row[name] for name in same} == {
            name: "" if invoice[name] is None else str(invoice[name]) for name in same
        }
    for currency in {invoice["currency"] for invoice in shown}:
        mine = [invoice for invoice in shown if invoice["currency"] == currency and invoice["total_cents"]]
        assert_dashboard_is(mine, client.get(f"{SUMMARY}&currency={currency}").json())


def assert_dashboard_is(shown, summary):
    """The dashboard's figures are the sums over the list, by status, by source and by age."""
    collected = {invoice["id"]: invoice["paid_cents"] - invoice["credited_cents"] for invoice in shown}
    for bucket, figure in summary["by_status"].items():
        inside = [invoice for invoice in shown if BUCKET[invoice["status"]] == bucket]
        column = "balance_cents" if bucket == "OUTSTANDING" else "total_cents"
        assert figure == {"count": len(inside), "total_cents": sum(invoice[column] for invoice in inside)}
    for source in SOURCES:
        inside = [invoice for invoice in shown if invoice["source"] == source]
        owed = [invoice["balance_cents"] for invoice in inside if invoice["balance_cents"]]
        paid = [collected[invoice["id"]] for invoice in inside if collected[invoice["id"]]]
        assert summary["by_source"][source] == {
            "outstanding": {"count": len(owed), "total_cents": sum(owed)},
            "collected": {"count": len(paid), "total_cents": sum(paid)},
        }
    ages = Counter(dict.fromkeys(summary["ageing"], 0))
    for invoice in shown:
        ages[invoice["ageing"]] += invoice["balance_cents"]
    assert {bucket: figure["total_cents"] for bucket, figure in summary["ageing"].items()} == ages
    legacy = [collected[invoice["id"]] for invoice in shown if not invoice["counts_by_allocations"]]
    assert summary["totals"]["via_legacy_cents"] == sum(legacy)


@pytest.mark.parametrize("slug", TENANTS_OF["small"])
def test_list_detail_dashboard_and_export_agree_for_every_invoice(small_demo, slug):
    assert_views_agree(slug, details=1000)


def test_they_agree_for_the_large_demo_too(load):
    load(size="large", payments=1000, invoices=400)
    assert_views_agree(GRAND, details=40)


def test_every_case_of_the_old_system_and_of_this_one_is_there(small_demo):
    dairy = Invoice.objects.filter(tenant__slug="larkfield-dairy")
    assert dairy.filter(counts_by_allocations=False).count() == len(OLD_CASES)
    assert set(dairy.filter(counts_by_allocations=True).values_list("status", flat=True)) == {
        "DRAFT",
        "ISSUED",
        "PARTIALLY_PAID",
        "PAID",
        "VOID",
    }
    totals = office_of("larkfield-dairy").get(SUMMARY).json()["totals"]
    for name in ("via_legacy_cents", "overpaid_cents", "unallocated_cents", "credited_cents"):
        assert totals[name] > 0, name


def test_the_distributor_got_invoices_and_no_payment(small_demo):
    assert Invoice.objects.filter(tenant__slug="distro").count() == 12
    assert not Payment.objects.filter(tenant__slug="distro", invoice__isnull=False).exists()


def test_the_large_demo_has_as_many_invoices_as_asked_for(load):
    load(size="large", payments=1000, invoices=400)
    invoices = Invoice.objects.filter(tenant__slug=GRAND)
    assert invoices.count() == 400
    assert Allocation.objects.filter(invoice__isnull=False).count() == 200
    assert invoices.by_legacy_money().count() == 40
