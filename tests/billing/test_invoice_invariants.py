"""Every sentence about invoices and credits holds on what the services make, and names the damage when a row is damaged."""

from io import StringIO

import pytest
from django.core.management import call_command
from django.db import transaction
from django.db.models import F

from accounts.models import Counter
from billing import services
from billing.models import Allocation, Credit, Invoice, InvoiceLine, Payment, Sale
from operations.append_only import suspended
from operations.invariants import invariants
from tests import legacy, make
from tests.billing.proof import assert_books_are_right, unchecked

pytestmark = [pytest.mark.allocations, pytest.mark.django_db, pytest.mark.damages_rows]


@pytest.fixture
def books():
    """A part-paid invoice for a sale, a paid one, a void one, a draft, a credit note, a write-off and an old invoice."""
    sale = make.sale(5000)
    shop = sale.customer
    make.payment(2000, sale=sale)
    make.invoice(lines=[sale], to=shop)
    paid = make.invoice(1000, to=shop)
    services.issue_credit_note(actor=None, invoice=paid, amount_cents=400, reason="broken", now=make.NOW)
    services.allocate_payment(actor=None, payment=make.payment(600, by=shop), now=make.NOW, splits=[split(paid, 600)])
    services.void_invoice(actor=None, invoice=make.invoice(700, to=shop), reason="typing error", now=make.NOW)
    services.write_off_invoice(actor=None, invoice=make.invoice(300, to=shop), reason="bankrupt", now=make.NOW)
    services.grant_credit(actor=None, customer=shop, amount_cents=50, reason="late")
    make.draft(800, to=shop)
    legacy.invoice(900, to=shop, status="PAID")


def split(invoice, cents):
    return {"invoice": invoice, "amount_cents": cents}


def test_the_services_keep_every_invariant(books):
    assert_books_are_right()


def damage_invoice_total():
    Invoice.objects.filter(allocated_cents=2000).update(allocated_cents=1999)


def damage_credit_total():
    Credit.objects.filter(kind="CREDIT_NOTE").update(allocated_cents=399, status="AVAILABLE")


def damage_credited_total():
    Invoice.objects.filter(credited_cents=400).update(credited_cents=399)


def damage_status():
    Invoice.objects.filter(allocated_cents=2000).update(status="ISSUED")


def damage_paid_at():
    Invoice.objects.filter(allocated_cents=2000).update(paid_at=make.NOW)


def damage_idle():
    with unchecked(Invoice, "invoice_that_asks_nothing_holds_no_money"):
        Invoice.objects.filter(allocated_cents=2000).update(status="VOID")


def damage_line():
    InvoiceLine.objects.filter(total_cents=5000).update(total_cents=4999)


def damage_liveness():
    InvoiceLine.objects.filter(invoice__status="VOID").update(is_live=True)


def damage_dead_line_of_a_live_invoice():
    InvoiceLine.objects.filter(invoice__status="DRAFT").update(is_live=False)


def damage_invoice_of_a_sale():
    Sale.objects.update(invoice=None)


def damage_sale_of_an_invoice():
    InvoiceLine.objects.filter(source_kind="sale").update(source_kind="period")


def damage_status_of_an_invoiced_sale():
    Sale.objects.update(status="PENDING")


def damage_number():
    Invoice.objects.filter(sequence=2).update(sequence=None, series="", number="lost")


def damage_counter():
    Counter.objects.filter(kind="invoice OTH-2026").update(value=F("value") + 1)


def damage_credit_status():
    Credit.objects.filter(kind="GOODWILL").update(status="APPLIED")


def damage_void_credit():
    with unchecked(Credit, "voided_credit_pays_nothing"):
        Credit.objects.filter(kind="CREDIT_NOTE").update(status="VOIDED")


def damage_payment_of_an_invoice():
    with unchecked(Payment, "payment_that_is_no_money_pays_for_nothing"):
        Payment.objects.filter(allocated_cents=2000).update(verification_status="REJECTED")


