"""Money is never applied beyond what it has or what is owed, to what asks for nothing, or to a stranger's debt."""

import pytest

from accounts.errors import NotAllowed, NotFound
from accounts.ids import new_id
from billing import services
from billing.models import Allocation, Payment
from billing.selectors.credits import credit_cents
from billing.services.checks import NotAnAmount, WrongCurrency
from billing.services.credits import CreditIsVoid
from billing.services.invoices import InvoiceIsDeleted
from billing.services.named_debts import (
    AllocationRefused,
    InvoiceAsksNothing,
    MoreThanIsOwed,
    MoreThanThePaymentHas,
    OtherCustomer,
)
from billing.services.payment_allocation import PaymentIsNoMoney
from billing.services.sales import SaleIsCancelled, SaleIsInvoiced
from tests import legacy, make
from tests.billing.applying import BOTH, apply, fresh, goodwill, payment, to
from tests.billing.proof import assert_books_are_right

pytestmark = [pytest.mark.allocations, pytest.mark.django_db]


@pytest.fixture(autouse=True)
def the_books_are_right_afterwards():
    yield
    assert_books_are_right()


@pytest.fixture
def shop():
    return make.customer()


@pytest.mark.parametrize("cents", [0, -1, 1.5, "100", None, True, 10**16])
@BOTH
def test_an_amount_that_is_none_is_refused(shop, given, cents):
    invoice = make.invoice(1000, to=shop)
    refuse(NotAnAmount, given(1000, shop), to(invoice, cents))


@BOTH
def test_beyond_the_source_is_refused(shop, given):
    first, second = make.invoice(1000, to=shop), make.invoice(1000, to=shop)
    refuse(MoreThanThePaymentHas, given(1500, shop), to(first, 1000), to(second, 501))


@BOTH
def test_beyond_the_invoice_is_refused(shop, given):
    refuse(MoreThanIsOwed, given(2000, shop), to(make.invoice(1000, to=shop), 1001))


def test_beyond_a_sale_or_for_an_opening_balance_that_is_paid_is_refused(shop):
    paid = payment(2000, shop)
    refuse(MoreThanIsOwed, paid, to(make.sale(1000, to=shop), 1001))
    refuse(MoreThanIsOwed, paid, {"opening_balance": True, "amount_cents": 1})


@BOTH
def test_a_draft_a_void_and_a_failed_invoice_take_no_money(shop, given):
    source = given(1000, shop)
    void = services.void_invoice(actor=None, invoice=make.invoice(1000, to=shop), reason="mistake", now=make.NOW)
    for idle in (make.draft(1000, to=shop), void, legacy.invoice(1000, to=shop, status="FAILED")):
        refuse(InvoiceAsksNothing, source, to(idle, 1))


@BOTH
def test_a_deleted_invoice_takes_no_money(shop, given):
    deleted = services.delete_invoice(actor=None, invoice=make.invoice(1000, to=shop), now=make.NOW)
    refuse(InvoiceIsDeleted, given(1000, shop), to(deleted, 1))


@BOTH
def test_another_customers_invoice_is_refused(shop, given):
    refuse(OtherCustomer, given(1000, shop), to(make.invoice(1000), 1))


@BOTH
def test_another_tenants_invoice_is_not_found(shop, given):
    foreign = make.invoice(1000, of=make.tenant("other"))
    refuse(NotFound, given(1000, shop), to(foreign, 1))


@BOTH
@pytest.mark.parametrize("stranger", ["", "junk", "%", new_id()])
def test_an_invoice_that_is_none_is_not_found(shop, given, stranger):
    expected = AllocationRefused if stranger == "" else NotFound
    refuse(expected, given(1000, shop), {"invoice": stranger, "amount_cents": 1})


@BOTH
def test_an_invoice_in_another_currency_is_refused(shop, given):
    refuse(WrongCurrency, given(1000, shop), to(make.invoice(1000, to=shop, currency="USD"), 1))


def test_a_credit_in_another_currency_pays_what_is_in_it(shop):
    dollars, ours = make.invoice(1000, to=shop, currency="USD"), make.invoice(1000, to=shop)
    credit = goodwill(1500, shop, currency="USD")
    refuse(WrongCurrency, credit, to(ours, 1))
    apply(credit)
    assert (fresh(dollars).status, fresh(ours).status, credit_cents(shop)) == ("PAID", "ISSUED", {"USD": 500})


