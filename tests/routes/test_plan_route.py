"""Planning rounds and routes: numbers, people and tenants."""

import pytest

from accounts.errors import NotAllowed, NotFound
from routes import services
from routes.services import NumberTaken, PersonCannotDoThis, RouteIsClosed
from routes.services.planning import ForeignRound
from tests import make

pytestmark = [pytest.mark.routes, pytest.mark.django_db]


def plan(**fields):
    rep = fields.pop("rep", None) or make.user()
    tenant = fields.pop("tenant", rep.tenant)
    return services.plan_route(
        **{"actor": None, "tenant": tenant, "assigned_to": rep, "route_date": make.TODAY, **fields}
    )


def test_routes_are_numbered_in_a_row_per_tenant():
    assert [plan().number, plan().number] == ["N-1", "N-2"]
    assert plan(rep=make.user(of=make.tenant("other"))).number == "N-1"


def test_a_number_is_used_once_per_tenant():
    plan(number="N-7")
    with pytest.raises(NumberTaken, match="N-7"):
        plan(number="N-7")
    assert plan(number="N-7", rep=make.user(of=make.tenant("other")))


def test_only_active_staff_of_the_tenant_is_sent_out():
    gone = make.user()
    gone.is_active = False
    gone.save()
    for person in (gone, make.user(of=make.tenant("other")), make.user("CUSTOMER")):
        with pytest.raises(PersonCannotDoThis):
            plan(rep=person, tenant=make.tenant())


def test_a_round_has_a_name_of_its_own_and_stays_in_its_tenant():
    tenant = make.tenant()
    north = services.create_round(actor=None, tenant=tenant, name="North", slots=["morning"], usual_rep=make.user())
    assert plan(round=north).round == north
    with pytest.raises(NumberTaken):
        services.create_round(actor=None, tenant=tenant, name="North")
    with pytest.raises(ForeignRound):
        plan(round=north, rep=make.user(of=make.tenant("other")))


@pytest.mark.parametrize("status", ["PENDING", "IN_PROGRESS"])
def test_a_route_that_is_not_back_can_be_given_to_another(status):
    route, other = make.route(status), make.user()
    services.reassign_route(actor=make.user("ADMIN"), route=route, assigned_to=other, reason="ill")
    route.refresh_from_db()
    assert route.assigned_to == other
    assert route.history.first().history_change_reason == "ill"


@pytest.mark.parametrize("status", ["COMPLETED", "RECONCILED"])
def test_a_route_that_is_back_stays_with_who_drove_it(status):
    with pytest.raises(RouteIsClosed):
        services.reassign_route(actor=None, route=make.route(status), assigned_to=make.user())


def test_representatives_do_not_reassign_and_strangers_find_nothing():
    route = make.route()
    with pytest.raises(NotAllowed):
        services.reassign_route(actor=make.user(), route=route, assigned_to=make.user())
    with pytest.raises(NotFound):
        services.reassign_route(actor=make.user("ADMIN", of=make.tenant("other")), route=route, assigned_to=make.user())
