"""Invoices by API: listed page by page by their status now, taken home as CSV, read one by one, and moved on."""

import csv
import io
from datetime import timedelta
from urllib.parse import quote

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from billing import services
from billing.models import Invoice
from tests import legacy, make
from tests.api.clients import client_as, client_of, error_of, post

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


# The list -------------------------------------------------------------------------------------------------------------


def test_an_invoice_of_the_list_has_what_the_contract_says(office):
    invoice = make.invoice(900, source="DUES")
    pay(invoice, 400)
    [found] = listed(office)["invoices"]
    expected = {
        "id": str(invoice.pk),
        "number": invoice.number,
        "source": "DUES",
        "status": "PARTIALLY_PAID",
        "total_cents": 900,
        "allocated_cents": 400,
        "balance_cents": 500,
        "currency": "BDT",
        "paid_at": None,
    }
    assert {name: found[name] for name in expected} == expected
    assert found["customer"]["name"] == invoice.customer.name
    assert {"issued_at", "due_at"} <= set(found)
    assert listed(office)["pagination"] == {"page": 1, "page_size": 50, "total": 1, "total_pages": 1}


@pytest.mark.damages_rows
def test_the_status_filter_goes_by_the_status_now_and_counts_what_it_shows(office):
    rows = one_of_each()
    buckets = {
        "OUTSTANDING": ["ISSUED", "OVERDUE", "PARTIALLY_PAID"],
        "CANCELLED": ["VOID", "FAILED", "DRAFT"],
        **{status: [status] for status in rows},
        "all": list(rows),
    }
    for asked, statuses in buckets.items():
        found = listed(office, f"status={asked}")
        assert {invoice["status"] for invoice in found["invoices"]} == set(statuses), asked
        assert {invoice["id"] for invoice in found["invoices"]} == {str(rows[status].pk) for status in statuses}
        assert found["pagination"]["total"] == len(statuses)
    assert len(ids(office, "status=PAID&status=VOID")) == 2


@pytest.mark.damages_rows
@pytest.mark.parametrize("size", [1, 2, 3, 7, 50])
def test_pages_of_any_size_show_every_invoice_once_and_agree_with_the_total(office, size):
    for _ in range(3):
        one_of_each()
    for query in ("status=OUTSTANDING", "status=PAID&status=CANCELLED", "sort=total_cents", ""):
        pagination = listed(office, f"{query}&pageSize={size}")["pagination"]
        pages = [ids(office, f"{query}&pageSize={size}&page={page + 1}") for page in range(pagination["total_pages"])]
        shown = [pk for page in pages for pk in page]
        assert len(shown) == len(set(shown)) == pagination["total"]
        assert all(len(page) == size for page in pages[:-1])
    assert ids(office, "page=999") == []


def test_without_values_nothing_is_filtered(office):
    make.invoice()
    assert len(ids(office, "page=1&pageSize=50&status=&source=&search=&sort=")) == 1


@pytest.mark.parametrize("sort", ["issued_at", "due_at", "total_cents", "customer", "number"])
def test_each_order_is_turned_round_exactly(office, sort):
    shop = make.customer()
    for total in (100, 300, 200, 200):
        make.invoice(total, to=shop)
    make.draft(200)
    assert ids(office, f"sort={sort}") == ids(office, f"sort=-{sort}")[::-1]


def test_the_newest_come_first_and_drafts_before_them(office):
    old, new = (make.invoice(issued_at=NOW - timedelta(days=days)) for days in (2, 1))
    draft = make.draft()
    assert ids(office) == [str(invoice.pk) for invoice in (draft, new, old)]


def test_a_source_is_found_in_all_its_spellings(office):
    shop = make.customer()
    for source in ("EVENT", "evt", "", "manual", "OTHER", "DUES"):
        legacy.invoice(900, to=shop, source=source)
    counts = {source: len(ids(office, f"source={source}")) for source in ("EVENT", "evt", "OTHER", "DUES", "SALES")}
    assert counts == {"EVENT": 2, "evt": 2, "OTHER": 3, "DUES": 1, "SALES": 0}
    assert len(ids(office, "source=DUES&source=EVENT")) == 3


@pytest.mark.parametrize(
    ("search", "found"),
    [
        ("rahman", ["Karim Rahman"]),
        ("Karim Rahman", ["Karim Rahman"]),
        ("rahman karim", ["Karim Rahman"]),
        ("100%", ["100% Fresh"]),
        ("%", ["100% Fresh"]),
        ("a_b", ["a_b Stores"]),
        ("_", ["a_b Stores"]),
        ("\\", []),
        ("'", []),
        ("rahman stores", []),
    ],
)
def test_search_takes_words_as_they_are_written(office, search, found):
    for name in ("Karim Rahman", "100% Fresh", "a_b Stores", "axb Foods"):
        make.invoice(to=make.customer(name=name))
    shown = listed(office, f"search={quote(search)}")
    assert [invoice["customer"]["name"] for invoice in shown["invoices"]] == found
    assert shown["pagination"]["total"] == len(found)


def test_search_finds_numbers_and_descriptions(office):
    invoice = make.invoice(description="Spring fair")
    assert ids(office, f"search={invoice.number[:8].lower()}") == ids(office, "search=FAIR") == [str(invoice.pk)]


def test_a_window_goes_by_the_issue_and_a_currency_by_the_invoice(office):
    make.invoice(900, issued_at=NOW - timedelta(days=10))
    make.invoice(900, currency="USD")
    assert len(ids(office, "from=2026-01-13&to=2026-01-13")) == 1
    assert len(ids(office, "from=2026-01-03&to=2026-01-13&currency=BDT")) == 1
    assert len(ids(office, "period=ALL_TIME")) == 2


@pytest.mark.parametrize(
    ("query", "name"),
    [
        *(
            (f"{name}={value}", name)
            for name in ("page", "pageSize")
            for value in ("0", "-1", "x", "1.5", "1e3", "%D9%A3")
        ),
        ("pageSize=201", "pageSize"),
        ("page=99999999999999999999", "page"),
        ("page_size=5", "page_size"),
        ("cursor=abc", "cursor"),
        ("status=UNPAID", "status"),
        ("source=GIFTS", "source"),
        ("sort=name", "sort"),
        ("sort=--number", "sort"),
        ("search=%00", "search"),
        (f"search={'x' * 101}", "search"),
        ("period=LAST_WEEK", "period"),
        ("from=2026-01-01", "to"),
        ("to=2026-01-01", "from"),
        ("customer_id=7", "customer_id"),
    ],
)
def test_junk_is_refused_by_name(office, query, name):
    assert list(error_of(office.get(f"{INVOICES}?{query}"), 400, "invalid")["fields"]) == [name]


def test_a_reversed_window_is_refused(office):
    error_of(office.get(f"{INVOICES}?from=2026-02-01&to=2026-01-01"), 422, "period_reversed")


def test_the_list_costs_the_same_however_many_invoices_it_shows(office):
    def cost(query):
        with CaptureQueriesContext(connection) as asked:
            listed(office, query)
        return len(asked)

    make.invoice()
    of_one = cost("status=OUTSTANDING")
    for _ in range(4):
        make.invoice()
        legacy.invoice()
    assert cost("status=OUTSTANDING") == of_one <= 6


# Export ---------------------------------------------------------------------------------------------------------------


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


# Detail ---------------------------------------------------------------------------------------------------------------


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


# Its life -------------------------------------------------------------------------------------------------------------


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
