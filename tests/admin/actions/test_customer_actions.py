"""The office grants goodwill and drafts invoices on a customer's page."""

import pytest

from billing.models import Credit, Invoice, InvoiceLine
from tests import make
from tests.admin.actions.clicks import address, do, offered, text_of

pytestmark = [pytest.mark.allocations, pytest.mark.django_db]


@pytest.fixture
def shop():
    return make.customer(name="Corner shop")


def test_a_customer_is_granted_goodwill_which_can_then_be_applied(shop, bookkeeper):
    assert offered(bookkeeper, shop) == [
        "goodwill", "invoice", "opening-balance", "pay", "standing-order", "order-for-a-day",
    ]  # fmt: skip
    answer = do(bookkeeper, shop, "goodwill", amount_cents="12.50", reason="late delivery")
    credit = Credit.objects.get()
    assert (credit.customer, credit.amount_cents, credit.kind, credit.reason) == (
        shop,
        1250,
        "GOODWILL",
        "late delivery",
    )
    assert answer.redirect_chain[-1][0].endswith(f"/credit/{credit.pk}/change/")
    assert "The goodwill is granted" in text_of(answer)
    assert [button.name for button in answer.context["buttons"]] == ["apply", "void"]


@pytest.mark.parametrize(
    "typed",
    [{"amount_cents": "0"}, {"amount_cents": "-1"}, {"amount_cents": "1.005"}, {"amount_cents": ""}, {"reason": " "}],
)
def test_goodwill_without_an_amount_or_a_reason_is_refused_on_the_page(typed, shop, bookkeeper):
    refused = do(bookkeeper, shop, "goodwill", **{"amount_cents": "5", "reason": "late", **typed})
    assert refused.status_code == 422 and not Credit.objects.exists()


def test_a_draft_bills_the_sales_that_are_chosen_and_lines_of_ones_own(shop, bookkeeper):
    first, second = make.sale(5000, to=shop), make.sale(700, to=shop)
    typed = {f"sale-{first.pk}": "on", "source": "SALES", "line-1-what": "Crate", "line-1-quantity": "2.5"}
    answer = do(bookkeeper, shop, "invoice", **typed, **{"line-1-price": "4.00"})
    invoice = Invoice.objects.get()
    lines = InvoiceLine.objects.filter(invoice=invoice).order_by("id")
    assert [(line.description, line.total_cents) for line in lines] == [(f"Sale {first}", 5000), ("Crate", 1000)]
    assert (invoice.status, invoice.total_cents, invoice.source) == ("DRAFT", 6000, "SALES")
    assert answer.redirect_chain[-1][0].endswith(f"/invoice/{invoice.pk}/change/")
    assert [button.name for button in answer.context["buttons"]] == ["issue", "delete"]
    assert list(bookkeeper.get(address(shop, "invoice")).context["form"].sales) == [f"sale-{second.pk}"]


def test_open_sales_are_proposed_and_paid_or_cancelled_ones_are_not(shop, bookkeeper):
    open_sale, paid = make.sale(500, to=shop), make.sale(300, to=shop)
    make.payment(300, sale=paid)
    form = bookkeeper.get(address(shop, "invoice")).context["form"]
    assert {name: form[name].value() for name in form.sales} == {f"sale-{open_sale.pk}": True, f"sale-{paid.pk}": False}


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({}, "at least one sale"),
        ({"line-2-what": "Crate"}, "Line 2 is not whole"),
        ({"line-3-price": "4"}, "Line 3 is not whole"),
        ({"line-1-what": "Crate", "line-1-price": "-4"}, "greater"),
        ({"line-1-what": "Crate", "line-1-price": "4", "source": "TAXES"}, "valid choice"),
    ],
)
def test_a_draft_of_nothing_or_of_half_a_line_is_refused_on_the_page(typed, said, shop, bookkeeper):
    refused = do(bookkeeper, shop, "invoice", **{"source": "OTHER", **typed})
    assert refused.status_code == 422 and said in text_of(refused)
    assert not Invoice.objects.exists()


@pytest.mark.parametrize(("name", "typed"), [("goodwill", {"amount_cents": "1"}), ("invoice", {"source": "OTHER"})])
def test_another_business_and_other_roles_reach_no_customer(name, typed, shop, as_user):
    typed = {**typed, "reason": "mine", "line-1-what": "Crate", "line-1-price": "4"}
    stranger = as_user(make.user("FINANCE", of=make.tenant("elsewhere"), is_staff=True))
    assert do(stranger, shop, name, **typed).status_code == 404
    assert do(as_user(make.user(is_staff=True)), shop, name, **typed).status_code == 403
    assert not Credit.objects.exists() and not Invoice.objects.exists()


def test_an_opening_balance_is_corrected_with_a_reason_and_never_below_what_is_paid(bookkeeper):
    shop = make.customer(opening_balance_cents=80000)
    make.payment(30000, by=shop)
    refused = do(bookkeeper, shop, "opening-balance", opening_balance_cents="299.99", reason="typo")
    assert "30000 cents are paid of the opening balance" in text_of(refused)
    answer = do(bookkeeper, shop, "opening-balance", opening_balance_cents="750.00", reason="the paper book")
    assert "The opening balance is corrected" in text_of(answer)
    shop.refresh_from_db()
    assert shop.opening_balance_cents == 75000
