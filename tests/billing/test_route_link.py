"""Where a payment without a route belongs: the table of cases, and the rule in SQL equal to the rule in Python."""

from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from billing.models import Payment
from billing.rules import route_link as rule
from billing.selectors.route_links import link_verdict
from billing.selectors.route_money import link_verdict_of
from tests import legacy, make

pytestmark = [pytest.mark.routes, pytest.mark.damages_rows]

HERE, THERE = UUID(int=1), UUID(int=2)


@pytest.mark.parametrize(
    ("facts", "verdict"),
    [
        ({"has_sale": False}, rule.NO_SALE),
        ({"sale_route_id": None}, rule.SALE_UNROUTED),
        ({"route_reconciled_at": make.later(hours=-1)}, rule.ROUTE_RECONCILED),
        ({"route_reconciled_at": make.NOW}, rule.LINK),
        ({"route_reconciled_at": make.later(hours=1)}, rule.LINK),
        ({}, rule.LINK),
        ({"route_when_received": rule.UNKNOWN}, rule.LINK),
        ({"route_when_received": None}, rule.RECEIVED_BEFORE_ROUTE),
        ({"route_when_received": THERE}, rule.ROUTE_UNCLEAR),
        ({"route_when_received": THERE, "route_reconciled_at": make.later(hours=-1)}, rule.ROUTE_RECONCILED),
    ],
)
def test_the_table_of_cases(facts, verdict):
    usual = {
        "has_sale": True,
        "sale_route_id": HERE,
        "received_at": make.NOW,
        "route_reconciled_at": None,
        "route_when_received": HERE,
    }
    assert rule.route_link(**{**usual, **facts}) == verdict


def test_every_reason_is_explained():
    reasons = {value for name, value in vars(rule).items() if name.isupper() and isinstance(value, str)}
    assert reasons - {rule.LINK, rule.UNKNOWN} == set(rule.REASONS)


moments = st.integers(min_value=-3, max_value=3)
places = st.sampled_from([None, 0, 1, 2])
images = st.lists(st.tuples(moments, places), max_size=4)


@pytest.mark.django_db
@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture], database=None)
@given(has_sale=st.booleans(), now_on=places, written=images, deleted=images, received=moments)
def test_the_rule_in_sql_is_the_rule_in_python(routes, has_sale, now_on, written, deleted, received):
    """Over generated histories: ties in time, deleted images, no image at all, history that begins after the payment."""
    current = None if now_on is None else routes[now_on]
    history, dropped = dated(written, routes), dated(deleted, routes)
    sale = legacy.sale(to=routes[0].shop, route=current, images=history, deleted_images=dropped) if has_sale else None
    payment = legacy.payment(sale=sale, by=routes[0].shop, received_at=make.later(hours=received))
    expected = rule.route_link(
        has_sale=has_sale,
        sale_route_id=current.pk if current else None,
        received_at=payment.received_at,
        route_reconciled_at=current.reconciled_at if current else None,
        route_when_received=route_then(history, payment.received_at),
    )
    assert link_verdict_of(payment) == expected


def dated(images_given, routes):
    return [(make.later(hours=hour), None if place is None else routes[place]) for hour, place in images_given]


def route_then(history, moment):
    """The route that the images name for a moment: of two at one time the later written; before the first, the first."""
    if not history:
        return rule.UNKNOWN
    in_order = sorted(history, key=lambda image: image[0])
    known = [image for image in in_order if image[0] <= moment] or in_order[:1]
    route = known[-1][1]
    return route.pk if route else None


@pytest.fixture
def routes():
    """Two open routes, and one that was reconciled at NOW, with a customer to sell to."""
    made = [make.route(), make.route(), make.route("RECONCILED")]
    made[0].shop = make.customer()
    return made


@pytest.mark.django_db
def test_the_verdict_of_many_costs_one_query(django_assert_num_queries):
    route = make.route()
    for _ in range(3):
        legacy.payment(sale=legacy.sale(route=route))
    with django_assert_num_queries(1):
        verdicts = set(Payment.objects.annotate(verdict=link_verdict()).values_list("verdict", flat=True))
    assert verdicts == {rule.LINK}
