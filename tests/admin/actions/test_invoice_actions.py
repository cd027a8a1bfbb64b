"""The office issues, voids, corrects, gives up, deletes and recovers invoices in the admin, and applies money to them."""

import pytest
from django.utils import timezone

from accounts.permissions import role_allows
from billing import services
from billing.models import Allocation, Credit, Invoice, PaymentRefund
from tests import make
from tests.admin.actions.clicks import address, do, offered, text_of

pytestmark = [pytest.mark.allocations, pytest.mark.django_db]

ACTIONS = ["issue", "credit-note", "write-off", "void", "delete", "recover"]
GUARDS = ["move_invoice", "correct_invoice", "allocate_payment", "refund_payment", "void_credit", "view_finance"]


def fresh(row):
    return type(row).objects.get(pk=row.pk)


@pytest.fixture
def invoice():
    return make.invoice(5000, now=timezone.now())


@pytest.fixture
def free(invoice):
    """A payment of the same customer that pays for nothing yet."""
    return make.payment(8000, by=invoice.customer)


def test_a_draft_is_issued(bookkeeper):
    draft = make.draft(5000)
    assert offered(bookkeeper, draft) == ["issue", "delete"]
    assert "has its number" in text_of(do(bookkeeper, draft, "issue", due_in_days="30"))
    issued = fresh(draft)
    assert issued.status == "ISSUED" and (issued.due_at - issued.issued_at).days in {29, 30}
    assert offered(bookkeeper, draft) == ["credit-note", "write-off", "void", "delete"]


@pytest.mark.parametrize("days", ["-1", "soon", "99999", ""])
def test_days_to_pay_that_are_none_are_refused_on_the_page(days, bookkeeper):
    draft = make.draft(5000)
    assert do(bookkeeper, draft, "issue", due_in_days=days).status_code == 422
    assert fresh(draft).status == "DRAFT"


def test_an_invoice_is_made_void_with_a_reason(invoice, bookkeeper):
    assert do(bookkeeper, invoice, "void", reason=" ").status_code == 422
    assert "asks for nothing" in text_of(do(bookkeeper, invoice, "void", reason="billed twice"))
    assert fresh(invoice).status == "VOID" and offered(bookkeeper, invoice) == ["delete"]


def test_what_is_open_is_written_off_and_taken_back_by_voiding_the_credit(invoice, bookkeeper):
    do(bookkeeper, invoice, "write-off", reason="closed down")
    assert fresh(invoice).status == "PAID"
    credit = Credit.objects.get(invoice=invoice)
    assert offered(bookkeeper, credit) == ["void"]
    do(bookkeeper, credit, "void", reason="they paid after all")
    assert (fresh(invoice).status, fresh(credit).status) == ("ISSUED", "VOIDED")


def test_a_credit_note_gives_part_back(invoice, bookkeeper):
    refused = do(bookkeeper, invoice, "credit-note", amount_cents="50.01", reason="broken")
    assert refused.status_code == 422 and "Lower the amount" in text_of(refused)
    assert 'value="50.01"' in refused.content.decode()
    do(bookkeeper, invoice, "credit-note", amount_cents="12.50", reason="broken")
    assert fresh(invoice).credited_cents == 1250


def test_an_invoice_is_deleted_and_recovered(invoice, bookkeeper):
    do(bookkeeper, invoice, "delete", reason="by mistake")
    assert fresh(invoice).deleted_at and offered(bookkeeper, invoice) == ["recover"]
    do(bookkeeper, invoice, "recover", reason="it was right")
    assert fresh(invoice).deleted_at is None


def test_an_invoice_with_money_on_it_is_not_deleted(invoice, free, bookkeeper):
    services.allocate_payment(actor=None, payment=free, now=make.NOW)
    assert "delete" not in offered(bookkeeper, invoice)
    refused = do(bookkeeper, invoice, "delete", reason="gone")
    assert refused.status_code == 409 and "Void the invoice" in text_of(refused)


def test_applying_shows_what_is_due_first_and_keeps_that_rule_when_nobody_changes_it(invoice, free, bookkeeper):
    second = make.invoice(9000, to=invoice.customer, now=timezone.now(), due_in_days=40)
    form = bookkeeper.get(address(free, "allocate")).context["form"]
    assert {name: form[name].value() for name in form.proposed} == {
        f"invoice-{invoice.pk}": "50.00",
        f"invoice-{second.pk}": "30.00",
    }
    do(bookkeeper, free, "allocate", **{f"invoice-{invoice.pk}": "50", f"invoice-{second.pk}": "30.00"})
    rows = Allocation.objects.filter(payment=free).order_by("rank")
    assert [(row.rule, row.rank, row.amount_cents) for row in rows] == [
        ("oldest_due_first", 1, 5000),
        ("oldest_due_first", 2, 3000),
    ]


