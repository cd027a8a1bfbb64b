"""An invoice is drafted, issued, void, deleted and recovered; it asks once, and lets go of exactly what it billed."""

from datetime import UTC, datetime

import pytest

from accounts.errors import NotAllowed, NotFound
from accounts.ids import new_id
from billing import services
from billing.models import Allocation, Credit, Invoice, InvoiceLine, Payment, Sale
from billing.selectors.accountability import accountability_of
from billing.selectors.outstanding import outstanding_of
from billing.selectors.statement import statement_of
from billing.services.checks import NotAnAmount, ReasonMissing, WrongCurrency
from billing.services.invoice_corrections import MoreThanInvoiced, NothingToWriteOff
from billing.services.invoice_lines import AlreadyBilled, InvoiceRefused
from billing.services.invoice_sales import CreditNoteIsSpent, SaleChanged
from billing.services.invoices import (
    DueDateRefused,
    IllegalInvoiceMove,
    InvoiceHasMoney,
    InvoiceIsDeleted,
    InvoiceIsLegacy,
)
from billing.services.sales import SaleIsCancelled, SaleIsInvoiced
from tests import legacy, make
from tests.billing.proof import assert_books_are_right

pytestmark = [pytest.mark.allocations, pytest.mark.django_db]


@pytest.fixture(autouse=True)
def the_books_are_right_afterwards():
    yield
    assert_books_are_right()


def fresh(row):
    return type(row).objects.get(pk=row.pk)


def void(invoice, reason="typing error"):
    return services.void_invoice(actor=None, invoice=invoice, reason=reason, now=make.NOW)


def delete(invoice):
    return services.delete_invoice(actor=None, invoice=invoice, now=make.NOW)


def recover(invoice):
    return services.recover_invoice(actor=None, invoice=invoice, now=make.NOW)


def note(invoice, cents, reason="broken"):
    return services.issue_credit_note(actor=None, invoice=invoice, amount_cents=cents, reason=reason, now=make.NOW)


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


def test_a_draft_reserves_its_sale_which_still_asks_for_itself():
    sale = make.sale(5000)
    make.draft(lines=[sale], to=sale.customer)
    assert fresh(sale).balance_cents == 5000
    assert owes(sale.customer) == (5000, 0)
    with pytest.raises(AlreadyBilled, match="bills it already"):
        make.draft(lines=[sale], to=sale.customer)


def test_the_same_source_twice_on_one_invoice_is_refused():
    line = {"description": "January", "unit_price_cents": 1, "source_kind": "period", "source_id": new_id()}
    with pytest.raises(AlreadyBilled, match="twice"):
        make.draft(lines=[line, line])


def test_invoicing_a_part_paid_sale_moves_what_is_paid_to_the_invoice():
    route = make.route()
    sale = make.sale(5000, route=route)
    paid = make.payment(2000, sale=sale)
    before = owes(sale.customer)
    invoice = make.invoice(lines=[sale], to=sale.customer)
    sale, paid = fresh(sale), fresh(paid)
    assert (invoice.status, invoice.allocated_cents, invoice.balance_cents) == ("PARTIALLY_PAID", 2000, 3000)
    assert (sale.allocated_cents, sale.balance_cents, sale.status, sale.invoice_id) == (0, 0, "BILLED", invoice.pk)
    assert (paid.allocated_cents, paid.sale_id, paid.route_id) == (2000, sale.pk, route.pk)
    assert [row.signed_cents for row in Allocation.objects.order_by("id")] == [2000, -2000, 2000]
    assert owes(sale.customer) == before == (3000, 0)


def test_a_payment_for_an_invoiced_sale_keeps_its_sale_and_route_and_pays_the_invoice():
    rep = make.user()
    route = make.route(rep=rep)
    sale = make.sale(5000, route=route)
    invoice = make.invoice(lines=[sale], to=sale.customer)
    paid = make.payment(6000, sale=sale, collected_by=rep)
    assert (paid.sale_id, paid.route_id, paid.unallocated_cents) == (sale.pk, route.pk, 1000)
    assert (fresh(invoice).status, fresh(invoice).paid_at) == ("PAID", make.NOW)
    figures = accountability_of(rep)
    assert (figures["expected_cents"], figures["total_collected_cents"]) == (5000, 6000)
    assert owes(sale.customer) == (0, 1000)


