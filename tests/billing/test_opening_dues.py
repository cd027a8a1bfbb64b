"""What a starting route is sent to collect of older debt: each cent from one open route."""

import pytest
from django.db.models import Sum

from billing import services
from billing.models import RouteOpeningDebt, RouteOpeningDue, Sale
from routes.services import IllegalRouteMove
from tests import make
from tests.billing.proof import assert_books_are_right

pytestmark = [pytest.mark.routes, pytest.mark.django_db]


def start(*sales_to, **fields):
    """Start a new route with one sale over 10 to each of these customers."""
    route = make.route("PENDING", **fields)
    for shop in sales_to:
        make.sale(10, to=shop, route=route)
    return make.bring(route, to="IN_PROGRESS")


def carried(route):
    return RouteOpeningDue.objects.filter(route=route).aggregate(cents=Sum("previous_due_cents"))["cents"] or 0


def test_the_example_of_mrs_rahman():
    shop = make.customer(opening_balance_cents=1000)
    make.bring(start_with(shop, 2000), to="RECONCILED")
    start_with_no_due = start_with(shop, 3000)
    RouteOpeningDue.objects.filter(route=start_with_no_due).delete()
    assert carried(start(shop)) == 3000
    assert carried(start(shop)) == 0
    assert_books_are_right()


def start_with(shop, cents):
    route = make.route("PENDING")
    make.sale(cents, to=shop, route=route)
    return make.bring(route, to="IN_PROGRESS")


def test_two_sales_of_one_customer_carry_the_debt_once():
    shop = make.customer(opening_balance_cents=1000)
    assert carried(start(shop, shop, shop)) == 1000
    assert RouteOpeningDue.objects.count() == 1


def test_other_new_sales_are_no_older_debt_of_a_route_that_has_them():
    shop = make.customer()
    planned = make.route("PENDING")
    make.sale(4000, to=shop, route=planned)
    assert carried(start(shop)) == 0
    assert carried(make.bring(planned, to="IN_PROGRESS")) == 0


def test_an_unpaid_sale_on_no_route_is_carried_by_its_balance():
    shop = make.customer()
    make.payment(300, sale=make.sale(1000, to=shop))
    assert carried(start(shop)) == 700


def test_cancelled_paid_and_strangers_sales_are_not_carried():
    shop = make.customer()
    services.cancel_sale(actor=None, sale=make.sale(1000, to=shop), reason="ordered twice")
    make.payment(1000, sale=make.sale(1000, to=shop))
    make.sale(1000)
    assert carried(start(shop)) == 0


def test_the_debt_that_a_route_left_is_carried_by_the_next():
    shop = make.customer(opening_balance_cents=1000)
    first = start(shop)
    assert (carried(first), carried(start(shop))) == (1000, 0)
    make.bring(first, to="RECONCILED")
    assert carried(start(shop)) == 1000 + 10


def test_a_debt_that_grew_is_carried_for_what_it_grew():
    shop = make.customer(opening_balance_cents=1000)
    payment = make.payment(300, by=shop)
    assert carried(start(shop)) == 700
    services.reverse_payment(actor=None, payment=payment, reason="bounced", now=make.NOW)
    assert carried(start(shop)) == 300


def test_later_sales_and_payments_do_not_change_what_was_frozen():
    shop = make.customer(opening_balance_cents=1000)
    route = start(shop)
    make.sale(5000, to=shop)
    make.payment(1000, by=shop)
    assert carried(route) == 1000


def test_each_debt_is_listed():
    shop = make.customer(opening_balance_cents=1000)
    old = make.sale(500, to=shop)
    start(shop)
    assert dict(RouteOpeningDebt.objects.values_list("sale", "amount_cents")) == {None: 1000, old.pk: 500}


def test_reopening_freezes_nothing_anew():
    shop = make.customer(opening_balance_cents=1000)
    route = make.bring(start(shop), to="COMPLETED")
    make.sale(500, to=shop)
    services.reopen_route(actor=None, route=route, reason="forgot a shop", now=make.NOW)
    assert carried(route) == 1000


def test_a_route_that_is_back_is_not_started_again():
    shop = make.customer()
    bounced = make.payment(1000, sale=make.sale(1000, to=shop))
    route = make.bring(start(shop), to="COMPLETED")
    services.reverse_payment(actor=None, payment=bounced, reason="bounced", now=make.NOW)
    with pytest.raises(IllegalRouteMove, match="Reopen it"):
        services.start_route(actor=None, route=route, now=make.NOW)
    assert not RouteOpeningDue.objects.exists()


@pytest.mark.damages_rows
def test_a_debt_in_another_currency_is_not_carried():
    shop = make.customer()
    Sale.objects.filter(pk=make.sale(2000, to=shop).pk).update(currency="USD")
    make.sale(300, to=shop)
    assert carried(start(shop)) == 300
