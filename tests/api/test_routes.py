"""Routes by API: planned, sent out, back, reconciled; which sales go out; and who may do that."""

import pytest

from billing.models import RouteReconciliation, Sale
from billing.services import cancel_sale
from routes.models import Route
from tests import make
from tests.api.clients import client_as, client_of, error_of, post

pytestmark = [pytest.mark.routes, pytest.mark.django_db]


@pytest.fixture
def rep():
    return make.user("SALES_REP")


@pytest.fixture
def office():
    return client_as("FINANCE")


def ids(answer):
    return [row["id"] for row in answer.json()["results"]]


def test_a_representative_plans_their_own_route(rep):
    answer = post(client_of(rep), "/api/routes", {"route_date": "2026-01-14"})
    assert answer.status_code == 201, answer.content
    assert answer.json()["assigned_to"] == {"id": str(rep.pk), "name": rep.name}
    assert (answer.json()["status"], answer.json()["route_date"]) == ("PENDING", "2026-01-14")


def test_a_representative_plans_for_nobody_else(rep):
    other = make.user("SALES_REP")
    answer = post(client_of(rep), "/api/routes", {"route_date": "2026-01-14", "assigned_to_id": str(other.pk)})
    error_of(answer, 403, "not_allowed")


def test_the_office_says_who_goes(office):
    error = error_of(post(office, "/api/routes", {"route_date": "2026-01-14"}), 400)
    assert "assigned_to_id" in error["fields"]


def test_a_person_of_another_business_cannot_be_sent(office):
    stranger = make.user("SALES_REP", of=make.tenant("dairy"))
    error_of(post(office, "/api/routes", {"route_date": "2026-01-14", "assigned_to_id": str(stranger.pk)}), 404)


def test_a_superuser_says_for_which_business_a_route_is_planned(rep):
    owner = client_of(make.superuser())
    body = {"route_date": "2026-01-14", "assigned_to_id": str(rep.pk)}
    error_of(post(owner, "/api/routes", body), 422, "tenant_missing")
    assert post(owner, "/api/routes?tenant=distro", body).status_code == 201


def test_the_whole_life_of_a_route(rep, office):
    body = {"route_date": "2026-01-14", "assigned_to_id": str(rep.pk)}
    route = f"/api/routes/{post(office, '/api/routes', body).json()['id']}"
    driver = client_of(rep)
    assert post(driver, f"{route}/start").json()["status"] == "IN_PROGRESS"
    assert post(driver, f"{route}/complete").json()["status"] == "COMPLETED"
    assert post(driver, f"{route}/reopen", {"reason": "one more shop"}).json()["status"] == "IN_PROGRESS"
    post(driver, f"{route}/complete")
    settled = post(office, f"{route}/reconcile", {"cash_handed_over_cents": 0})
    assert (settled.status_code, settled.json()["cash_variance_cents"]) == (200, 0)
    assert office.get(route).json()["status"] == "RECONCILED"


def test_an_illegal_step_is_a_conflict(office):
    route = make.route("PENDING")
    error_of(post(office, f"/api/routes/{route.pk}/complete"), 409, "illegal_route_move")


def test_a_variance_needs_a_disposition(office):
    route = make.route("COMPLETED")
    path = f"/api/routes/{route.pk}/reconcile"
    error_of(post(office, path, {"cash_handed_over_cents": 500}), 422, "variance_unexplained")
    body = {"cash_handed_over_cents": 500, "disposition": "OPEN", "disposition_reason": "counted twice"}
    assert post(office, path, body).json()["cash_variance_cents"] == 500


def test_returns_are_recorded_with_the_reconciliation(office):
    route = make.route()
    sale = make.sale(5000, route=route)
    make.bring(route, to="COMPLETED")
    returns = [{"sale_id": str(sale.pk), "amount_cents": 1000, "reason": "broken"}]
    body = {"cash_handed_over_cents": 0, "returns": returns}
    assert post(office, f"/api/routes/{route.pk}/reconcile", body).json()["returns_cents"] == 1000


def test_a_reconciliation_sent_twice_with_its_key_is_answered_as_the_first(office):
    path = f"/api/routes/{make.route('COMPLETED').pk}/reconcile"
    first, again = (post(office, path, {"cash_handed_over_cents": 0}, key="once") for _ in range(2))
    assert first.json() == again.json()
    assert RouteReconciliation.objects.count() == 1


def test_sales_go_on_a_route_all_or_none(office):
    route = make.route("PENDING")
    good, cancelled = make.sale(), make.sale()
    cancel_sale(actor=None, sale=cancelled, reason="typing error")
    path = f"/api/routes/{route.pk}/sales"
    error_of(post(office, path, {"sale_ids": [str(good.pk), str(cancelled.pk)]}), 409)
    assert not Sale.objects.filter(route=route).exists()
    answer = post(office, path, {"sale_ids": [str(good.pk)]})
    assert answer.json() == {"route_id": str(route.pk), "sale_ids": [str(good.pk)]}


