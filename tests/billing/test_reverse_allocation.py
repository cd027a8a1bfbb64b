"""An allocation is taken back once, with a reason; a credit that is void lets go of all that it paid."""

import pytest

from billing import services
from billing.models import Allocation
from billing.selectors.credits import credit_cents
from billing.services.checks import ReasonMissing
from billing.services.invoices import InvoiceIsLegacy
from billing.services.named_debts import (
    AllocationRefused,
)
from billing.services.payment_allocation import AllocationIsGone
from tests import legacy, make
from tests.billing.applying import apply, fresh, goodwill, payment, to
from tests.billing.proof import assert_books_are_right

pytestmark = [pytest.mark.allocations, pytest.mark.django_db]


@pytest.fixture(autouse=True)
def the_books_are_right_afterwards():
    yield
    assert_books_are_right()


@pytest.fixture
def shop():
    return make.customer()


def test_an_allocation_is_taken_back_once_with_a_reason(shop):
    invoice, paid = make.invoice(1000, to=shop), payment(1000, shop)
    [row] = apply(paid, to(invoice, 1000))
    with pytest.raises(ReasonMissing):
        services.reverse_allocation(actor=None, allocation=row, reason="", now=make.NOW)
    reversal = services.reverse_allocation(actor=None, allocation=row, reason="wrong invoice", now=make.NOW)
    assert (fresh(invoice).status, fresh(invoice).paid_at, fresh(paid).unallocated_cents) == ("ISSUED", None, 1000)
    for gone in (row, reversal):
        with pytest.raises(AllocationIsGone):
            services.reverse_allocation(actor=None, allocation=gone, reason="again", now=make.NOW)


def test_the_status_goes_back_from_paid_to_part_paid_to_overdue(shop):
    invoice = make.invoice(1000, to=shop)
    rows = apply(payment(600, shop), to(invoice, 600)) + apply(payment(400, shop), to(invoice, 400))
    seen = [fresh(invoice).status]
    for row in rows:
        services.reverse_allocation(actor=None, allocation=row, reason="mistake", now=make.later(days=15))
        seen.append(fresh(invoice).status)
    assert seen == ["PAID", "PARTIALLY_PAID", "OVERDUE"]


def test_a_write_off_is_taken_back_by_voiding_it_alone(shop):
    invoice = make.invoice(1000, to=shop)
    services.write_off_invoice(actor=None, invoice=invoice, reason="bankrupt", now=make.NOW)
    with pytest.raises(AllocationRefused, match="void its credit"):
        services.reverse_allocation(actor=None, allocation=Allocation.objects.get(), reason="paid", now=make.NOW)


def test_a_credit_is_applied_in_part_to_several_and_voiding_it_makes_all_owed_again(shop):
    first, second = make.invoice(300, to=shop), make.invoice(300, to=shop)
    credit = goodwill(500, shop)
    apply(credit, to(first, 300), to(second, 100))
    assert (fresh(credit).status, fresh(credit).unallocated_cents) == ("AVAILABLE", 100)
    apply(credit, to(second, 100))
    assert fresh(credit).status == "APPLIED"
    services.void_credit(actor=None, credit=credit, reason="not agreed", now=make.NOW)
    assert {fresh(invoice).balance_cents for invoice in (first, second)} == {300}
    assert (fresh(credit).status, credit_cents(shop)) == ("VOIDED", {})


def test_what_the_old_system_knew_as_paid_waits_for_its_backfill(shop):
    old = legacy.invoice(1000, to=shop, status="PAID")
    spoken_for = legacy.payment(400, by=shop, invoice=legacy.invoice(900, to=shop))
    refuse(InvoiceIsLegacy, payment(1000, shop), to(old, 1))
    refuse(InvoiceIsLegacy, spoken_for, to(make.invoice(1000, to=shop), 1))
    assert credit_cents(shop) == {"BDT": 1000}


def test_an_unpaid_invoice_of_the_old_system_takes_money(shop):
    old = legacy.invoice(1000, to=shop, status="OVERDUE")
    apply(payment(1000, shop))
    assert (fresh(old).status, fresh(old).counts_by_allocations) == ("PAID", True)


def refuse(error, source, *splits):
    """Refused with this error, and nothing written."""
    before = Allocation.objects.count(), fresh(source).allocated_cents
    with pytest.raises(error) as refusal:
        apply(source, *splits)
    assert str(refusal.value).endswith(".")
    assert (Allocation.objects.count(), fresh(source).allocated_cents) == before
