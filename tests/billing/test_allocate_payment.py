"""Money is applied to what a person names or to what is due first; what it leaves over is credit where it lies."""

import pytest

from billing.models import Invoice
from billing.selectors.credits import credit_cents
from billing.selectors.invoice_debts import preview_allocation
from tests import make
from tests.billing.applying import BOTH, apply, fresh, payment, to
from tests.billing.proof import assert_books_are_right

pytestmark = [pytest.mark.allocations, pytest.mark.django_db]


@pytest.fixture(autouse=True)
def the_books_are_right_afterwards():
    yield
    assert_books_are_right()


@pytest.fixture
def shop():
    return make.customer()


@BOTH
def test_one_source_pays_two_invoices(shop, given):
    first, second = make.invoice(3000, to=shop), make.invoice(2000, to=shop)
    source = given(5000, shop)
    rows = apply(source, to(first, 3000), to(second, 2000), reason="as agreed")
    assert [(row.rule, row.rank, row.reason) for row in rows] == [
        ("manual", 1, "as agreed"),
        ("manual", 2, "as agreed"),
    ]
    assert (fresh(first).status, fresh(second).status, fresh(source).unallocated_cents) == ("PAID", "PAID", 0)


def test_two_payments_pay_one_invoice(shop):
    invoice = make.invoice(5000, to=shop)
    apply(payment(2000, shop), to(invoice, 2000))
    assert fresh(invoice).status == "PARTIALLY_PAID"
    apply(payment(3000, shop), to(invoice, 3000))
    assert (fresh(invoice).status, fresh(invoice).paid_at) == ("PAID", make.NOW)


def test_what_a_payment_leaves_over_is_credit_where_it_lies(shop):
    invoice = make.invoice(10000, to=shop)
    paid = payment(15000, shop)
    apply(paid, to(invoice, 10000))
    assert credit_cents(shop) == {"BDT": 5000}
    later = make.invoice(3000, to=shop)
    apply(paid)
    assert (fresh(later).status, credit_cents(shop)) == ("PAID", {"BDT": 2000})


@BOTH
def test_without_names_what_is_due_first_is_paid_and_the_rank_is_kept(shop, given):
    last = make.invoice(2000, to=shop, due_at=make.later(days=30))
    first = make.invoice(6000, to=shop, due_at=make.later(days=5))
    second = make.invoice(7000, to=shop, due_at=make.later(days=9))
    make.draft(1, to=shop)
    make.invoice(1)
    source = given(10000, shop)
    preview = preview_allocation(source)
    rows = apply(source)
    planned = [(row["rank"], row["invoice_id"], row["amount_cents"]) for row in preview["allocations"]]
    assert planned == [(1, first.pk, 6000), (2, second.pk, 4000)]
    assert [(row.rank, row.invoice_id, row.amount_cents) for row in rows] == planned
    assert {row.rule for row in rows} == {"oldest_due_first"}
    assert (preview["left_cents"], fresh(last).status, fresh(second).balance_cents) == (0, "ISSUED", 3000)


def test_equal_due_dates_are_paid_by_number(shop):
    due = make.later(days=5)
    tenth = None
    for _ in range(10):
        tenth = make.invoice(100, to=shop, due_at=due)
    apply(payment(900, shop))
    assert fresh(tenth).status == "ISSUED"
    assert Invoice.objects.filter(status="PAID").count() == 9


def test_with_nothing_due_nothing_is_applied(shop):
    assert apply(payment(100, shop)) == []


def test_a_payment_pays_sales_and_the_opening_balance_too():
    shop = make.customer(opening_balance_cents=0)
    sale, paid = make.sale(500, to=shop), payment(1000, shop)
    shop.opening_balance_cents = 300
    shop.save()
    apply(paid, to(sale, 500), {"opening_balance": True, "amount_cents": 300})
    assert (fresh(sale).status, fresh(shop).opening_balance_left_cents, fresh(paid).unallocated_cents) == (
        "COMPLETED",
        0,
        200,
    )
