"""Goods that came back: never more than sold, counted once, and what was paid too much is credit again."""

from decimal import Decimal

import pytest

from accounts.ids import new_id
from billing import services
from billing.models import Payment, Sale, SaleReturn
from billing.selectors.accountability import accountability_of
from billing.services.checks import NotAnAmount, NotAQuantity, ReasonMissing
from billing.services.returns import MoreThanSold, ReturnAlreadyKnown, ReturnRefused
from billing.services.route_checks import RouteAlreadyReconciled
from billing.services.sales import SaleIsCancelled
from tests import make
from tests.billing.proof import assert_books_are_right

pytestmark = [pytest.mark.routes, pytest.mark.django_db]


def give_back(sale, amount_cents=None, **fields):
    fields = {"reason": "broken", "actor": make.user(), **fields}
    return services.record_return(sale=sale, amount_cents=amount_cents, **fields)


@pytest.mark.parametrize(
    ("paid", "returned", "balance", "credit", "status"),
    [
        (0, 1000, 4000, 0, "PENDING"),
        (4000, 1000, 0, 0, "COMPLETED"),
        (4500, 1000, 0, 500, "COMPLETED"),
        (5000, 5000, 0, 5000, "COMPLETED"),
        (5000, 1, 0, 1, "COMPLETED"),
    ],
)
def test_the_sale_asks_for_less_and_the_excess_is_credit(paid, returned, balance, credit, status):
    sale = make.sale(5000)
    if paid:
        make.payment(paid, sale=sale)
    give_back(sale, returned)
    sale.refresh_from_db()
    assert (sale.returned_cents, sale.balance_cents, sale.status) == (returned, balance, status)
    assert sum(payment.unallocated_cents for payment in Payment.objects.all()) == credit
    assert_books_are_right()


def test_the_youngest_payment_gives_back_first():
    sale = make.sale(5000)
    first, second = make.payment(3000, sale=sale), make.payment(2000, sale=sale)
    give_back(sale, 2500)
    first.refresh_from_db()
    second.refresh_from_db()
    assert (first.unallocated_cents, second.unallocated_cents) == (500, 2000)
    assert_books_are_right()


def test_lines_are_worth_their_share_and_all_of_them_the_whole():
    sale = make.sale(lines=[make.line("3", 333), make.line("2.5", 401)])
    bottles, litres = sale.lines.order_by("unit_price_cents")
    for _ in range(3):
        give_back(sale, lines=[{"line": bottles.pk, "quantity": 1}])
    give_back(sale, lines=[{"line": litres, "quantity": "1.25"}])
    give_back(sale, lines=[{"line": litres, "quantity": Decimal("1.25")}])
    sale.refresh_from_db()
    assert (sale.balance_cents, sale.returned_cents) == (0, 999 + 1003)


@pytest.mark.parametrize(("first", "second"), [(5001, None), (3000, 2001)])
def test_no_more_comes_back_than_was_sold(first, second):
    sale = make.sale(5000)
    with pytest.raises(MoreThanSold, match="Correct the amount"):
        give_back(sale, first)
        give_back(sale, second)


def test_no_more_of_a_line_comes_back_than_was_sold_of_it():
    sale = make.sale(lines=[make.line(2), make.line(9)])
    line = sale.lines.get(quantity=2)
    give_back(sale, lines=[{"line": line, "quantity": 1}])
    with pytest.raises(MoreThanSold, match="2 of 'Milk' were sold and 1 came back before"):
        give_back(sale, lines=[{"line": line, "quantity": 2}])


def test_a_line_of_another_sale_is_refused():
    other = make.sale(lines=[make.line()])
    with pytest.raises(ReturnRefused):
        give_back(make.sale(lines=[make.line()]), lines=[{"line": other.lines.get(), "quantity": 1}])


@pytest.mark.parametrize("quantity", [0, -1, 1.0, True, "many", None, "0.0001", "NaN", "Infinity"])
def test_only_an_exact_positive_number_is_a_quantity(quantity):
    sale = make.sale(lines=[make.line(2)])
    with pytest.raises(NotAQuantity):
        give_back(sale, lines=[{"line": sale.lines.get(), "quantity": quantity}])


