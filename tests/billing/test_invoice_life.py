"""An invoice is drafted and issued; what contradicts itself is refused."""

from datetime import UTC, datetime

import pytest

from accounts.errors import NotAllowed, NotFound
from billing import services
from billing.models import Invoice, InvoiceLine
from billing.selectors.outstanding import outstanding_of
from billing.selectors.statement import statement_of
from billing.services.checks import NotAnAmount
from billing.services.invoice_lines import InvoiceRefused
from billing.services.invoices import (
    DueDateRefused,
)
from tests import make
from tests.billing.proof import assert_books_are_right

pytestmark = [pytest.mark.allocations, pytest.mark.django_db]


@pytest.fixture(autouse=True)
def the_books_are_right_afterwards():
    yield
    assert_books_are_right()


def owes(customer):
    """What a customer owes less their credit, which the statement must close with too."""
    owed = outstanding_of(customer)
    assert statement_of(customer)["closing_cents"] == owed["outstanding_cents"] - owed["credit_cents"]
    return owed["outstanding_cents"], owed["credit_cents"]


def test_a_draft_has_no_number_and_asks_for_nothing():
    draft = make.draft(900)
    assert (draft.number, draft.status, draft.balance_cents) == (None, "DRAFT", 0)
    assert owes(draft.customer) == (0, 0)


def test_an_issued_invoice_has_a_number_a_due_date_and_a_balance():
    invoice = make.invoice(900)
    assert (invoice.number, invoice.status, invoice.balance_cents) == ("OTH-2026-0001", "ISSUED", 900)
    assert owes(invoice.customer) == (900, 0)


def test_the_year_and_the_due_date_are_of_the_tenants_time_zone():
    dhaka = make.tenant("dhaka", timezone="Asia/Dhaka")
    invoice = make.invoice(900, of=dhaka, source="DUES", now=datetime(2025, 12, 31, 23, 30, tzinfo=UTC))
    assert invoice.number == "DUES-2026-0001"
    assert invoice.due_at == datetime(2026, 1, 15, 17, 59, 59, tzinfo=UTC)


def test_an_invoice_over_nothing_is_paid_as_it_is_issued():
    invoice = make.invoice(0)
    assert (invoice.status, invoice.paid_at) == ("PAID", make.NOW)


def test_an_invoice_that_is_due_before_now_is_issued_overdue():
    invoice = make.invoice(900, issued_at=make.later(days=-40))
    assert invoice.status == "OVERDUE"


def test_lines_say_quantity_price_and_the_tax_inside():
    invoice = make.draft(
        lines=[{"description": "Milk", "quantity": "1.5", "unit_price_cents": 1000, "tax_rate_bps": 1000}]
    )
    [line] = InvoiceLine.objects.filter(invoice=invoice)
    assert (invoice.total_cents, line.total_cents, line.tax_cents) == (1500, 1500, 136)


@pytest.mark.parametrize(
    ("fields", "error"),
    [
        ({"lines": []}, InvoiceRefused),
        ({"lines": [{"description": "x", "unit_price_cents": 1}] * 1001}, InvoiceRefused),
        ({"lines": [{"description": "", "unit_price_cents": 1}]}, InvoiceRefused),
        ({"lines": [{"description": "x", "unit_price_cents": -1}]}, NotAnAmount),
        ({"lines": [{"description": "x", "unit_price_cents": 10**15}] * 2}, NotAnAmount),
        ({"source": "GIFT"}, InvoiceRefused),
        ({"period_start": make.TODAY}, InvoiceRefused),
    ],
)
def test_a_draft_that_contradicts_itself_is_refused(fields, error):
    with pytest.raises(error):
        make.draft(900, **fields)
    assert not Invoice.objects.exists()


def test_a_due_date_before_the_issue_is_refused_and_takes_no_number():
    draft = make.draft(900)
    with pytest.raises(DueDateRefused):
        services.issue_invoice(actor=None, invoice=draft, now=make.NOW, due_at=make.later(days=-1))
    with pytest.raises(DueDateRefused):
        services.issue_invoice(actor=None, invoice=draft, now=make.NOW, due_in_days=-1)
    assert make.issue(draft).number == "OTH-2026-0001"


def test_only_the_office_of_the_tenant_makes_invoices():
    shop = make.customer()
    with pytest.raises(NotAllowed):
        make.draft(900, to=shop, actor=make.user())
    with pytest.raises(NotFound):
        make.draft(900, to=shop, actor=make.user("FINANCE", of=make.tenant("other")))
