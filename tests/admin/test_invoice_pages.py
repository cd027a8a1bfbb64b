"""Invoices in the admin: listed by the status of this moment, and explained by what pays for them."""

from datetime import timedelta

import pytest
from django.core.paginator import InvalidPage
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.admin import paginator
from billing import services
from billing.models import Allocation, Invoice
from tests import legacy, make
from tests.admin.actions.clicks import text_of
from tests.admin.business import page

pytestmark = [pytest.mark.finance, pytest.mark.django_db]

LIST = page(Invoice, "changelist")


def listed(browser, **asked):
    return list(browser.get(LIST, asked).context["cl"].result_list)


def opened(browser, row):
    return browser.get(page(type(row), "change", row.pk))


@pytest.fixture
def late():
    """Stored as issued; time made it overdue."""
    return make.invoice(5000, now=timezone.now() - timedelta(days=20))


@pytest.fixture
def paid_in_part():
    """40.00 of 100.00 came in by a cheque, which Nadia applied because the slip said so; 15.00 were given back."""
    nadia, now = make.user("FINANCE", name="Nadia"), timezone.now()
    invoice = make.invoice(10000, now=now)
    payment = make.payment(6000, by=invoice.customer, channel="CHEQUE")
    splits = [{"invoice": invoice, "amount_cents": 4000}]
    services.allocate_payment(actor=nadia, payment=payment, now=now, splits=splits, reason="as the slip says")
    services.issue_credit_note(actor=nadia, invoice=invoice, amount_cents=1500, reason="two broken", now=now)
    return invoice


def test_the_list_filters_by_the_computed_status_and_not_by_the_stored_one(late, bookkeeper):
    make.invoice(100, now=timezone.now())
    Invoice.objects.filter(pk=late.pk).update(
        status="ISSUED"
    )  # what the table says until somebody writes the row again
    assert listed(bookkeeper, state="OVERDUE") == [late]
    assert late not in listed(bookkeeper, state="ISSUED") and len(listed(bookkeeper, state="OUTSTANDING")) == 2
    assert "20 days late" not in text_of(bookkeeper.get(LIST)) and "6 days late" in text_of(bookkeeper.get(LIST))


def test_every_status_finds_its_invoices(late, paid_in_part, bookkeeper):
    draft, void = make.draft(100), make.invoice(200)
    services.void_invoice(actor=None, invoice=void, reason="twice", now=timezone.now())
    old = legacy.invoice(300, status="PAID")
    expected = {"OVERDUE": late, "PARTIALLY_PAID": paid_in_part, "DRAFT": draft, "VOID": void, "PAID": old}
    for status, invoice in expected.items():
        assert listed(bookkeeper, state=status) == [invoice], status
    assert len(listed(bookkeeper)) == 5


def test_deleted_invoices_are_listed_only_when_asked_for(late, bookkeeper):
    gone = make.invoice(100)
    services.delete_invoice(actor=None, invoice=gone, now=make.NOW)
    assert listed(bookkeeper) == [late] and listed(bookkeeper, state="DELETED") == [gone]
    assert "Deleted on" in opened(bookkeeper, gone).context["card"].sum_shown


@pytest.mark.parametrize(
    "asked",
    [
        {"state": "NONSENSE"},
        {"figure": "x"},
        {"comes_from": "x"},
        {"issued": "x..y"},
        {"issued": "2026-02-01..2026-01-01"},
    ],
)
def test_a_filter_that_is_none_is_not_taken_for_all(asked, late, bookkeeper):
    answer = bookkeeper.get(LIST, asked)
    assert answer.status_code == 302 and answer["Location"].endswith("?e=1")


def test_a_source_is_found_however_it_was_spelt(bookkeeper):
    old = legacy.invoice(300, source="evt ")
    assert listed(bookkeeper, comes_from="EVENT") == [old] and listed(bookkeeper, comes_from="DUES") == []


@pytest.mark.parametrize("asked", [{}, {"state": "OVERDUE"}, {"figure": "collected"}, {"q": "SHOP-1"}])
def test_a_million_invoices_are_never_counted_in_full(asked, late, manager, owner):
    for browser in (manager, owner):
        with CaptureQueriesContext(connection) as seen:
            browser.get(LIST, asked)
        counts = [query["sql"] for query in seen if "COUNT(" in query["sql"].upper()]
        assert counts and all("LIMIT 10001" in sql for sql in counts), counts
        assert len(seen) <= 6