def test_a_return_without_amount_or_reason_is_refused():
    with pytest.raises(NotAnAmount):
        give_back(make.sale())
    with pytest.raises(ReasonMissing):
        give_back(make.sale(), 100, reason="")


class TestTheSameReturn:
    """The representative reports it, and so does the office."""

    def test_is_counted_once_by_its_key(self):
        sale = make.sale(5000)
        first = give_back(sale, 1000, return_key="r-1")
        assert give_back(sale, 1000, return_key="r-1", reason="reported again") == first
        sale.refresh_from_db()
        assert (sale.returned_cents, SaleReturn.objects.count()) == (1000, 1)

    def test_with_lines_is_counted_once(self):
        sale = make.sale(lines=[make.line(2), make.line(3)])
        lines = [{"line": line, "quantity": 1} for line in sale.lines.all()]
        give_back(sale, lines=lines, return_key="r-1")
        give_back(sale, lines=lines, return_key="r-1")
        sale.refresh_from_db()
        assert (sale.returned_cents, SaleReturn.objects.count()) == (10_000, 2)

    def test_even_when_all_came_back(self):
        sale = make.sale(lines=[make.line(1)])
        lines = [{"line": sale.lines.get(), "quantity": 1}]
        first = give_back(sale, lines=lines, return_key="r-1")
        assert give_back(sale, lines=lines, return_key="r-1") == first

    def test_with_other_content_is_refused(self):
        sale = make.sale(5000)
        give_back(sale, 1000, return_key="r-1")
        for other, amount in ((sale, 999), (make.sale(5000), 1000)):
            with pytest.raises(ReturnAlreadyKnown):
                give_back(other, amount, return_key="r-1")

    def test_with_lines_left_out_is_not_the_same(self):
        sale = make.sale(lines=[make.line(2), make.line(3)])
        lines = [{"line": line, "quantity": 1} for line in sale.lines.all()]
        give_back(sale, lines=lines, return_key="r-1")
        for fewer in (lines[:1], lines[1:]):
            with pytest.raises(ReturnAlreadyKnown):
                give_back(sale, lines=fewer, return_key="r-1")

    def test_is_counted_once_through_the_reconciliation_too(self):
        rep = make.user()
        route = make.route(rep=rep)
        sale = make.sale(5000, route=route)
        make.payment(4000, sale=sale, collected_by=rep)
        give_back(sale, 1000, return_key="r-1", actor=rep)
        make.bring(route, to="COMPLETED")
        again = {"sale": sale, "amount_cents": 1000, "reason": "broken", "return_key": "r-1"}
        settled = make.settle(route, returns=[again])
        report = accountability_of(rep)
        assert (settled.returns_cents, report["returns_cents"]) == (1000, 1000)
        assert (report["expected_cents"], report["current_outstanding_cents"]) == (4000, 0)


def test_a_reconciled_route_takes_no_return():
    route = make.route()
    sale = make.sale(route=route)
    make.bring(route, to="RECONCILED")
    with pytest.raises(RouteAlreadyReconciled):
        give_back(sale, 100)


def test_a_cancelled_sale_takes_no_return():
    sale = make.sale()
    services.cancel_sale(actor=None, sale=sale, reason="ordered twice")
    with pytest.raises(SaleIsCancelled):
        give_back(sale, 100)


def test_cancelling_frees_what_was_paid():
    sale = make.sale(5000)
    payment = make.payment(3000, sale=sale)
    services.cancel_sale(actor=None, sale=sale, reason="ordered twice")
    payment.refresh_from_db()
    assert payment.unallocated_cents == 3000
    assert Sale.objects.get(pk=sale.pk).status == "CANCELLED"
    assert_books_are_right()


def test_an_unknown_line_is_refused():
    with pytest.raises(ReturnRefused, match="is no line of sale"):
        give_back(make.sale(lines=[make.line()]), lines=[{"line": new_id(), "quantity": 1}])
