"""Internet plans, lines and plan subscriptions by API: what begins, every step after it, and what is refused and how."""

from uuid import uuid4

import pytest

from subscriptions.models import PlanSubscription
from tests import make
from tests.api.clients import client_as, client_of, error_of, post

pytestmark = [pytest.mark.subscriptions, pytest.mark.django_db]

PLANS, LINES = "/api/v1/services/internet-plans/plans", "/api/v1/services/subscribers"
SUBSCRIPTIONS = "/api/v1/services/internet-plans/subscriptions"


@pytest.fixture
def admin():
    return client_as("ADMIN")


def body(**other):
    """A body in which everything is in order, but for what the test says."""
    line = make.a_subscriber()
    said = {"plan_id": str(make.a_plan().pk), "customer_id": str(line.customer_id), "subscriber_id": line.pk}
    return {name: value for name, value in {**said, "start_date": "2026-01-13", **other}.items() if value is not ...}


def test_from_a_plan_and_a_line_to_a_subscription_with_everything_that_was_agreed(admin):
    offered = {
        "code": "F-100",
        "name": "Fibre 100",
        "download_kbps": 100_000,
        "upload_kbps": 20_000,
        "status": "ACTIVE",
    }
    plan = post(admin, PLANS, {**offered, "data_cap_amount": "1.5", "data_cap_unit": "TB"}).json()
    assert plan["cap_bytes"] == 3 * 1024**4 // 2
    owner = str(make.customer().pk)
    line = post(admin, LINES, {"id": "line-7", "username": "anna", "customer_id": owner}).json()
    made = post(
        admin,
        SUBSCRIPTIONS,
        {"plan_id": plan["id"], "customer_id": owner, "subscriber_id": "line-7", "start_date": "2025-10-29T00:00:00Z"},
    )
    assert made.status_code == 201
    one = f"{SUBSCRIPTIONS}/{made.json()['id']}"
    cap = {"custom_data_cap_bytes": 5000, "from_day": "2025-11-01", "reason": "asked for it"}
    assert post(admin, f"{one}/change-cap", cap).status_code == 200

    told = admin.get(one).json()
    assert (told["subscriber_id"], told["link_source"], told["start_date"]) == (line["id"], "GIVEN", "2025-10-29")
    assert [(span["first_day"], span["last_day"], span["custom_data_cap_bytes"]) for span in told["terms"]] == [
        ("2025-10-29", "2025-10-31", None),
        ("2025-11-01", None, 5000),
    ]
    assert [entry["reason"] for entry in admin.get(f"{one}/history").json()["results"]] == ["asked for it", ""]
    assert admin.get(f"{LINES}/line-7").json()["username"] == "anna"


def test_a_moment_becomes_the_day_of_the_business(admin):
    tenant = make.tenant("dhaka", timezone="Asia/Dhaka")
    line = make.a_subscriber(make.customer(of=tenant))
    said = body(plan_id=str(make.a_plan(tenant).pk), customer_id=str(line.customer_id), subscriber_id=line.pk)

    made = post(client_of(make.user("ADMIN", of=tenant)), SUBSCRIPTIONS, {**said, "start_date": "2026-01-13T18:30:00Z"})

    assert made.json()["start_date"] == "2026-01-14"


@pytest.mark.parametrize("start", ["2026-01-13T09:00:00", "2026-02-30", "soon", 20260113, None, ""])
def test_a_time_without_an_offset_is_no_start(admin, start):
    refused = error_of(post(admin, SUBSCRIPTIONS, body(start_date=start)), 400, "invalid")

    assert list(refused["fields"]) == ["start_date"]


@pytest.mark.parametrize("line", [..., "", None])
def test_a_line_must_be_said(admin, line):
    refused = error_of(post(admin, SUBSCRIPTIONS, body(subscriber_id=line)), 400, "invalid")

    assert list(refused["fields"]) == ["subscriber_id"]


def test_every_line_that_is_not_theirs_is_refused_in_the_same_words(admin):
    other_business = make.a_subscriber(make.customer(of=make.tenant("other")))
    for pk in ("nowhere", make.a_subscriber().pk, other_business.pk):
        said = body(subscriber_id=pk)
        refused = error_of(post(admin, SUBSCRIPTIONS, said), 404, "subscriber_not_found")
        assert refused["message"] == f"Subscriber {pk} not found for customer {said['customer_id']}"


def test_what_cannot_begin_says_why_and_where(admin):
    taken = make.a_plan_subscription()
    on_a_taken_line = {"customer_id": str(taken.customer_id), "subscriber_id": taken.subscriber_id}
    refusals = [
        (body(plan_id=str(uuid4())), 404, "unknown_plan", "plan_id"),
        (body(plan_id=str(make.a_plan(make.tenant("other")).pk)), 404, "unknown_plan", "plan_id"),
        (body(customer_id=str(make.customer(of=make.tenant("other")).pk)), 404, "unknown_customer", "customer_id"),
        (body(plan_id=str(make.a_plan(status="DRAFT").pk)), 409, "plan_is_not_active", "plan_id"),
        (body(end_date="2026-01-12"), 422, "days_reversed", "end_date"),
        (body(**on_a_taken_line), 409, "line_is_taken", "subscriber_id"),
    ]
    for said, status, code, field in refusals:
        refused = error_of(post(admin, SUBSCRIPTIONS, said), status, code)
        assert list(refused["fields"]) == [field]
    assert str(taken.pk) in refused["message"]
    assert list(PlanSubscription.objects.all()) == [taken]


def test_the_steps_of_a_subscription(admin):
    made = make.a_plan_subscription()
    one, why = f"{SUBSCRIPTIONS}/{made.pk}", {"reason": "the customer asked"}
    line, plan = make.a_subscriber(made.customer).pk, str(make.a_plan().pk)

    assert post(admin, f"{one}/suspend", why).json()["is_suspended"]
    error_of(post(admin, f"{one}/suspend", why), 409, "subscription_is_suspended")
    assert not post(admin, f"{one}/resume", why).json()["is_suspended"]
    changed = post(admin, f"{one}/change-plan", {**why, "plan_id": plan, "from_day": "2026-02-01"})
    assert changed.json()["plan_id"] == plan
    moved = post(admin, f"{one}/move", {**why, "subscriber_id": line, "from_day": "2026-03-01"})
    assert (moved.json()["subscriber_id"], moved.json()["link_source"]) == (line, "MOVED")
    assert post(admin, f"{one}/confirm-link", why).json()["link_confirmed_by_id"]
    assert post(admin, f"{one}/link", {**why, "subscriber_id": line}).json()["link_source"] == "PERSON"
    assert post(admin, f"{one}/end", {**why, "last_day": "2026-04-30"}).json()["end_date"] == "2026-04-30"
    error_of(post(admin, f"{one}/end", {"last_day": "2026-04-30"}), 400, "invalid")


def test_lists_are_filtered(admin):
    made, other = make.a_plan_subscription(), make.a_plan_subscription()

    def ids(address, **query):
        return [row["id"] for row in admin.get(address, query).json()["results"]]

    assert ids(SUBSCRIPTIONS) == [str(other.pk), str(made.pk)]
    assert ids(SUBSCRIPTIONS, customer_id=str(made.customer_id)) == [str(made.pk)]
    assert ids(SUBSCRIPTIONS, linked="false") == []
    assert ids(LINES, customer_id=str(made.customer_id), deleted="false") == [made.subscriber_id]
    assert ids(PLANS, status="DRAFT") == []
