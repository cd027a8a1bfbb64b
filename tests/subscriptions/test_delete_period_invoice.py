"""Deleting an invoice of a period frees exactly what it billed, and its period; recovery is refused once it was billed again."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from billing import services as billing
from billing.models import Sale
from billing.services.invoice_lines import AlreadyBilled
from subscriptions.models import Delivery
from subscriptions.selectors.invoicing_preview import preview_invoices
from tests import make
from tests.billing.proof import assert_books_are_right
from tests.subscriptions.bills import FEBRUARY_1, JANUARY, bill, delivered, on_credit

pytestmark = [pytest.mark.dairy, pytest.mark.django_db]


def test_exactly_its_own_deliveries_and_sales_are_free_and_recovery_takes_them_back():
    meera, arun = make.customer(), make.customer()
    mine, _, sale = delivered(meera), delivered(arun), on_credit(meera)
    bill(arun)
    invoice = bill(meera)
    billing.delete_invoice(actor=None, invoice=invoice, now=FEBRUARY_1)
    assert list(Delivery.objects.unbilled()) == [mine]
    assert Sale.objects.get(pk=sale.pk).status == "PENDING"
    billing.recover_invoice(actor=None, invoice=invoice, now=FEBRUARY_1)
    assert not Delivery.objects.unbilled().exists()
    assert Sale.objects.get(pk=sale.pk).status == "BILLED"
    assert_books_are_right()


def test_what_another_invoice_of_the_same_customer_bills_in_the_same_days_stays_billed():
    """Gap 006: freeing by customer and dates would free the late delivery and sale of January, which the second one bills."""
    meera = make.customer()
    mine, sale = delivered(meera), on_credit(meera)
    first = bill(meera)
    _late, late_sale = delivered(meera, 20), on_credit(meera)
    bill(meera, (JANUARY[0], FEBRUARY_1.date()))
    billing.delete_invoice(actor=None, invoice=first, now=FEBRUARY_1)
    assert list(Delivery.objects.unbilled()) == [mine]
    assert {row.pk: row.status for row in Sale.objects.all()} == {sale.pk: "PENDING", late_sale.pk: "BILLED"}
    assert_books_are_right()


def test_recovery_is_refused_once_they_were_billed_again_and_names_by_which_invoice():
    meera = make.customer()
    delivered(meera), on_credit(meera)
    invoice = bill(meera)
    billing.delete_invoice(actor=None, invoice=invoice, now=FEBRUARY_1)
    second = bill(meera, (JANUARY[0], FEBRUARY_1.date()))
    with pytest.raises(AlreadyBilled, match=second.number):
        billing.recover_invoice(actor=None, invoice=invoice, now=FEBRUARY_1)
    assert_books_are_right()


def test_the_preview_asks_as_many_queries_for_ten_customers_as_for_one():
    def queries():
        with CaptureQueriesContext(connection) as asked:
            preview_invoices(make.tenant(), *JANUARY)
        return len(asked)

    delivered(make.customer())
    of_one = queries()
    for _ in range(9):
        shop = make.customer()
        delivered(shop), on_credit(shop)
    bill(shop)
    assert queries() == of_one <= 7
