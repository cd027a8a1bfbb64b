"""A sale is on one route at a time, and only a planned or started route gives or takes one."""

import pytest

from billing import services
from billing.models import Sale
from billing.services.route_checks import ForeignRoute, RouteAlreadyReconciled
from billing.services.route_life import RouteHasMoney
from billing.services.sale_routes import DebtIsCarried, NotYourRoute, SaleNotOnRoute
from billing.services.sales import SaleIsCancelled
from routes.models import Route
from routes.services import RouteIsClosed
from tests import legacy, make
from tests.billing.proof import assert_books_are_right

pytestmark = [pytest.mark.routes, pytest.mark.django_db]


def add(sale, route, **fields):
    return services.add_sale_to_route(actor=None, sale=sale, route=route, **fields)


@pytest.mark.parametrize("status", ["PENDING", "IN_PROGRESS"])
def test_a_planned_or_started_route_takes_a_sale(status):
    assert add(make.sale(), make.route(status)).route.status == status


@pytest.mark.parametrize("status", ["COMPLETED", "RECONCILED"])
def test_a_route_that_is_back_takes_none(status):
    with pytest.raises(RouteIsClosed):
        add(make.sale(), make.route(status))
    with pytest.raises(RouteIsClosed):
        make.sale(route=make.route(status))


@pytest.mark.parametrize("status", ["COMPLETED", "RECONCILED"])
def test_a_route_that_is_back_gives_none_away(status):
    route = make.route()
    sale = make.sale(route=route)
    make.bring(route, to=status)
    with pytest.raises(RouteIsClosed):
        add(sale, make.route())
    with pytest.raises(RouteIsClosed):
        services.remove_sale_from_route(actor=None, sale=sale, route=route)


def test_adding_to_another_route_moves_it_and_history_says_who_and_why():
    boss, first, second = make.user("ADMIN"), make.route(), make.route()
    sale = make.sale(route=first)
    services.add_sale_to_route(actor=boss, sale=sale, route=second, reason="van broke down")
    newest, before = sale.history.all()[:2]
    assert (before.route_id, newest.route_id) == (first.pk, second.pk)
    assert (newest.history_user_id, newest.history_change_reason) == (boss.pk, "van broke down")
    assert Sale.objects.filter(route=first).count() == 0


def test_adding_twice_is_harmless():
    sale, route = make.sale(), make.route()
    add(sale, route)
    images = sale.history.count()
    add(sale, route)
    assert sale.history.count() == images


def test_removing_through_another_route_is_refused():
    route = make.route()
    sale = make.sale(route=route)
    with pytest.raises(SaleNotOnRoute):
        services.remove_sale_from_route(actor=None, sale=sale, route=make.route())
    sale.refresh_from_db()
    assert sale.route_id == route.pk


def test_a_removed_sale_leaves_its_payment_where_it_was_collected():
    route = make.route()
    sale = make.sale(route=route)
    payment = make.payment(100, sale=sale)
    services.remove_sale_from_route(actor=None, sale=sale, route=route)
    payment.refresh_from_db()
    sale.refresh_from_db()
    assert (sale.route_id, payment.route_id) == (None, route.pk)


def test_a_cancelled_sale_and_a_foreign_route_are_refused():
    sale = make.sale()
    with pytest.raises(ForeignRoute):
        add(sale, make.route(of=make.tenant("other")))
    services.cancel_sale(actor=None, sale=sale, reason="ordered twice")
    with pytest.raises(SaleIsCancelled):
        add(sale, make.route())


def test_a_reconciled_route_keeps_its_sales_as_they_are():
    route = make.route()
    sale = make.sale(route=route)
    make.bring(route, to="RECONCILED")
    with pytest.raises(RouteAlreadyReconciled, match="cancelling sale"):
        services.cancel_sale(actor=None, sale=sale, reason="too late")


def test_a_debt_that_a_route_collects_is_not_put_on_another():
    shop = make.customer()
    old, carrying = make.sale(900, to=shop), make.route("PENDING")
    make.sale(100, to=shop, route=carrying)
    make.bring(carrying, to="IN_PROGRESS")
    with pytest.raises(DebtIsCarried, match="collected as older debt"):
        add(old, make.route())
    make.bring(carrying, to="RECONCILED")
    assert add(old, make.route())


class TestDeletingARoute:
    """Only a route that no money names may disappear."""

    def test_frees_its_sales_with_history(self):
        boss, route = make.user("ADMIN"), make.route()
        sale = make.sale(route=route)
        services.delete_route(actor=boss, route=route, reason="planned twice")
        sale.refresh_from_db()
        assert sale.route_id is None
        assert sale.history.first().history_user_id == boss.pk
        assert_books_are_right()

    def test_is_refused_when_money_was_collected(self):
        route = make.route()
        make.payment(100, sale=make.sale(route=route))
        with pytest.raises(RouteHasMoney):
            services.delete_route(actor=None, route=route)
        assert Route.objects.filter(pk=route.pk).exists()

    def test_is_refused_when_money_counts_through_its_sale(self):
        route = make.route()
        legacy.payment(100, sale=legacy.sale(route=route))
        with pytest.raises(RouteHasMoney):
            services.delete_route(actor=None, route=route)

    @pytest.mark.parametrize("status", ["COMPLETED", "RECONCILED"])
    def test_is_refused_when_it_is_back(self, status):
        with pytest.raises(RouteIsClosed):
            services.delete_route(actor=None, route=make.route(status))


def test_a_representative_moves_sales_between_their_own_routes_only():
    rep = make.user()
    mine, theirs = make.route(rep=rep), make.route()
    sale = make.sale(route=theirs)
    for move, route in ((services.add_sale_to_route, mine), (services.remove_sale_from_route, theirs)):
        with pytest.raises(NotYourRoute):
            move(actor=rep, sale=sale, route=route)
    with pytest.raises(NotYourRoute):
        services.add_sale_to_route(actor=rep, sale=make.sale(), route=theirs)
    on_none = make.sale()
    assert services.add_sale_to_route(actor=rep, sale=on_none, route=mine).route_id == mine.pk
    assert services.remove_sale_from_route(actor=rep, sale=on_none, route=mine).route_id is None
