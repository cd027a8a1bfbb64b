"""What an invoice bills is billed by nobody else: no sale by its bare id, no half-named source, no period twice."""

from datetime import date

import pytest

from billing import services
from billing.models import Invoice, InvoiceLine
from billing.services.invoice_lines import AlreadyBilled, InvoiceRefused
from tests import make
from tests.billing.proof import assert_books_are_right

pytestmark = [pytest.mark.allocations, pytest.mark.django_db]
JANUARY = {"period_start": date(2026, 1, 1), "period_end": date(2026, 1, 31)}


def line(**source):
    return {"description": "Milk", "unit_price_cents": 5000, **source}


def for_january(customer):
    """An issued invoice for the whole month, as the generator of invoices makes one."""
    invoice = make.invoice(100, to=customer, source="SALES", **JANUARY)
    invoice.bills_period = True
    invoice.save()
    return invoice


def test_a_sale_is_not_claimed_by_its_bare_id():
    sale = make.sale(5000)  # another customer's, and over exactly what the line asks for
    with pytest.raises(InvoiceRefused, match="the sale itself"):
        make.draft(lines=[line(source_kind="sale", source_id=sale.pk)])
    assert not InvoiceLine.objects.exists()


@pytest.mark.parametrize("half", [{"source_kind": "usage"}, {"source_id": "0193e2a0-0000-7000-8000-000000000001"}])
def test_half_a_source_is_refused(half):
    with pytest.raises(InvoiceRefused, match="both, or neither"):
        make.draft(lines=[line(**half)])


def test_an_invoice_whose_period_was_invoiced_again_is_not_recovered():
    customer = make.customer()
    first = for_january(customer)
    services.delete_invoice(actor=None, invoice=first, now=make.NOW)
    second = for_january(customer)
    with pytest.raises(AlreadyBilled, match=second.number):
        services.recover_invoice(actor=None, invoice=first, now=make.NOW)
    services.void_invoice(actor=None, invoice=second, reason="twice", now=make.NOW)
    services.recover_invoice(actor=None, invoice=first, now=make.NOW)
    assert set(Invoice.objects.live().values_list("status", flat=True)) == {"ISSUED", "VOID"}
    assert_books_are_right()
