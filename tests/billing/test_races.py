"""Two at once, on PostgreSQL with real threads: never over-allocated, never twice, and no deadlock reaches anybody."""

import threading
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection

from accounts.errors import Conflict, DomainError
from accounts.ids import new_id
from billing import services
from billing.models import Allocation, Payment, RouteOpeningDue, RouteReconciliation, Sale, SaleReturn
from billing.selectors.route_money import cash_on
from routes.models import Route
from tests import make
from tests.billing.proof import assert_books_are_right

pytestmark = [pytest.mark.routes, pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("postgres")]


def at_once(*works: Callable[[], Any]) -> list[Any]:
    """Run these together; return what each returned, or the error with which it was refused. Others fail the test."""
    barrier, outcomes = threading.Barrier(len(works)), [None] * len(works)

    def run(place: int, work: Callable[[], Any]) -> None:
        try:
            barrier.wait(timeout=10)
            outcomes[place] = work()
        except Exception as error:  # noqa: BLE001 - looked at below, in the test's own thread
            outcomes[place] = error
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(place, work)) for place, work in enumerate(works)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=30)
    for outcome in outcomes:
        if isinstance(outcome, Exception) and not isinstance(outcome, DomainError):
            raise outcome
    return outcomes


def test_many_payments_on_one_sale_never_pay_more_than_it_asks_for():
    sale = make.sale(5000, route=make.route())
    at_once(*[lambda: make.payment(2000, sale=sale)] * 6)
    sale.refresh_from_db()
    assert (sale.allocated_cents, sale.status) == (5000, "COMPLETED")
    assert Payment.objects.count() == 6
    assert_books_are_right()


def test_the_same_key_at_once_is_one_payment():
    sale = make.sale(5000)
    payments = at_once(*[lambda: make.payment(1000, sale=sale, idempotency_key="k-1")] * 4)
    assert len({payment.pk for payment in payments}) == 1 == Payment.objects.count()
    assert Allocation.objects.count() == 1


def test_the_same_client_made_id_at_once_is_one_payment():
    sale, identity = make.sale(5000), new_id()
    payments = at_once(*[lambda: make.payment(1000, sale=sale, id=identity)] * 4)
    assert {payment.pk for payment in payments} == {identity}
    assert (Payment.objects.count(), Allocation.objects.count()) == (1, 1)


def test_the_same_key_for_two_customers_at_once_is_one_payment_and_one_refusal():
    shops = make.customer(), make.customer()
    outcomes = at_once(*[lambda shop=shop: make.payment(100, by=shop, idempotency_key="k-1") for shop in shops])
    assert sorted(isinstance(outcome, Conflict) for outcome in outcomes) == [False, True]
    assert Payment.objects.count() == 1


def test_a_payment_during_a_move_is_on_one_of_the_two_routes():
    for _ in range(5):
        first, second = make.route(), make.route()
        sale = make.sale(5000, route=first)
        payment, _moved = at_once(
            lambda sale=sale: make.payment(1000, sale=sale),
            lambda sale=sale, second=second: services.add_sale_to_route(actor=None, sale=sale, route=second),
        )
        assert payment.route_id in {first.pk, second.pk}
        assert Sale.objects.get(pk=sale.pk).route_id == second.pk
    assert_books_are_right()


def test_moves_in_both_directions_do_not_wait_in_a_circle():
    first, second = make.route(), make.route()
    one, other = make.sale(route=first), make.sale(route=second)
    at_once(
        *[lambda: services.add_sale_to_route(actor=None, sale=one, route=second)] * 2,
        *[lambda: services.add_sale_to_route(actor=None, sale=other, route=first)] * 2,
    )
    assert (Sale.objects.get(pk=one.pk).route_id, Sale.objects.get(pk=other.pk).route_id) == (second.pk, first.pk)


def test_a_payment_during_the_reconciliation_is_signed_for_or_is_on_no_route():
    for _ in range(5):
        route = make.route()
        sale = make.sale(5000, route=route)
        route = make.bring(route, to="COMPLETED")
        office = make.user("FINANCE")
        at_once(
            lambda sale=sale: make.payment(1000, sale=sale, received_at=make.later(hours=1)),
            lambda route=route, office=office: make.settle(route, cash_cents=0, by=office),
        )
        signed = RouteReconciliation.objects.get(route=route)
        assert signed.cash_expected_cents == cash_on(Route.objects.get(pk=route.pk))
    assert Payment.objects.count() == 5
    assert_books_are_right()


def test_two_reconciliations_at_once_are_one():
    route = make.route("COMPLETED")
    offices = make.user("FINANCE"), make.user("ADMIN")
    outcomes = at_once(*[lambda by=by: make.settle(route, cash_cents=0, by=by) for by in offices])
    assert sorted(isinstance(outcome, Conflict) for outcome in outcomes) == [False, True]
    assert RouteReconciliation.objects.count() == 1


def test_payments_returns_and_reversals_of_one_customer_at_once():
    """In whichever order they come: how much of the sale is paid depends on it, that the books are right does not."""
    sale, rep = make.sale(5000, route=make.route()), make.user()
    first = make.payment(3000, sale=sale)
    at_once(
        lambda: make.payment(3000, sale=sale),
        lambda: services.record_return(actor=rep, sale=sale, amount_cents=2000, reason="broken"),
        lambda: services.reverse_payment(actor=None, payment=first, reason="bounced", now=make.NOW),
        lambda: make.payment(500, sale=sale),
    )
    sale.refresh_from_db()
    assert sale.returned_cents == 2000
    assert 0 <= sale.allocated_cents <= 3000
    assert sorted(Payment.objects.values_list("status", flat=True)) == ["REVERSED", "SUCCEEDED", "SUCCEEDED"]
    assert_books_are_right()


def test_the_same_return_at_once_is_counted_once():
    sale, rep = make.sale(5000), make.user()

    def give_back():
        return services.record_return(actor=rep, sale=sale, amount_cents=400, reason="broken", return_key="r-1")

    at_once(give_back, give_back, give_back)
    assert SaleReturn.objects.count() == 1
    assert Sale.objects.get(pk=sale.pk).returned_cents == 400


def test_two_routes_that_start_at_once_carry_a_debt_once():
    shop = make.customer(opening_balance_cents=1000)
    routes = make.route("PENDING"), make.route("PENDING")
    for route in routes:
        make.sale(10, to=shop, route=route)
    at_once(*[lambda route=route: services.start_route(actor=None, route=route, now=make.NOW) for route in routes])
    assert [due.previous_due_cents for due in RouteOpeningDue.objects.all()] == [1000]
    assert_books_are_right()