def test_a_bounced_payment_of_an_invoiced_sale_makes_the_invoice_owed_again():
    sale = make.sale(5000)
    invoice = make.invoice(lines=[sale], to=sale.customer)
    paid = make.payment(5000, sale=sale)
    services.reverse_payment(actor=None, payment=paid, reason="bounced", now=make.later(days=20))
    assert (fresh(invoice).status, fresh(invoice).paid_at, fresh(invoice).balance_cents) == ("OVERDUE", None, 5000)


def test_an_approved_payment_of_an_invoiced_sale_pays_the_invoice():
    strict = make.tenant("strict", requires_payment_verification=True)
    sale = make.sale(5000, to=make.customer(of=strict))
    waiting = make.payment(5000, sale=sale)
    invoice = make.invoice(lines=[sale], to=sale.customer)
    assert fresh(invoice).allocated_cents == 0
    services.approve_payment(actor=make.user("FINANCE", of=strict), payment=waiting, now=make.NOW)
    assert fresh(invoice).status == "PAID"


def test_a_sale_that_changed_since_the_draft_is_not_issued():
    sale = make.sale(5000)
    draft = make.draft(lines=[sale], to=sale.customer)
    services.record_return(actor=make.user(), sale=sale, amount_cents=1, reason="broken")
    with pytest.raises(SaleChanged):
        make.issue(draft)
    assert fresh(draft).number is None


def test_an_invoiced_sale_is_neither_cancelled_nor_returned():
    sale = make.sale(5000)
    make.invoice(lines=[sale], to=sale.customer)
    with pytest.raises(SaleIsInvoiced, match="Void the invoice"):
        services.cancel_sale(actor=None, sale=sale, reason="mistake")
    with pytest.raises(SaleIsInvoiced, match="credit note"):
        services.record_return(actor=make.user(), sale=sale, amount_cents=1, reason="broken")


def test_a_sale_of_another_customer_or_a_cancelled_one_is_not_invoiced():
    sale = make.sale(5000)
    with pytest.raises(InvoiceRefused):
        make.draft(lines=[sale], to=make.customer())
    services.cancel_sale(actor=None, sale=sale, reason="mistake")
    with pytest.raises(SaleIsCancelled):
        make.draft(lines=[sale], to=sale.customer)


def test_a_sale_in_another_currency_is_not_invoiced():
    sale = make.sale(5000)
    with pytest.raises(WrongCurrency):
        make.draft(lines=[sale], to=sale.customer, currency="USD")


def test_voiding_gives_the_sale_its_money_back_and_frees_it():
    sale = make.sale(5000)
    make.payment(2000, sale=sale)
    invoice = make.invoice(lines=[sale], to=sale.customer)
    void(invoice)
    assert (fresh(invoice).status, fresh(invoice).allocated_cents, fresh(invoice).balance_cents) == ("VOID", 0, 0)
    assert (fresh(sale).allocated_cents, fresh(sale).balance_cents, fresh(sale).status) == (2000, 3000, "PENDING")
    assert owes(sale.customer) == (3000, 0)
    assert make.invoice(lines=[fresh(sale)], to=sale.customer).number == "OTH-2026-0002"


def test_voiding_frees_exactly_its_own_sources():
    first, second = make.sale(100), make.sale(200)
    own = make.invoice(lines=[first], to=first.customer)
    other = make.invoice(lines=[second], to=second.customer)
    void(own)
    assert dict(InvoiceLine.objects.values_list("invoice", "is_live")) == {own.pk: False, other.pk: True}
    assert fresh(second).invoice_id == other.pk


