"""One customer's invoice of a period: everything delivered and not billed yet, once."""

from copy import copy
from datetime import UTC, date, datetime

import pytest

from accounts.errors import NotAllowed, NotFound
from accounts.ids import new_id
from billing import services as billing
from billing.models import Invoice, InvoiceLine, Sale
from billing.rules.period import PeriodReversed
from billing.services.invoice_lines import MOST_LINES, AlreadyBilled
from subscriptions.models import Delivery
from subscriptions.services import cancel_delivery
from subscriptions.services.deliveries import DeliveryIsBilled
from subscriptions.services.invoicing import NothingToBill, PeriodIsInvoiced, PeriodIsNotOver
from tests import make
from tests.billing.proof import assert_books_are_right
from tests.subscriptions.bills import FEBRUARY, FEBRUARY_1, JANUARY, MARCH_1, bill, delivered, lines_of, on_credit

pytestmark = [pytest.mark.dairy, pytest.mark.django_db]


def test_each_delivery_and_credit_sale_is_a_line_that_names_its_day():
    meera = make.customer()
    delivered(meera, 6, litres="1.5"), delivered(meera, 5, slot="evening"), on_credit(meera, 900)
    invoice = bill(meera)
    sale = Sale.objects.get()
    assert lines_of(invoice) == [
        ("2026-01-05 Cow milk, evening", 4000),
        ("2026-01-06 Cow milk", 6000),
        (f"Sale {sale.number}", 900),
    ]
    assert (invoice.total_cents, invoice.number, invoice.status) == (10_900, "SAL-2026-0001", "ISSUED")
    assert (invoice.source, invoice.bills_period, invoice.period_start) == ("SALES", True, JANUARY[0])
    assert invoice.due_at == datetime(2026, 2, 15, 23, 59, 59, tzinfo=UTC)
    assert (sale.status, sale.invoice) == ("BILLED", invoice)
    assert not Delivery.objects.unbilled().exists()
    assert_books_are_right()


def test_the_tax_in_the_price_is_on_the_line_rounded_half_up_once():
    meera = make.customer()
    delivered(meera, litres="0.333", cents=7501)
    bill(meera)
    line = InvoiceLine.objects.get()
    assert (line.total_cents, line.tax_rate_bps, line.tax_cents) == (2498, 500, 119)  # 2498 * 5 / 105 = 118.95


def test_what_is_of_another_customer_later_cancelled_paid_or_cash_is_not_billed():
    meera, other = make.customer(), make.customer()
    delivered(meera, 31), delivered(other), delivered(meera, date(2026, 2, 1))
    cancel_delivery(actor=None, delivery=delivered(meera, 4), reason="spilt", now=FEBRUARY_1)
    on_credit(meera, on=date(2026, 2, 1)), make.sale(700, to=meera)
    make.payment(5000, sale=on_credit(meera))
    billing.cancel_sale(actor=None, sale=on_credit(meera), reason="mistake")
    assert lines_of(bill(meera)) == [("2026-01-31 Cow milk", 4000)]
    assert_books_are_right()


def test_the_period_ends_at_midnight_where_the_business_is():
    kolkata = make.tenant("kolkata", currency="INR", timezone="Asia/Kolkata")
    meera = make.customer(of=kolkata)
    evening = make.sale(100, to=meera, sale_type="CREDIT", sold_at=datetime(2026, 1, 31, 18, 29, tzinfo=UTC))
    make.sale(200, to=meera, sale_type="CREDIT", sold_at=datetime(2026, 1, 31, 18, 30, tzinfo=UTC))
    assert lines_of(bill(meera)) == [(f"Sale {evening.number}", 100)]


def test_a_delivery_confirmed_after_its_period_was_invoiced_goes_on_the_next_invoice_as_its_own_line():
    meera = make.customer()
    delivered(meera, 5)
    bill(meera)
    delivered(meera, 30), delivered(meera, date(2026, 2, 2))
    assert lines_of(bill(meera, FEBRUARY, now=MARCH_1)) == [
        ("2026-01-30 Cow milk, delivered before this period", 4000),
        ("2026-02-02 Cow milk", 4000),
    ]
    assert not Delivery.objects.unbilled().exists()
    assert_books_are_right()


