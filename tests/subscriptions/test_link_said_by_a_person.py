"""A person says which line a subscription is for, or confirms the one it has; a deleted line keeps its links."""

from datetime import date

import pytest

from subscriptions import services
from subscriptions.models import PlanSubscription
from subscriptions.services.plan_subscriptions import LineIsTaken, LinkIsMissing, SubscriberNotFound
from tests import legacy, make

pytestmark = [pytest.mark.subscriptions, pytest.mark.django_db]

MARCH = date(2026, 3, 1)
SAID = {"reason": "asked the customer", "now": make.NOW}


def test_a_missing_link_is_said_by_a_person_and_is_theirs_from_then_on():
    admin, made = make.user("ADMIN"), legacy.plan_subscription()
    line = make.a_subscriber(made.customer)

    services.link_subscriber(actor=admin, subscription=made, subscriber_id=line.pk, **SAID)

    stored = PlanSubscription.objects.get(pk=made.pk)
    assert (stored.subscriber_id, stored.link_source) == (line.pk, "PERSON")
    assert (stored.link_confirmed_by, stored.link_confirmed_at) == (admin, make.NOW)


def test_a_wrong_link_is_put_right_in_earlier_terms_too_but_not_in_those_of_another_line():
    made = make.a_plan_subscription()
    first, wrong, right = made.subscriber_id, make.a_subscriber(made.customer), make.a_subscriber(made.customer)
    move = {"actor": None, "subscription": made, "reason": "moved house"}
    services.move_to_subscriber(subscriber_id=wrong.pk, from_day=date(2026, 2, 1), **move)
    services.set_data_cap(
        actor=None, subscription=made, custom_data_cap_bytes=1, from_day=MARCH, reason="asked for more"
    )

    services.link_subscriber(actor=None, subscription=made, subscriber_id=right.pk, **SAID)

    assert list(made.past_terms.values_list("subscriber_id", flat=True)) == [first, right.pk]
    assert PlanSubscription.objects.get(pk=made.pk).subscriber_id == right.pk


def test_a_line_that_carries_another_subscription_on_these_days_cannot_be_said():
    made = legacy.plan_subscription()
    taken = make.a_plan_subscription(subscriber=make.a_subscriber(made.customer))

    with pytest.raises(LineIsTaken, match=str(taken.pk)):
        services.link_subscriber(actor=None, subscription=made, subscriber_id=taken.subscriber_id, **SAID)


def test_somebody_elses_line_cannot_be_said():
    made, line = legacy.plan_subscription(), make.a_subscriber()

    with pytest.raises(SubscriberNotFound, match=f"Subscriber {line.pk} not found for customer {made.customer_id}"):
        services.link_subscriber(actor=None, subscription=made, subscriber_id=line.pk, **SAID)


def test_a_link_is_confirmed_as_it_came_and_a_missing_one_cannot_be():
    admin, made = make.user("ADMIN"), make.a_plan_subscription()

    services.confirm_link(actor=admin, subscription=made, **SAID)

    stored = PlanSubscription.objects.get(pk=made.pk)
    assert (stored.link_source, stored.link_confirmed_by) == ("GIVEN", admin)
    with pytest.raises(LinkIsMissing):
        services.confirm_link(actor=admin, subscription=legacy.plan_subscription(), **SAID)


def test_a_deleted_line_keeps_its_link_and_can_still_be_said_for_what_was_used_on_it():
    made = make.a_plan_subscription()
    services.delete_subscriber(actor=None, subscriber=made.subscriber, reason="cable removed", now=make.NOW)

    assert PlanSubscription.objects.get(pk=made.pk).subscriber_id == made.subscriber_id
    services.link_subscriber(actor=None, subscription=made, subscriber_id=made.subscriber_id, **SAID)
