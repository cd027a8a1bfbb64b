"""Reconciling: once, from completed, by a second person, with every difference explained, all or nothing."""

import pytest

from accounts.errors import NotAllowed, NotFound, RuleBroken
from billing import services
from billing.models import RouteReconciliation, Sale, SaleReturn
from billing.selectors.route_money import cash_on
from billing.services.checks import NotAnAmount, ReasonMissing
from billing.services.reconciliation import FourEyesNeeded, PaymentsWait, VarianceUnexplained
from billing.services.returns import MoreThanSold
from routes.models import Route
from routes.services import IllegalRouteMove, reassign_route
from tests import legacy, make
from tests.billing.proof import assert_books_are_right

pytestmark = [pytest.mark.routes, pytest.mark.django_db]


@pytest.fixture
def route():
    """A route that is back with 3000 recorded in cash and 1000 by bank transfer."""
    rep = make.user()
    route = make.route(rep=rep)
    make.payment(3000, sale=make.sale(route=route), collected_by=rep)
    make.payment(1000, sale=make.sale(route=route), collected_by=rep, channel="BANK_TRANSFER")
    return make.bring(route, to="COMPLETED")


def test_the_cash_is_counted_against_the_recorded_cash(route):
    settled = make.settle(route, cash_cents=3000)
    assert (settled.cash_expected_cents, settled.cash_variance_cents, settled.variance_disposition) == (3000, 0, "NONE")
    assert Route.objects.get(pk=route.pk).reconciled_at == make.NOW
    assert_books_are_right()


def test_cash_that_counts_through_its_sale_is_recorded_cash_too(route):
    legacy.payment(500, sale=legacy.sale(route=route))
    assert make.settle(route).cash_expected_cents == 3500
    assert_books_are_right()


@pytest.mark.parametrize("disposition", ["OPEN", "WRITTEN_OFF", "CHARGED_TO_REP"])
@pytest.mark.parametrize(("cash", "variance"), [(2900, -100), (3100, 100), (0, -3000)])
def test_a_difference_is_kept_with_what_becomes_of_it(route, cash, variance, disposition):
    settled = make.settle(route, cash_cents=cash, disposition=disposition, disposition_reason="a note was missing")
    assert (settled.cash_variance_cents, settled.variance_disposition) == (variance, disposition)
    assert settled.variance_reason == "a note was missing"


@pytest.mark.parametrize("disposition", [None, "NONE", "FORGOTTEN"])
def test_a_difference_without_disposition_is_refused(route, disposition):
    with pytest.raises(VarianceUnexplained, match="differs from the recorded cash by -100 cents"):
        make.settle(route, cash_cents=2900, disposition=disposition)
    assert Route.objects.get(pk=route.pk).status == "COMPLETED"


def test_a_difference_without_reason_is_refused(route):
    with pytest.raises(ReasonMissing):
        make.settle(route, cash_cents=2900, disposition_reason=" ")


@pytest.mark.parametrize("cash", [-1, "3000", 3000.0, True])
def test_cash_is_counted_in_whole_cents(route, cash):
    with pytest.raises(NotAnAmount, match="cash_handed_over_cents"):
        make.settle(route, cash_cents=cash)


def test_missing_cash_is_refused(route):
    with pytest.raises(NotAnAmount):
        services.reconcile_route(actor=make.user("FINANCE"), route=route, cash_handed_over_cents=None, now=make.NOW)


@pytest.mark.parametrize("status", ["PENDING", "IN_PROGRESS", "RECONCILED"])
def test_only_a_completed_route_is_reconciled(status):
    with pytest.raises(IllegalRouteMove):
        make.settle(make.route(status))


def test_a_route_is_reconciled_once(route):
    make.settle(route)
    with pytest.raises(IllegalRouteMove, match="closed for good"):
        make.settle(route)
    assert RouteReconciliation.objects.count() == 1