def test_money_on_a_part_paid_sale_moves_to_the_invoice():
    meera = make.customer()
    sale = on_credit(meera, 5000)
    make.payment(2000, sale=sale)
    invoice = bill(meera)
    assert (invoice.total_cents, Invoice.objects.get().allocated_cents) == (5000, 2000)
    assert Invoice.objects.get().status == "PARTIALLY_PAID"
    assert Sale.objects.get().allocated_cents == 0
    assert_books_are_right()


def test_the_same_period_again_is_refused_and_names_the_invoice():
    meera = make.customer()
    delivered(meera)
    first = bill(meera)
    delivered(meera, 7)
    with pytest.raises(PeriodIsInvoiced, match=f"{first.number} .*{first.pk}"):
        bill(meera)
    assert Invoice.objects.count() == 1


@pytest.mark.parametrize("period", [(date(2026, 1, 15), date(2026, 2, 14)), (date(2025, 12, 1), date(2026, 2, 28))])
def test_overlapping_periods_bill_nothing_twice(period):
    meera = make.customer()
    delivered(meera, 20), on_credit(meera)
    bill(meera)
    delivered(meera, date(2026, 2, 3))
    [(words, cents)] = lines_of(bill(meera, period, now=MARCH_1))
    assert (words, cents) == ("2026-02-03 Cow milk", 4000)
    with pytest.raises(NothingToBill):
        bill(meera, FEBRUARY, now=MARCH_1)
    assert_books_are_right()


def test_a_voided_or_deleted_invoice_frees_its_period_and_what_it_billed():
    meera = make.customer()
    delivered(meera), on_credit(meera)
    billing.void_invoice(actor=None, invoice=bill(meera), reason="wrong price", now=FEBRUARY_1)
    second = bill(meera)
    billing.delete_invoice(actor=None, invoice=second, now=FEBRUARY_1)
    third = bill(meera)
    assert third.number == "SAL-2026-0003"
    assert lines_of(third) == lines_of(second)
    assert_books_are_right()


def test_what_is_billed_can_neither_be_cancelled_nor_billed_by_hand():
    meera = make.customer()
    delivery, sale = delivered(meera), on_credit(meera)
    bill(meera)
    with pytest.raises(DeliveryIsBilled):
        cancel_delivery(actor=None, delivery=delivery, reason="spilt", now=FEBRUARY_1)
    with pytest.raises(AlreadyBilled):
        make.draft(to=meera, lines=[Sale.objects.get(pk=sale.pk)])


def test_nothing_to_bill_is_refused_and_so_is_what_costs_nothing():
    meera = make.customer()
    with pytest.raises(NothingToBill, match="has nothing to bill"):
        bill(meera)
    delivered(meera, cents=0, code="GIFT")
    with pytest.raises(NothingToBill, match="1 deliveries that cost nothing"):
        bill(meera)
    delivered(meera)
    assert bill(meera).total_cents == 4000
    assert InvoiceLine.objects.count() == 2
    assert not Invoice.objects.exclude(status="ISSUED").exists()


def test_more_than_a_thousand_late_deliveries_are_one_invoice():
    meera = make.customer()
    delivery = delivered(meera, 5, cents=1)
    copies = []
    for _ in range(MOST_LINES):
        delivery.pk = new_id()
        copies.append(copy(delivery))
    Delivery.objects.bulk_create(copies)
    assert bill(meera).total_cents == MOST_LINES + 1


def test_a_period_that_is_not_over_or_reversed_is_refused():
    meera = make.customer()
    delivered(meera)
    with pytest.raises(PeriodIsNotOver, match="2026-02-28"):
        bill(meera, FEBRUARY)
    with pytest.raises(PeriodReversed):
        bill(meera, (JANUARY[1], JANUARY[0]))
    assert bill(meera, (JANUARY[0], date(2026, 2, 1))).total_cents == 4000  # its last day may be today
    assert Invoice.objects.count() == 1


def test_only_the_office_of_the_business_invoices():
    meera = make.customer()
    delivered(meera)
    with pytest.raises(NotAllowed):
        bill(meera, actor=make.user("SALES_REP"))
    with pytest.raises(NotFound):
        bill(meera, actor=make.user("FINANCE", of=make.tenant("elsewhere")))
    assert bill(meera, actor=make.user("FINANCE")).history.first().history_user.role == "FINANCE"