def test_money_of_a_void_invoice_is_the_customers_credit():
    invoice = make.invoice(900)
    paid = make.payment(900, by=invoice.customer)
    services.allocate_payment(actor=None, payment=paid, now=make.NOW)
    void(invoice)
    assert owes(invoice.customer) == (0, 900)


@pytest.mark.parametrize("again", [void, make.issue])
def test_an_un_void_does_not_exist(again):
    invoice = void(make.invoice(900))
    with pytest.raises(IllegalInvoiceMove):
        again(invoice)


def test_a_draft_is_not_made_void_and_an_issued_invoice_not_issued_again():
    with pytest.raises(IllegalInvoiceMove, match="Delete the draft"):
        void(make.draft(900))
    with pytest.raises(IllegalInvoiceMove):
        make.issue(make.invoice(900))


def test_voiding_needs_a_reason():
    with pytest.raises(ReasonMissing):
        void(make.invoice(900), reason=" ")


def test_a_deleted_invoice_is_gone_from_what_is_owed_keeps_its_number_and_frees_its_sale():
    sale = make.sale(5000)
    invoice = delete(make.invoice(lines=[sale], to=sale.customer))
    assert (fresh(sale).balance_cents, fresh(sale).status) == (5000, "PENDING")
    assert owes(sale.customer) == (5000, 0)
    assert make.invoice(900).number == "OTH-2026-0002"
    assert not Invoice.objects.live().filter(pk=invoice.pk).exists()
    with pytest.raises(InvoiceIsDeleted):
        delete(invoice)


def test_an_invoice_with_money_is_not_deleted():
    sale = make.sale(5000)
    make.payment(1, sale=sale)
    with pytest.raises(InvoiceHasMoney, match="1 cents are paid"):
        delete(make.invoice(lines=[sale], to=sale.customer))


def test_a_recovered_invoice_asks_again_and_takes_what_was_paid_meanwhile():
    sale = make.sale(5000)
    invoice = delete(make.invoice(lines=[sale], to=sale.customer))
    make.payment(2000, sale=sale)
    recover(invoice)
    assert (fresh(invoice).status, fresh(invoice).allocated_cents) == ("PARTIALLY_PAID", 2000)
    assert (fresh(sale).invoice_id, fresh(sale).allocated_cents) == (invoice.pk, 0)
    with pytest.raises(IllegalInvoiceMove):
        recover(invoice)


def test_an_invoice_whose_source_was_billed_again_is_not_recovered():
    sale = make.sale(5000)
    invoice = delete(make.invoice(lines=[sale], to=sale.customer))
    make.draft(lines=[fresh(sale)], to=sale.customer)
    with pytest.raises(AlreadyBilled):
        recover(invoice)
    assert fresh(invoice).deleted_at is not None


def test_an_invoice_whose_sale_changed_is_not_recovered():
    sale = make.sale(5000)
    invoice = delete(make.invoice(lines=[sale], to=sale.customer))
    services.cancel_sale(actor=None, sale=sale, reason="mistake")
    with pytest.raises(SaleChanged):
        recover(invoice)


def test_a_void_invoice_that_is_deleted_comes_back_void():
    invoice = delete(void(make.invoice(900)))
    recover(invoice)
    assert (fresh(invoice).status, fresh(invoice).deleted_at) == ("VOID", None)


def test_a_deleted_draft_comes_back_as_a_draft():
    sale = make.sale(5000)
    draft = delete(make.draft(lines=[sale], to=sale.customer))
    assert fresh(draft).deleted_at == make.NOW
    recover(draft)
    assert make.issue(draft).status == "ISSUED"


def test_a_credit_note_pays_what_is_open_and_the_rest_is_credit():
    invoice = make.invoice(10000)
    paid = make.payment(4000, by=invoice.customer)
    services.allocate_payment(actor=None, payment=paid, now=make.NOW)
    credit = note(invoice, 7000)
    invoice = fresh(invoice)
    assert (invoice.status, invoice.allocated_cents, invoice.credited_cents) == ("PAID", 10000, 6000)
    assert (credit.number, fresh(credit).allocated_cents, fresh(credit).status) == ("CN-2026-0001", 6000, "AVAILABLE")
    assert owes(invoice.customer) == (0, 1000)
    with pytest.raises(MoreThanInvoiced):
        note(invoice, 3001)