@BOTH
def test_the_same_invoice_twice_in_one_list_is_refused(shop, given):
    invoice = make.invoice(1000, to=shop)
    twice = [to(invoice, 1), {"invoice": str(invoice.pk), "amount_cents": 2}]
    words = str(refuse(AllocationRefused, given(1000, shop), *twice))
    assert f"Invoice {invoice.number} is named twice" in words
    assert str(invoice.pk) not in words


@BOTH
def test_an_invoice_of_another_business_named_twice_is_not_there_at_all(shop, given):
    invoice = make.invoice(1000, to=make.customer(of=make.tenant("dairy")))
    words = str(refuse(NotFound, given(1000, shop), to(invoice, 1), to(invoice, 2)))
    assert invoice.number not in words


@pytest.mark.parametrize("count", [0, 10_000])
@BOTH
def test_a_list_of_none_or_of_10000_is_refused_at_once(shop, given, count):
    source = given(1000, shop)
    splits = [{"invoice": new_id(), "amount_cents": 1}] * count
    service = {Payment: services.allocate_payment}.get(type(source), services.apply_credit)
    name = "payment" if isinstance(source, Payment) else "credit"
    with pytest.raises(AllocationRefused, match="1 to 500"):
        service(actor=None, **{name: source}, now=make.NOW, splits=splits)


def test_a_split_names_one_debt(shop):
    invoice, sale = make.invoice(1000, to=shop), make.sale(1000, to=shop)
    refuse(AllocationRefused, payment(1000, shop), {"invoice": invoice, "sale": sale, "amount_cents": 1})
    refuse(AllocationRefused, payment(1000, shop), {"amount_cents": 1})


def test_a_cancelled_and_an_invoiced_sale_take_no_money(shop):
    cancelled, invoiced = make.sale(1000, to=shop), make.sale(1000, to=shop)
    services.cancel_sale(actor=None, sale=cancelled, reason="mistake")
    make.invoice(lines=[invoiced], to=shop)
    refuse(SaleIsCancelled, payment(1000, shop), to(cancelled, 1))
    refuse(SaleIsInvoiced, payment(1000, shop), to(invoiced, 1))


@pytest.mark.parametrize("verification", Payment.Verification.values)
@pytest.mark.parametrize("status", Payment.Status.values)
def test_only_money_that_came_in_pays(shop, status, verification):
    invoice = make.invoice(1000, to=shop)
    stored = legacy.payment(1000, by=shop, status=status, verification_status=verification)
    if status == "SUCCEEDED" and verification in {"NOT_REQUIRED", "APPROVED"}:
        assert apply(stored, to(invoice, 1000))
        return
    refuse(PaymentIsNoMoney, stored, to(invoice, 1))


def test_a_used_up_payment_and_a_void_credit_pay_for_nothing(shop):
    invoice = make.invoice(1000, to=shop)
    used = payment(500, shop)
    apply(used, to(invoice, 500))
    refuse(MoreThanThePaymentHas, used, to(invoice, 1))
    void = services.void_credit(actor=None, credit=goodwill(1000, shop), reason="mistake", now=make.NOW)
    refuse(PaymentIsNoMoney, void, to(invoice, 1))
    with pytest.raises(CreditIsVoid):
        services.void_credit(actor=None, credit=void, reason="again", now=make.NOW)


def test_only_the_office_of_the_tenant_applies_money(shop):
    paid, invoice = payment(1000, shop), make.invoice(1000, to=shop)
    [row] = apply(paid, to(invoice, 1))
    for actor, error in [(make.user(), NotAllowed), (make.user("ADMIN", of=make.tenant("other")), NotFound)]:
        with pytest.raises(error):
            services.allocate_payment(actor=actor, payment=paid, now=make.NOW)
        with pytest.raises(error):
            services.reverse_allocation(actor=actor, allocation=row, reason="mistake", now=make.NOW)


def refuse(error, source, *splits):
    """Refused with this error, and nothing written; gives its words."""
    before = Allocation.objects.count(), fresh(source).allocated_cents
    with pytest.raises(error) as refusal:
        apply(source, *splits)
    assert str(refusal.value).endswith(".")
    assert (Allocation.objects.count(), fresh(source).allocated_cents) == before
    return str(refusal.value)
