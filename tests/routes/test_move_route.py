"""The life of a route: every pair of statuses, allowed or refused."""

import itertools

import pytest

from routes import rules
from routes.models import Route
from routes.services import IllegalRouteMove, move_route
from tests import make

pytestmark = [pytest.mark.routes, pytest.mark.django_db]

STATUSES = [rules.PENDING, rules.IN_PROGRESS, rules.COMPLETED, rules.RECONCILED]
ALLOWED = {
    (rules.PENDING, rules.IN_PROGRESS),
    (rules.IN_PROGRESS, rules.COMPLETED),
    (rules.COMPLETED, rules.IN_PROGRESS),
    (rules.COMPLETED, rules.RECONCILED),
}


@pytest.mark.parametrize(("status", "to_status"), list(itertools.product(STATUSES, STATUSES)))
def test_a_route_moves_only_where_its_life_allows(status, to_status):
    route = make.route(status)
    if (status, to_status) in ALLOWED:
        assert move_route(actor=None, route=route, to_status=to_status, now=make.NOW).status == to_status
        return
    with pytest.raises(IllegalRouteMove, match=f"is {status} and cannot become {to_status}"):
        move_route(actor=None, route=route, to_status=to_status, now=make.NOW)
    route.refresh_from_db()
    assert route.status == status


def test_each_step_is_timed_and_a_reopened_route_is_not_completed():
    route = make.route("COMPLETED")
    assert (route.started_at, route.completed_at, route.reconciled_at) == (make.NOW, make.NOW, None)
    reopened = move_route(actor=None, route=route, to_status=rules.IN_PROGRESS, now=make.later(hours=1))
    assert (reopened.started_at, reopened.completed_at) == (make.NOW, None)


def test_a_stale_object_decides_nothing():
    stale = make.route("PENDING")
    make.bring(stale, to="COMPLETED")
    with pytest.raises(IllegalRouteMove):
        move_route(actor=None, route=stale, to_status=rules.IN_PROGRESS.lower(), now=make.NOW)
    assert Route.objects.get(pk=stale.pk).status == rules.COMPLETED


def test_history_says_who_moved_it():
    rep = make.user()
    route = make.route("PENDING", rep=rep)
    move_route(actor=rep, route=route, to_status=rules.IN_PROGRESS, now=make.NOW)
    newest = route.history.first()
    assert (newest.status, newest.history_user_id) == (rules.IN_PROGRESS, rep.pk)