def test_a_filtered_count_stops_at_the_cap(bookkeeper, monkeypatch):
    monkeypatch.setattr(paginator, "CAP", 2)
    for _ in range(4):
        make.invoice(100)
    found = bookkeeper.get(LIST, {"state": "OUTSTANDING"}).context["cl"].paginator
    assert found.in_words == "more than 2"
    with pytest.raises(InvalidPage):
        found.validate_number(2)


def test_queries_do_not_grow_with_the_allocations_of_an_invoice(paid_in_part, bookkeeper):
    def queries():
        with CaptureQueriesContext(connection) as seen:
            opened(bookkeeper, paid_in_part)
        return len(seen)

    few = queries()
    for _ in range(5):
        splits = [{"invoice": paid_in_part, "amount_cents": 100}]
        payment = make.payment(100, by=paid_in_part.customer)
        services.allocate_payment(actor=None, payment=payment, now=make.NOW, splits=splits)
    assert queries() <= few + 1


def test_an_invoice_shows_its_sum(paid_in_part, bookkeeper):
    card = opened(bookkeeper, paid_in_part).context["card"]
    assert card.sum_shown == "100.00 − 40.00 − 15.00 = 45.00 BDT" and card.state.word == "Part-paid"


def test_an_invoice_says_at_a_glance_what_pays_for_it_by_whom_when_and_why(paid_in_part, bookkeeper):
    answer = opened(bookkeeper, paid_in_part)
    paid_by = next(glance for glance in answer.context["glances"] if glance.heading == "What pays for it")
    first, second = [[str(cell) for cell in row] for row in paid_by.rows]
    assert "Cheque" in first[1] and first[2] == "Nadia" and "as the slip says" in first[3] and "40.00" in first[4]
    assert "chosen by a person" in first[3] and "Credit note" in second[1] and "two broken" in second[3]
    assert "55.00" in paid_by.foot
    text = text_of(answer)
    assert "Membership" in text and "Payments of the customer that are not used up" in text and "20.00" in text


def test_a_payment_says_at_a_glance_what_it_pays_for(paid_in_part, bookkeeper):
    payment = make.payment(1000, by=paid_in_part.customer)
    assert "it is the customer's credit" in text_of(opened(bookkeeper, payment))
    services.allocate_payment(actor=make.user("FINANCE", name="Omar"), payment=payment, now=make.NOW)
    services.refund_payment(
        actor=make.user("FINANCE", name="Lena"), payment=payment, amount_cents=300, reason="too much", now=make.NOW
    )
    pays_for, went_back = opened(bookkeeper, payment).context["glances"]
    assert str(paid_in_part) in str(pays_for.rows[-1][1]) and "7.00" in str(pays_for.foot)
    assert "due first" in str(pays_for.rows[0][3]) and str(pays_for.rows[0][2]) == "Omar"
    assert [str(cell) for cell in went_back.rows[0][1:4]] == ["Lena", "", "too much"]


def test_what_was_taken_back_stays_to_be_seen_and_offers_nothing(paid_in_part, bookkeeper):
    allocation = Allocation.objects.filter(invoice=paid_in_part, payment__isnull=False).get()
    services.reverse_allocation(actor=None, allocation=allocation, reason="wrong invoice", now=make.NOW)
    glance = opened(bookkeeper, paid_in_part).context["glances"][1]
    gone, _, undo = glance.rows
    assert gone[-1] == "taken back" and undo[-1] == "" and "−40.00" in str(undo[4])
    assert glance.quiet_rows == {0, 2} and "15.00" in str(glance.foot)


def test_a_row_of_the_old_system_says_by_what_it_counts(bookkeeper):
    customer = make.customer()
    old = legacy.invoice(900, to=customer)
    legacy.payment(400, by=customer, invoice=old)
    answer = opened(bookkeeper, old)
    assert answer.context["card"].sum_shown == "9.00 − 4.00 − 0.00 = 5.00 BDT"
    assert "allocation backfill" in answer.context["card"].warning and "Payments of the old system" in text_of(answer)


def test_an_invoice_of_another_business_does_not_open(bookkeeper):
    foreign = make.invoice(100, of=make.tenant("elsewhere"))
    assert opened(bookkeeper, foreign).status_code == 302 and listed(bookkeeper) == []