def damage_customer_of_an_invoice():
    Invoice.objects.filter(allocated_cents=2000).update(customer=make.customer())


def damage_currency_of_an_invoice():
    Invoice.objects.filter(allocated_cents=2000).update(currency="USD")


@pytest.mark.parametrize(
    ("damage", "sentence"),
    [
        (damage_invoice_total, "What is paid of an invoice is the sum of its allocations"),
        (damage_credit_total, "What a credit has paid is the sum of its allocations"),
        (damage_credited_total, "What credits have paid of an invoice is the sum of their allocations"),
        (damage_status, "The stored status of an invoice is what the rule says, but for the time that has passed"),
        (damage_paid_at, "An invoice says since when it is paid exactly when it is paid"),
        (damage_idle, "An invoice that asks for nothing holds no money"),
        (damage_line, "The lines of an invoice add up to its total"),
        (damage_liveness, "An invoice claims its sources exactly while it is live"),
        (damage_dead_line_of_a_live_invoice, "An invoice claims its sources exactly while it is live"),
        (damage_invoice_of_a_sale, "A sale is asked for once: by itself, or by the one issued invoice that bills it"),
        (damage_sale_of_an_invoice, "A sale is asked for once: by itself, or by the one issued invoice that bills it"),
        (
            damage_status_of_an_invoiced_sale,
            "An invoiced sale is completed exactly when its invoice is paid, else billed",
        ),
        (damage_number, "Invoice numbers run without gaps in their series"),
        (damage_counter, "Invoice numbers run without gaps in their series"),
        (damage_credit_status, "A credit is used up, available or void as its allocations say"),
        (damage_void_credit, "A credit is used up, available or void as its allocations say"),
        (damage_payment_of_an_invoice, "Only money that came in counts on an invoice"),
        (damage_customer_of_an_invoice, "Money pays only for debts of the same customer, tenant and currency"),
        (damage_currency_of_an_invoice, "Money pays only for debts of the same customer, tenant and currency"),
    ],
)
def test_damage_is_found_for_its_tenant_alone(books, damage, sentence):
    [search] = [entry.find for entry in invariants() if entry.name == sentence]
    assert not list(search(using="default", tenant=None))
    damage()
    violations = list(search(using="default", tenant=None))
    assert violations
    assert all(violation.where for violation in violations)
    assert list(search(using="default", tenant=make.tenant())) == violations
    assert not list(search(using="default", tenant=make.tenant("other")))


def test_checking_the_books_names_the_damage_and_repairs_nothing(books):
    damage_invoice_total(), damage_credit_status()
    damaged = {model: list(model.objects.order_by("pk").values()) for model in (Invoice, Credit, Payment, Allocation)}
    images = Invoice.history.count()
    for _ in range(2):
        with pytest.raises(SystemExit) as ended:
            call_command("check_books", stdout=StringIO())
        assert ended.value.code == 1
    assert damaged == {model: list(model.objects.order_by("pk").values()) for model in damaged}
    assert Invoice.history.count() == images


def test_time_alone_is_no_damage(books):
    Invoice.objects.filter(status="ISSUED").update(status="OVERDUE")
    make.invoice(100, issued_at=make.later(days=-100))
    assert_books_are_right(part="allocations")


def test_a_number_of_the_old_system_is_stepped_over():
    shop = make.customer()
    legacy.invoice(900, to=shop, number="OTH-2026-0002")
    assert [make.invoice(1, to=shop).number for _ in range(2)] == ["OTH-2026-0001", "OTH-2026-0003"]
    assert_books_are_right(part="allocations")


def test_the_trail_of_a_payment_and_an_allocation_are_never_changed(books):
    from django.db import DatabaseError

    from billing.models import PaymentAuditLog

    for model in (PaymentAuditLog, Allocation):
        for change in (lambda rows: rows.update(created_at=make.NOW), lambda rows: rows._raw_delete("default")):
            with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
                change(model.objects.all())
    with suspended("default"):
        assert PaymentAuditLog.objects.exists()