class TestFourEyes:
    """Who had the money in hand does not sign for it."""

    def test_not_by_who_drove(self):
        boss = make.user("ADMIN")
        with pytest.raises(FourEyesNeeded):
            make.settle(make.route("COMPLETED", rep=boss), by=boss)

    def test_not_by_who_collected_cash_on_it(self, route):
        boss = make.user("ADMIN")
        make.payment(
            50,
            sale=make.sale(route=services.reopen_route(actor=None, route=route, reason="x", now=make.NOW)),
            collected_by=boss,
        )
        make.bring(route, to="COMPLETED")
        with pytest.raises(FourEyesNeeded):
            make.settle(route, by=boss)

    def test_not_by_who_collected_and_took_the_payment_back(self, route):
        boss = make.user("ADMIN")
        route = services.reopen_route(actor=None, route=route, reason="x", now=make.NOW)
        first = make.payment(50, sale=make.sale(route=route), collected_by=boss)
        services.reverse_payment(actor=boss, payment=first, reason="typed anew", now=make.NOW)
        make.bring(route, to="COMPLETED")
        with pytest.raises(FourEyesNeeded):
            make.settle(route, by=boss)

    def test_not_by_who_drove_before_it_was_given_to_another(self):
        boss, rep = make.user("ADMIN"), make.user()
        route = reassign_route(actor=boss, route=make.route(rep=boss), assigned_to=rep)
        make.bring(route, to="COMPLETED")
        with pytest.raises(FourEyesNeeded):
            make.settle(route, by=boss)

    def test_by_who_was_to_go_but_did_not(self):
        boss, rep = make.user("ADMIN"), make.user()
        route = reassign_route(actor=boss, route=make.route("PENDING", rep=boss), assigned_to=rep)
        assert make.settle(make.bring(route, to="COMPLETED"), by=boss)

    def test_not_by_a_representative(self, route):
        with pytest.raises(NotAllowed):
            make.settle(route, by=make.user())

    def test_not_by_a_stranger(self, route):
        with pytest.raises(NotFound):
            make.settle(route, by=make.user("ADMIN", of=make.tenant("other")))

    @pytest.mark.parametrize("role", ["ADMIN", "FINANCE"])
    def test_by_the_office(self, route, role):
        assert make.settle(route, by=make.user(role))


def test_cash_in_another_currency_is_not_added_to_the_recorded_cash(route):
    recorded = cash_on(route)
    legacy.payment(1000, route=route, currency="USD")
    assert make.settle(route, cash_cents=recorded).cash_variance_cents == 0
    assert_books_are_right()


def test_a_payment_that_waits_for_verification_stops_it():
    tenant = make.tenant("strict", requires_payment_verification=True)
    route = make.route(of=tenant)
    waiting = make.payment(100, sale=make.sale(to=make.customer(of=tenant), route=route))
    make.bring(route, to="COMPLETED")
    with pytest.raises(PaymentsWait, match="1 in all"):
        make.settle(route)
    services.reverse_payment(actor=None, payment=waiting, reason="typed twice", now=make.NOW)
    assert make.settle(route).cash_expected_cents == 0


def test_returns_come_in_with_it_and_a_bad_one_leaves_nothing(route):
    first, second = route_sales(route)
    returns = [
        {"sale": first, "amount_cents": 500, "reason": "broken"},
        {"sale": second.pk, "amount_cents": 9999, "reason": "broken"},
    ]
    with pytest.raises(MoreThanSold):
        make.settle(route, returns=returns)
    assert not SaleReturn.objects.exists() and not RouteReconciliation.objects.exists()
    assert Route.objects.get(pk=route.pk).status == "COMPLETED"
    returns[1]["amount_cents"] = 100
    assert make.settle(route, returns=returns).returns_cents == 600
    assert_books_are_right()


@pytest.mark.parametrize("sale", [make.sale, lambda: None, lambda: "S-1"])
def test_a_return_of_a_sale_that_is_not_on_the_route_is_refused(route, sale):
    with pytest.raises(NotFound, match="is not on route"):
        make.settle(route, returns=[{"sale": sale(), "amount_cents": 1, "reason": "x"}])


def test_a_route_without_sales_is_reconciled_with_nothing():
    assert make.settle(make.route("COMPLETED"), cash_cents=0).cash_expected_cents == 0


def test_reopening_needs_a_reason_and_a_route_that_was_out():
    with pytest.raises(RuleBroken):
        services.reopen_route(actor=None, route=make.route("COMPLETED"), reason="", now=make.NOW)
    with pytest.raises(IllegalRouteMove):
        services.reopen_route(actor=None, route=make.route("PENDING"), reason="x", now=make.NOW)


def route_sales(route):
    return Sale.objects.filter(route=route).order_by("number")
