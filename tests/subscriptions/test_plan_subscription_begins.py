"""How a plan subscription begins, and everything for which it does not."""

from datetime import UTC, date, datetime

import pytest

from accounts.errors import NotAllowed
from subscriptions import services
from subscriptions.models import PlanSubscription
from subscriptions.services.plan_subscriptions import (
    LineCannotCarryIt,
    LineIsTaken,
    NotACap,
    PlanIsNotActive,
    SubscriberNotFound,
    UnknownCustomer,
    UnknownPlan,
)
from tests import make

pytestmark = [pytest.mark.subscriptions, pytest.mark.django_db]

MARCH = date(2026, 3, 1)


def test_a_customer_has_a_plan_on_a_line_from_a_day_on():
    admin, line, plan = make.user("ADMIN"), make.a_subscriber(), make.a_plan()

    made = make.a_plan_subscription(subscriber=line, plan=plan, start_date=MARCH, actor=admin)

    stored = PlanSubscription.objects.get(pk=made.pk)
    assert (stored.subscriber_id, stored.plan_id, stored.start_date) == (line.pk, plan.pk, MARCH)
    assert (stored.link_source, stored.is_active, stored.end_date) == ("GIVEN", True, None)
    assert stored.history.get().history_user == admin


def test_a_line_that_is_not_there_not_theirs_or_deleted_is_refused_in_the_same_words():
    owner = make.customer()
    deleted = make.a_subscriber(owner)
    services.delete_subscriber(actor=None, subscriber=deleted, reason="moved out", now=make.NOW)
    elsewhere = make.a_subscriber(make.customer(of=make.tenant("other")))
    nobodys = services.create_subscriber(actor=None, tenant=owner.tenant, customer_id=None, username="nobody")

    for pk in (deleted.pk, elsewhere.pk, nobodys.pk, make.a_subscriber().pk, "nowhere", ""):
        with pytest.raises(SubscriberNotFound) as refused:
            begin(owner, subscriber_id=pk)
        assert refused.value.message == f"Subscriber {pk} not found for customer {owner.pk}"


def test_an_id_that_no_database_stores_is_not_found_either():
    with pytest.raises(SubscriberNotFound, match="Subscriber ab not found"):
        begin(make.customer(), subscriber_id="a\x00b")


def test_a_plan_or_a_customer_of_another_business_is_not_found():
    owner, other = make.customer(), make.tenant("other")

    with pytest.raises(UnknownPlan):
        begin(owner, plan_id=make.a_plan(other).pk)
    with pytest.raises(UnknownCustomer):
        begin(owner, customer_id=make.customer(of=other).pk)


@pytest.mark.parametrize("status", ["DRAFT", "INACTIVE", "ARCHIVED"])
def test_a_plan_that_is_not_sold_is_refused(status):
    with pytest.raises(PlanIsNotActive):
        make.a_plan_subscription(plan=make.a_plan(status=status))


def test_a_line_without_internet_and_a_terminated_one_are_refused():
    owner = make.customer()

    with pytest.raises(LineCannotCarryIt, match="telephone over internet"):
        make.a_plan_subscription(subscriber=make.a_subscriber(owner, service_type="VOIP"))
    terminated = make.a_subscriber(owner, status="TERMINATED", terminated_at=datetime(2026, 2, 1, tzinfo=UTC))
    with pytest.raises(LineCannotCarryIt, match="terminated"):
        make.a_plan_subscription(subscriber=terminated)
    make.a_plan_subscription(subscriber=terminated, end_date=date(2026, 1, 31))


def test_a_line_that_carries_a_subscription_takes_no_other_on_the_same_days_and_says_which():
    line = make.a_subscriber()
    first = make.a_plan_subscription(subscriber=line, start_date=MARCH)

    for days in ({"start_date": MARCH}, {"start_date": date(2027, 1, 1)}, {"start_date": date(2026, 1, 1)}):
        with pytest.raises(LineIsTaken, match=str(first.pk)):
            make.a_plan_subscription(subscriber=line, **days)
    with pytest.raises(LineIsTaken):
        make.a_plan_subscription(subscriber=line, start_date=date(2026, 1, 1), end_date=MARCH)


def test_subscriptions_that_follow_each_other_by_a_day_share_a_line():
    line = make.a_subscriber()
    make.a_plan_subscription(subscriber=line, start_date=date(2026, 1, 1), end_date=date(2026, 2, 28))

    make.a_plan_subscription(subscriber=line, start_date=MARCH)


@pytest.mark.parametrize("cap", [0, -1, True, 1.5, "1", 2**63])
def test_an_own_cap_is_a_positive_number_of_bytes(cap):
    with pytest.raises(NotACap):
        make.a_plan_subscription(custom_data_cap_bytes=cap)


def test_only_an_administrator_begins_one():
    with pytest.raises(NotAllowed):
        make.a_plan_subscription(actor=make.user("FINANCE"))


def begin(owner, **other):
    """Begin a subscription whose parts are all in order, but for the one that the test is about."""
    given = {"plan_id": None, "customer_id": owner.pk, "subscriber_id": None, "start_date": MARCH} | other
    given["plan_id"] = given["plan_id"] or make.a_plan(owner.tenant).pk
    given["subscriber_id"] = make.a_subscriber(owner).pk if given["subscriber_id"] is None else given["subscriber_id"]
    return services.create_plan_subscription(actor=None, tenant=owner.tenant, **given)
