"""`GET …/ID/history`: who, when, why, in which run, field by field; newest first; for who may see the object."""

import pytest

from billing import services as billing
from billing.models import Payment
from routes.services import plan_route
from tests import legacy, make
from tests.api.clients import client_as, client_of, error_of, post

pytestmark = [pytest.mark.routes, pytest.mark.django_db]


def history_of(client, kind, pk, query=""):
    answer = client.get(f"/api/{kind}/{pk}/history{query}")
    assert answer.status_code == 200, answer.content
    return answer.json()["results"]


def test_a_reversal_is_told_with_who_why_and_each_field():
    payment = make.payment(5000, sale=make.sale(5000))
    bookkeeper = make.user("FINANCE", name="Ayesha Khan")
    post(client_of(bookkeeper), f"/api/billing/payments/{payment.pk}/reverse", {"reason": "cheque bounced"})
    newest = history_of(client_of(bookkeeper), "billing/payments", payment.pk)[0]
    assert (newest["kind"], newest["reason"], newest["actor_kind"]) == ("changed", "cheque bounced", "user")
    assert newest["user"] == {"id": str(bookkeeper.pk), "name": "Ayesha Khan"}
    assert {"field": "status", "before": "SUCCEEDED", "after": "REVERSED"} in newest["changes"]
    assert newest["backfill_run"] is None
    assert newest["request_id"]


def test_every_change_is_told_newest_first_down_to_the_making():
    planned = make.route("PENDING")
    client = client_of(planned.assigned_to)
    for step in ("start", "complete"):
        post(client, f"/api/routes/{planned.pk}/{step}")
    told = history_of(client, "routes", planned.pk)
    assert [entry["kind"] for entry in told] == ["changed", "changed", "created"]
    assert told == sorted(told, key=lambda entry: -entry["history_id"])
    assert {"field": "status", "before": "PENDING", "after": "IN_PROGRESS"} in told[1]["changes"]
    assert {"field": "number", "before": None, "after": planned.number} in told[2]["changes"]


def test_a_page_ends_with_the_change_against_the_image_below_it():
    planned = make.route("COMPLETED")
    client = client_as("FINANCE")
    whole = history_of(client, "routes", planned.pk)
    seen, path = [], f"/api/routes/{planned.pk}/history?page_size=1"
    while path:
        page = client.get(path).json()
        seen += page["results"]
        path = page["next"]
    assert seen == whole
    assert len(whole) == 3


def test_a_sale_tells_which_route_it_was_on_when():
    first, second = make.route("PENDING"), make.route("PENDING")
    sale = make.sale(route=first)
    client = client_as("FINANCE")
    post(client, f"/api/routes/{second.pk}/sales", {"sale_ids": [str(sale.pk)], "reason": "truck broke down"})
    newest = history_of(client, "billing/sales", sale.pk)[0]
    assert newest["reason"] == "truck broke down"
    assert newest["changes"] == [{"field": "route_id", "before": str(first.pk), "after": str(second.pk)}]


def test_a_backfilled_row_names_its_run_and_what_stood_there_before():
    payment = legacy.payment(sale=make.sale(route=make.route()))
    admin = client_as("ADMIN")
    run_id = post(admin, "/api/admin/backfill-payment-route-id?dry_run=false").json()["run_id"]
    newest, baseline = history_of(admin, "billing/payments", payment.pk)
    assert newest["backfill_run"] == run_id
    assert newest["changes"] == [{"field": "route_id", "before": None, "after": str(payment.sale.route_id)}]
    assert baseline["kind"] == "baseline"


def test_a_deleted_route_keeps_its_history_for_who_could_see_it():
    rep, stranger = make.user("SALES_REP"), make.user("SALES_REP")
    deleted = make.route("PENDING", rep=rep)
    pk = deleted.pk
    billing.delete_route(actor=rep, route=deleted, reason="planned twice")
    for person in (rep, make.user("FINANCE")):
        newest = history_of(client_of(person), "routes", pk)[0]
        assert (newest["kind"], newest["reason"]) == ("deleted", "planned twice")
    error_of(client_of(stranger).get(f"/api/routes/{pk}/history"), 404)
    error_of(client_as("ADMIN", of=make.tenant("dairy")).get(f"/api/routes/{pk}/history"), 404)


def test_a_representative_sees_only_the_histories_of_what_is_theirs():
    rep = make.user("SALES_REP")
    mine, theirs = make.route(rep=rep), make.route()
    assert history_of(client_of(rep), "routes", mine.pk)
    error_of(client_of(rep).get(f"/api/routes/{theirs.pk}/history"), 404)
    payment = make.payment(sale=make.sale(route=theirs))
    error_of(client_of(rep).get(f"/api/billing/payments/{payment.pk}/history"), 404)


def test_what_never_was_has_no_history():
    billing.delete_route(actor=None, route=make.route("PENDING"))  # another one that was deleted
    unknown = "0193a7c0-0000-7000-8000-000000000001"
    for kind in ("routes", "billing/sales", "billing/payments"):
        error_of(client_as("ADMIN").get(f"/api/{kind}/{unknown}/history"), 404)


def test_the_history_of_a_row_from_before_history_is_empty():
    payment = legacy.payment()
    assert history_of(client_as("FINANCE"), "billing/payments", payment.pk) == []
    assert Payment.objects.filter(pk=payment.pk).exists()


def test_a_superuser_narrows_a_history_to_the_business_they_name():
    route = plan_route(actor=None, tenant=make.tenant(), assigned_to=make.user(), route_date=make.TODAY)
    make.tenant("dairy")
    owner = client_of(make.superuser())
    assert len(history_of(owner, "routes", route.pk)) == 1
    error_of(owner.get(f"/api/routes/{route.pk}/history?tenant=dairy"), 404)