def test_a_write_off_settles_the_balance_and_voiding_it_asks_again():
    invoice = make.invoice(10000)
    credit = services.write_off_invoice(actor=None, invoice=invoice, reason="gone bankrupt", now=make.NOW)
    assert (fresh(invoice).status, fresh(invoice).credited_cents, credit.kind) == ("PAID", 10000, "WRITE_OFF")
    with pytest.raises(NothingToWriteOff):
        services.write_off_invoice(actor=None, invoice=invoice, reason="again", now=make.NOW)
    services.void_credit(actor=None, credit=credit, reason="they paid", now=make.NOW)
    assert (fresh(invoice).status, fresh(invoice).credited_cents, fresh(invoice).paid_at) == ("ISSUED", 0, None)


def test_the_corrections_of_a_void_invoice_are_void_with_it():
    invoice = make.invoice(10000)
    note(invoice, 1000)
    services.write_off_invoice(actor=None, invoice=invoice, reason="gone bankrupt", now=make.NOW)
    void(invoice)
    assert set(Credit.objects.values_list("status", flat=True)) == {"VOIDED"}
    assert owes(invoice.customer) == (0, 0)


def test_an_invoice_whose_credit_note_pays_for_something_else_is_not_made_void():
    invoice = make.invoice(100)
    paid = make.payment(100, by=invoice.customer)
    services.allocate_payment(actor=None, payment=paid, now=make.NOW)
    credit = note(invoice, 100)
    other = make.invoice(100, to=invoice.customer)
    services.apply_credit(actor=None, credit=credit, now=make.NOW)
    assert fresh(other).status == "PAID"
    with pytest.raises(CreditNoteIsSpent):
        void(invoice)


def test_an_invoice_with_a_credit_note_is_not_deleted():
    invoice = make.invoice(100)
    credit = note(invoice, 40)
    services.reverse_allocation(actor=None, allocation=Allocation.objects.get(), reason="wrong", now=make.NOW)
    assert fresh(credit).unallocated_cents == 40
    with pytest.raises(InvoiceHasMoney):
        delete(invoice)


def test_an_invoice_of_the_old_system_with_money_waits_for_its_backfill():
    paid = legacy.invoice(900, status="PAID")
    for refused in (void, delete, lambda invoice: note(invoice, 1)):
        with pytest.raises(InvoiceIsLegacy, match="backfill_payment_allocations"):
            refused(paid)
    assert owes(paid.customer) == (0, 0)


def test_history_tells_who_issued_and_voided_and_why():
    boss = make.user("ADMIN")
    invoice = make.invoice(900, actor=boss)
    services.void_invoice(actor=boss, invoice=invoice, reason="typing error", now=make.NOW)
    last = fresh(invoice).history.first()
    assert (last.status, last.history_user_id, last.history_change_reason) == ("VOID", boss.pk, "typing error")


def test_every_step_of_a_payment_is_on_its_trail():
    from billing.models import PaymentAuditLog

    sale = make.sale(5000)
    boss = make.user("ADMIN")
    paid = make.payment(5000, sale=sale, actor=boss)
    services.reverse_payment(actor=boss, payment=paid, reason="bounced", now=make.NOW)
    trail = list(PaymentAuditLog.objects.filter(payment=paid).order_by("id"))
    assert [row.action for row in trail] == ["CREATED", "ALLOCATED", "STATUS_CHANGED", "REVERSED"]
    assert {row.performed_by_id for row in trail} == {boss.pk}
    assert trail[-1].previous_state["status"] == "SUCCEEDED"
    assert trail[-1].new_state["status"] == Payment.Status.REVERSED
    assert trail[-1].notes == "bounced"
    assert Sale.objects.get(pk=sale.pk).allocated_cents == 0
