"""What went back to a customer is no longer collected, but a route that was signed for keeps its figures."""

import pytest
from django.db.models import F, Sum

from billing import services
from billing.models import Payment, PaymentRefund, RouteReconciliation
from billing.selectors.accountability import accountability_of, accountability_of_all
from billing.selectors.route_money import cash_on
from tests import legacy, make
from tests.billing.proof import assert_books_are_right

pytestmark = [pytest.mark.routes, pytest.mark.django_db]

AFTERWARDS = "refunded_after_settlement"


@pytest.fixture(autouse=True)
def the_books_are_right_afterwards():
    yield
    assert_books_are_right()


@pytest.fixture
def rep():
    return make.user()


@pytest.fixture
def route(rep):
    return make.route(rep=rep)


def refund(payment, cents):
    return services.refund_payment(
        actor=None, payment=payment, amount_cents=cents, reason="paid twice", now=make.later(hours=1)
    )


def collected(rep):
    report = accountability_of(rep)
    names = (
        "total_collected_from_payments_cents",
        "collected_cash_cents",
        "collected_by_others_cents",
        "payments_counted",
    )
    return tuple(report[name] for name in names)


def totals(rep):
    found = accountability_of_all(rep.tenant)["totals"]
    return tuple(found[f"{name}_cents"] for name in ("total_collected_from_payments", "unattributed", "all_payments"))


def kept():
    return Payment.objects.counting().aggregate(cents=Sum(F("amount_cents") - F("refunded_cents")))["cents"] or 0


@pytest.mark.parametrize(
    ("fields", "before", "after"),
    [
        ({}, (5000, 5000, 0, 1), (3800, 3800, 0, 1)),
        ({"channel": "CARD"}, (5000, 0, 0, 1), (3800, 0, 0, 1)),
    ],
)
def test_the_part_that_went_back_is_no_longer_collected(rep, route, fields, before, after):
    paid = make.payment(5000, sale=make.sale(5000, route=route), collected_by=rep, **fields)
    assert collected(rep) == before
    refund(paid, 1200)
    assert collected(rep) == after
    assert accountability_of(rep)["current_outstanding_cents"] == 1200
    assert totals(rep) == (3800, 0, 3800) and kept() == 3800


def test_what_somebody_else_collected_is_less_by_it_too(rep, route):
    paid = make.payment(5000, sale=make.sale(5000, route=route), collected_by=make.user())
    refund(paid, 1200)
    assert collected(rep) == (3800, 3800, 3800, 1)


def test_given_back_whole_it_counts_as_no_payment(rep, route):
    paid = make.payment(5000, sale=make.sale(5000, route=route), collected_by=rep)
    refund(paid, 1200)
    refund(paid, 3800)
    assert collected(rep) == (0, 0, 0, 0) and totals(rep) == (0, 0, 0)


def test_a_payment_that_counts_through_its_sale_is_less_by_it(rep, route):
    old = legacy.payment(5000, sale=make.sale(5000, route=route), collected_by=rep)
    refund(old, 1200)
    assert collected(rep) == (3800, 3800, 0, 1)
    assert accountability_of(rep)["payments_via_fallback"] == 1


def test_a_payment_of_no_route_is_unattributed_with_what_did_not_go_back(rep):
    refund(make.payment(900), 400)
    assert accountability_of_all(rep.tenant)["unattributed"] == {"no_sale": {"payments": 1, "cents": 500}}
    assert totals(rep) == (0, 500, 500)


def test_cash_that_went_back_on_the_way_is_not_expected_on_the_table(rep, route):
    refund(make.payment(5000, sale=make.sale(5000, route=route), collected_by=rep), 1200)
    make.bring(route, to="RECONCILED")
    assert RouteReconciliation.objects.get(route=route).cash_expected_cents == 3800
    assert collected(rep) == (3800, 3800, 0, 1)


@pytest.mark.parametrize("build", [make.payment, legacy.payment])
@pytest.mark.parametrize("parts", [[1200], [1200, 300], [5000]])
def test_what_goes_back_after_the_settlement_leaves_the_signed_figures_and_stands_beside_them(rep, route, build, parts):
    paid = build(5000, sale=make.sale(5000, route=route), collected_by=rep)
    make.bring(route, to="RECONCILED")
    signed = accountability_of(rep)
    for cents in parts:
        assert refund(paid, cents).settled_route == route
    assert accountability_of(rep) == signed
    assert cash_on(route) == 5000 == RouteReconciliation.objects.get(route=route).cash_expected_cents
    back = sum(parts)
    assert accountability_of_all(rep.tenant)["unattributed"] == {AFTERWARDS: {"payments": 0, "cents": -back}}
    assert totals(rep) == (5000, -back, 5000 - back) and kept() == 5000 - back


def test_before_and_after_the_settlement_each_count_in_their_place(rep, route):
    paid = make.payment(5000, sale=make.sale(5000, route=route), collected_by=rep)
    first = refund(paid, 1000)
    make.bring(route, to="RECONCILED")
    second = refund(paid, 500)
    assert (first.settled_route, second.settled_route) == (None, route)
    assert collected(rep) == (4000, 4000, 0, 1)
    assert totals(rep) == (4000, -500, 3500)


def test_in_a_period_it_counts_by_the_day_of_its_route(rep):
    days = [make.TODAY, make.TODAY.replace(month=2)]
    for day in days:
        route = make.route(rep=rep, on=day)
        paid = make.payment(1000, sale=make.sale(1000, route=route))
        make.bring(route, to="RECONCILED")
        refund(paid, 100)
    for day in days:
        report = accountability_of_all(rep.tenant, first=day, last=day)
        assert report["unattributed"] == {AFTERWARDS: {"payments": 0, "cents": -100}}
        assert report["totals"]["all_payments_cents"] == 900


def test_another_currency_is_less_by_it_and_stays_apart(rep, route):
    paid = legacy.payment(5000, route=route, currency="USD")
    make.bring(route, to="RECONCILED")
    refund(paid, 1200)
    report = accountability_of_all(rep.tenant)
    assert report["other_currencies"] == {"USD": {"payments": 1, "cents": 3800}}
    assert report["unattributed"] == {} and PaymentRefund.objects.get().settled_route == route
