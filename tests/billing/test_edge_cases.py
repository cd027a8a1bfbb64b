"""Edge cases that no other file of tests tells: the same pair twice, invoices of tomorrow, and rows that may not go."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from django.db.models import ProtectedError

from billing import services
from billing.models import Allocation, Payment
from billing.selectors.finance import finance_summary
from tests import make
from tests.billing.proof import assert_books_are_right

pytestmark = [pytest.mark.allocations, pytest.mark.django_db]


@pytest.fixture
def shop():
    return make.customer()


def apply(payment, invoice, cents):
    splits = [{"invoice": invoice, "amount_cents": cents}]
    return services.allocate_payment(actor=None, payment=payment, now=make.NOW, splits=splits)


def test_the_same_payment_pays_the_same_invoice_twice_by_two_rows(shop):
    invoice, paid = make.invoice(5000, to=shop), make.payment(5000, by=shop)
    apply(paid, invoice, 3000)
    apply(Payment.objects.get(pk=paid.pk), invoice, 2000)
    invoice.refresh_from_db()
    assert (invoice.status, invoice.allocated_cents) == ("PAID", 5000)
    assert [row.amount_cents for row in Allocation.objects.filter(invoice=invoice).order_by("id")] == [3000, 2000]
    assert_books_are_right()


def test_an_invoice_issued_for_a_day_to_come_counts_in_all_time_and_not_in_the_year_to_date(shop):
    make.invoice(900, to=shop, issued_at=make.NOW + timedelta(days=2))
    counted = {
        period: finance_summary(shop.tenant, now=make.NOW, period=period)["totals"]["outstanding"]["count"]
        for period in ("ALL_TIME", "YEAR_TO_DATE")
    }
    assert counted == {"ALL_TIME": 1, "YEAR_TO_DATE": 0}


@pytest.mark.parametrize("gone", ["payment", "invoice", "customer", "credit"])
def test_what_money_history_stands_on_is_not_deleted(shop, gone):
    invoice, paid = make.invoice(900, to=shop), make.payment(900, by=shop)
    apply(paid, invoice, 400)
    credit = make.credit(100, to=shop)
    services.apply_credit(actor=None, credit=credit, now=make.NOW)
    row = {"payment": paid, "invoice": invoice, "customer": shop, "credit": credit}[gone]
    with pytest.raises((ProtectedError, IntegrityError)), transaction.atomic():
        type(row).objects.get(pk=row.pk).delete()
    assert type(row).objects.filter(pk=row.pk).exists()