@pytest.mark.parametrize("in_body", [True, False])
def test_sales_are_taken_off_a_route(office, in_body):
    route = make.route("PENDING")
    sale = make.sale(route=route)
    path = f"/api/routes/{route.pk}/sales"
    if in_body:
        answer = office.delete(path, {"sale_ids": [str(sale.pk)]}, format="json")
    else:
        answer = office.delete(f"{path}?sale_ids={sale.pk}")
    assert (answer.status_code, answer.json()["route_id"]) == (200, None)
    assert Sale.objects.get(pk=sale.pk).route_id is None


def test_a_representative_loads_sales_that_are_on_no_route_but_not_those_of_others(rep):
    route = make.route("PENDING", rep=rep)
    free, of_another = make.sale(), make.sale(route=make.route("PENDING"))
    path = f"/api/routes/{route.pk}/sales"
    assert post(client_of(rep), path, {"sale_ids": [str(free.pk)]}).status_code == 200
    error = error_of(post(client_of(rep), path, {"sale_ids": [str(of_another.pk)]}), 404)
    assert error["fields"]["sale_ids"] == [str(of_another.pk)]


def test_a_sale_of_another_business_cannot_be_loaded(office):
    foreign = make.sale(to=make.customer(of=make.tenant("dairy")))
    error_of(post(office, f"/api/routes/{make.route('PENDING').pk}/sales", {"sale_ids": [str(foreign.pk)]}), 404)


def test_a_route_with_money_cannot_be_deleted(office):
    route = make.route()
    make.payment(sale=make.sale(route=route))
    error_of(office.delete(f"/api/routes/{route.pk}"), 409, "route_has_money")


def test_an_empty_route_is_deleted_for_a_reason(office):
    route = make.route("PENDING")
    answer = office.delete(f"/api/routes/{route.pk}?reason=planned+twice")
    assert (answer.status_code, answer.content) == (204, b"")
    assert Route.history.filter(id=route.pk).first().history_change_reason == "planned twice"


def test_routes_are_found_by_day_status_and_person(office, rep):
    wanted = make.route("PENDING", rep=rep)
    make.route("COMPLETED", on=make.later(days=9).date())
    for query in ("status=PENDING", f"assigned_to_id={rep.pk}", "from=2026-01-13&to=2026-01-13", "to=2026-01-20"):
        assert ids(office.get(f"/api/routes?{query}")) == [str(wanted.pk)], query


def test_days_that_are_reversed_are_refused(office):
    error_of(office.get("/api/routes?from=2026-01-31&to=2026-01-01"), 422, "period_reversed")


def test_routes_come_by_day_the_latest_first(office):
    days = [make.later(days=days).date() for days in (3, 1, 2)]
    made = {make.route("PENDING", on=day).pk: day for day in days}
    listed = office.get("/api/routes").json()["results"]
    assert [row["route_date"] for row in listed] == sorted((str(day) for day in made.values()), reverse=True)


def test_a_representative_sees_their_own_routes(rep):
    mine = make.route(rep=rep)
    make.route()
    assert ids(client_of(rep).get("/api/routes")) == [str(mine.pk)]


def test_a_round_is_made_by_the_office_and_has_one_name(office, rep):
    body = {"name": "North", "slots": ["morning", "evening"], "usual_rep_id": str(rep.pk)}
    assert post(office, "/api/rounds", body).json()["slots"] == ["morning", "evening"]
    error_of(post(office, "/api/rounds", body), 409, "number_taken")
    assert [row["name"] for row in office.get("/api/rounds").json()["results"]] == ["North"]


def test_the_office_gives_a_route_to_another_person(office, rep):
    route, other = make.route(rep=rep), make.user("SALES_REP")
    path = f"/api/routes/{route.pk}/reassign"
    answer = post(office, path, {"assigned_to_id": str(other.pk), "reason": "ill"})
    assert answer.status_code == 200, answer.content
    assert answer.json()["assigned_to"] == {"id": str(other.pk), "name": other.name}
    newest = Route.history.filter(id=route.pk).first()
    assert (newest.assigned_to_id, newest.history_change_reason) == (other.pk, "ill")
    error_of(client_of(rep).get(f"/api/routes/{route.pk}"), 404)


def test_a_reassignment_sent_twice_with_its_key_is_done_once(office, rep):
    route = make.route()
    body = {"assigned_to_id": str(rep.pk)}
    first, again = (post(office, f"/api/routes/{route.pk}/reassign", body, key="once") for _ in range(2))
    assert first.json() == again.json()
    assert again["Idempotency-Replayed"] == "true"


@pytest.mark.parametrize("status", ["COMPLETED", "RECONCILED"])
def test_who_went_is_settled_once_a_route_is_back(office, rep, status):
    path = f"/api/routes/{make.route(status).pk}/reassign"
    error_of(post(office, path, {"assigned_to_id": str(rep.pk)}), 409, "route_is_closed")


def test_a_route_is_given_only_to_active_staff_of_the_same_business(office, rep):
    path = f"/api/routes/{make.route('PENDING').pk}/reassign"
    stranger, customer = make.user("SALES_REP", of=make.tenant("dairy")), make.user("CUSTOMER")
    assert list(error_of(post(office, path, {}), 400)["fields"]) == ["assigned_to_id"]
    error_of(post(office, path, {"assigned_to_id": str(stranger.pk)}), 404)
    error_of(post(office, path, {"assigned_to_id": str(customer.pk)}), 422, "person_cannot_do_this")