def test_amounts_that_a_person_changed_are_a_persons_choice(invoice, free, bookkeeper):
    do(bookkeeper, free, "allocate", **{f"invoice-{invoice.pk}": "20.00", "reason": "agreed by phone"})
    [row] = Allocation.objects.filter(payment=free)
    assert (row.rule, row.amount_cents, row.reason) == ("manual", 2000, "agreed by phone")


@pytest.mark.parametrize(
    ("typed", "said"),
    [("", "at least one amount"), ("90", "more than the 80.00"), ("60", "asks for 5000"), ("-1", "greater")],
)
def test_a_wrong_amount_is_refused_on_the_page_and_nothing_is_written(typed, said, invoice, free, bookkeeper):
    refused = do(bookkeeper, free, "allocate", **{f"invoice-{invoice.pk}": typed})
    assert refused.status_code == 422 and said in text_of(refused)
    assert not Allocation.objects.filter(payment=free).exists()


def test_sales_and_the_opening_balance_are_debts_too(bookkeeper):
    customer = make.customer(opening_balance_cents=700)
    payment = make.payment(3000, by=customer)
    sale = make.sale(1000, to=customer)
    do(bookkeeper, payment, "allocate", **{f"sale-{sale.pk}": "10", "opening": "7"})
    assert fresh(payment).allocated_cents == 1700


def test_an_allocation_is_taken_back_with_a_reason(invoice, free, bookkeeper):
    services.allocate_payment(actor=None, payment=free, now=make.NOW)
    allocation = Allocation.objects.get(payment=free)
    assert offered(bookkeeper, allocation) == ["reverse"]
    do(bookkeeper, allocation, "reverse", reason="wrong invoice")
    assert (fresh(invoice).allocated_cents, fresh(free).unallocated_cents) == (0, 8000)
    assert offered(bookkeeper, allocation) == []


def test_money_is_given_back_in_part(invoice, free, bookkeeper):
    services.allocate_payment(actor=None, payment=free, now=make.NOW)
    assert "At most 80.00" in text_of(bookkeeper.get(address(free, "refund")))
    do(bookkeeper, free, "refund", amount_cents="40", reference="T-9", reason="paid twice")
    refund = PaymentRefund.objects.get(payment=free)
    assert (refund.amount_cents, refund.reference) == (4000, "T-9")
    assert fresh(invoice).status == "PARTIALLY_PAID"
    assert do(bookkeeper, free, "refund", amount_cents="41", reason="again").status_code == 422


def test_a_typing_error_in_an_amount_is_corrected(invoice, free, bookkeeper):
    do(bookkeeper, free, "amount", amount_cents="70", reason="typed 8 for 7")
    assert fresh(free).amount_cents == 7000


def test_a_credit_is_applied(invoice, bookkeeper):
    credit = make.credit(500, to=invoice.customer)
    assert offered(bookkeeper, credit) == ["apply", "void"]
    do(bookkeeper, credit, "apply", **{f"invoice-{invoice.pk}": "5"})
    assert fresh(invoice).credited_cents == 500 and offered(bookkeeper, credit) == ["void"]


@pytest.mark.parametrize("name", ACTIONS)
def test_another_business_and_other_roles_reach_no_invoice(name, invoice, as_user):
    before = Invoice.objects.filter(pk=invoice.pk).values().get()
    stranger = as_user(make.user("FINANCE", of=make.tenant("elsewhere"), is_staff=True))
    assert do(stranger, invoice, name, reason="mine", amount_cents="1", due_in_days="3").status_code == 404
    rep = as_user(make.user(is_staff=True))
    assert do(rep, invoice, name, reason="mine", amount_cents="1", due_in_days="3").status_code == 403
    assert Invoice.objects.filter(pk=invoice.pk).values().get() == before


@pytest.mark.parametrize("name", GUARDS)
def test_the_office_alone_has_the_permissions(name):
    allowed = {role for role in ("ADMIN", "FINANCE", "SALES_REP", "CUSTOMER") if role_allows(role, f"billing.{name}")}
    assert allowed == {"ADMIN", "FINANCE"}
