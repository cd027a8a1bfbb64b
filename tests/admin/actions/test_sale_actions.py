"""The office records returns on sales and cancels sales in the admin."""

import pytest

from billing.models import Sale, SaleReturn
from tests import make
from tests.admin.actions.clicks import address, do, offered, text_of

pytestmark = [pytest.mark.routes, pytest.mark.django_db]


def fresh(row):
    return type(row).objects.get(pk=row.pk)


def test_a_return_by_amount_lowers_what_the_sale_asks(bookkeeper):
    sale = make.sale(5000)
    assert offered(bookkeeper, sale) == ["return", "cancel", "pay"]
    answer = do(bookkeeper, sale, "return", amount_cents="12.50", reason="broken bottles")
    assert "the sale asks for less" in text_of(answer) and "broken bottles" in text_of(answer)
    assert fresh(sale).returned_cents == 1250


def test_a_return_by_quantity_is_valued_by_its_line(bookkeeper):
    sale = make.sale(lines=[make.line(10, 500), make.line(2, 300, description="Ghee")])
    milk = sale.lines.get(description="Milk")
    assert "of 10 sold" in text_of(bookkeeper.get(address(sale, "return")))
    do(bookkeeper, sale, "return", **{f"quantity-{milk.pk}": "4", "reason": "sour"})
    assert fresh(sale).returned_cents == 2000 and SaleReturn.objects.get().sale_line == milk


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ({"reason": "sour"}, "and not nothing"),
        ({"reason": "sour", "amount_cents": "1", "quantity": "1"}, "one of them"),
        ({"reason": "", "amount_cents": "1"}, "Write a reason"),
        ({"reason": "sour", "amount_cents": "-1"}, "greater than or equal to 0"),
        ({"reason": "sour", "amount_cents": "1.005"}, "no more than 2 decimal"),
        ({"reason": "sour", "amount_cents": "50.01"}, "Correct the amount"),
        ({"reason": "sour", "quantity": "11"}, "Correct the quantity"),
    ],
)
def test_what_cannot_come_back_is_told_and_nothing_is_written(typed, words, bookkeeper):
    sale = make.sale(lines=[make.line(10, 500)])
    named = {f"quantity-{sale.lines.get().pk}" if name == "quantity" else name: value for name, value in typed.items()}
    refused = do(bookkeeper, sale, "return", **named)
    assert refused.status_code == 422 and words in text_of(refused)
    assert not SaleReturn.objects.exists()


def test_a_second_click_records_one_return(bookkeeper):
    sale = make.sale(5000)
    form = bookkeeper.get(address(sale, "return")).context["form"]
    for _ in range(2):
        do(bookkeeper, sale, "return", amount_cents="5", reason="sour", return_key=form["return_key"].value())
    assert fresh(sale).returned_cents == 500


def test_a_sale_is_cancelled_with_a_reason_and_its_money_is_credit_again(bookkeeper):
    sale = make.sale(5000)
    payment = make.payment(2000, sale=sale)
    assert do(bookkeeper, sale, "cancel", reason="").status_code == 422
    answer = do(bookkeeper, sale, "cancel", reason="booked twice")
    assert "it asks for nothing" in text_of(answer) and "booked twice" in text_of(answer)
    assert (fresh(sale).status, fresh(payment).allocated_cents) == ("CANCELLED", 0)
    assert offered(bookkeeper, sale) == []


@pytest.mark.parametrize("name", ["return", "cancel"])
def test_a_sale_on_a_reconciled_route_stays(bookkeeper, name):
    route = make.route()
    sale = make.sale(5000, route=route)
    make.bring(route, to="RECONCILED")
    refused = do(bookkeeper, sale, name, amount_cents="5", reason="late")
    assert refused.status_code == 409 and route.number in text_of(refused)
    assert (fresh(sale).returned_cents, fresh(sale).status) == (0, "PENDING")


@pytest.mark.parametrize("name", ["return", "cancel"])
def test_another_business_and_other_roles_reach_nothing(as_user, name):
    sale = make.sale(5000)
    stranger = as_user(make.user("ADMIN", of=make.tenant("elsewhere"), is_staff=True))
    assert do(stranger, sale, name, amount_cents="5", reason="mine").status_code == 404
    rep = as_user(make.user(is_staff=True))
    assert do(rep, sale, name, amount_cents="5", reason="mine").status_code == 403
    assert Sale.objects.get().status == "PENDING"
