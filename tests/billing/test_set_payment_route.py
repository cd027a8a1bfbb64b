"""Deciding by hand on which route a payment was collected."""

import pytest

from billing import services
from billing.services.checks import ReasonMissing
from billing.services.route_checks import ForeignRoute, RouteAlreadyReconciled
from tests import legacy, make
from tests.billing.proof import assert_books_are_right

pytestmark = [pytest.mark.routes, pytest.mark.django_db]


def decide(payment, route, reason="asked the representative"):
    return services.set_payment_route(actor=make.user("FINANCE"), payment=payment, route=route, reason=reason)


def test_the_decision_and_its_reason_are_in_history():
    payment, route = legacy.payment(100), make.route()
    assert decide(payment, route).route_id == route.pk
    assert payment.history.first().history_change_reason == "asked the representative"
    assert decide(payment, None).route_id is None


def test_an_open_route_can_be_exchanged_for_another():
    payment, other = make.payment(100, sale=make.sale(route=make.route())), make.route()
    assert decide(payment, other).route_id == other.pk
    assert_books_are_right()


def test_deciding_the_same_writes_nothing():
    payment = make.payment(100, sale=make.sale(route=make.route()))
    images = payment.history.count()
    decide(payment, payment.route)
    assert payment.history.count() == images


def test_a_reconciled_route_neither_takes_nor_gives():
    closed = make.route()
    payment = make.payment(100, sale=make.sale(route=closed))
    closed = make.bring(closed, to="RECONCILED")
    with pytest.raises(RouteAlreadyReconciled, match="taking payment"):
        decide(payment, make.route())
    with pytest.raises(RouteAlreadyReconciled, match="taking payment"):
        decide(payment, None)
    with pytest.raises(RouteAlreadyReconciled, match="adding payment"):
        decide(legacy.payment(100), closed)


def test_the_link_that_counts_already_may_be_written_down_on_a_reconciled_route():
    route = make.route()
    payment = legacy.payment(100, sale=legacy.sale(route=route))
    route = make.bring(route, to="RECONCILED")
    assert decide(payment, route).route_id == route.pk
    with pytest.raises(RouteAlreadyReconciled):
        decide(payment, None)
    assert_books_are_right()


def test_a_payment_that_counts_through_a_reconciled_route_does_not_go_elsewhere():
    route = make.route()
    payment = legacy.payment(100, sale=legacy.sale(route=route))
    make.bring(route, to="RECONCILED")
    with pytest.raises(RouteAlreadyReconciled):
        decide(payment, make.route())


def test_foreign_routes_and_missing_reasons_are_refused():
    payment = legacy.payment(100)
    with pytest.raises(ForeignRoute):
        decide(payment, make.route(of=make.tenant("other")))
    with pytest.raises(ReasonMissing):
        decide(payment, make.route(), reason="")


def test_a_payment_is_not_let_fall_back_on_the_reconciled_route_of_its_sale():
    """Without a link of its own it would count there, received before the signature while the sale was on it."""
    closed, rep = make.route(), make.user()
    sale = make.sale(5000, route=closed)
    make.bring(closed, to="RECONCILED", now=make.later(hours=5))
    on_my_round = {"route": make.route(rep=rep), "collected_by": rep, "received_at": make.later(hours=1)}
    payment = make.payment(1000, sale=sale, **on_my_round)
    with pytest.raises(RouteAlreadyReconciled, match="adding payment"):
        decide(payment, None)
    assert_books_are_right()
