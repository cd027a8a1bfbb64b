"""What changes of a plan subscription on a day, what is kept of before, and what cannot change any more."""

from datetime import date

import pytest

from billing.services.checks import ReasonMissing
from subscriptions import services
from subscriptions.models import BilledPeriod, PlanSubscription
from subscriptions.services.plan_subscriptions import (
    DayOutsideTerms,
    EndsTooEarly,
    LineIsTaken,
    LinkIsMissing,
    NothingChanges,
    PeriodIsSettled,
    PlanDoesNotFit,
    SubscriberNotFound,
    SubscriptionIsNotSuspended,
    SubscriptionIsSuspended,
)
from tests import legacy, make

pytestmark = [pytest.mark.subscriptions, pytest.mark.django_db]

JANUARY, MARCH, APRIL = date(2026, 1, 1), date(2026, 3, 1), date(2026, 4, 1)
WHY = {"actor": None, "reason": "the customer asked"}


def terms_of(subscription):
    """Every span with its plan, line and cap: the earlier ones, then what holds now."""
    now = PlanSubscription.objects.get(pk=subscription.pk)
    spans = [
        (past.first_day, past.last_day, past.plan_id, past.subscriber_id, past.custom_data_cap_bytes)
        for past in now.past_terms.all()
    ]
    return [*spans, (now.terms_since, now.end_date, now.plan_id, now.subscriber_id, now.custom_data_cap_bytes)]


def test_another_plan_holds_from_its_day_on_and_the_old_one_until_the_day_before():
    made, faster = make.a_plan_subscription(), make.a_plan(name="Fibre 500")

    services.change_plan(subscription=made, plan_id=faster.pk, from_day=MARCH, **WHY)

    line, old = made.subscriber_id, made.plan_id
    assert terms_of(made) == [
        (JANUARY, date(2026, 2, 28), old, line, None),
        (MARCH, None, faster.pk, line, None),
    ]
    assert made.history.first().history_change_reason == "the customer asked"


def test_a_cap_and_a_line_change_after_each_other_without_a_gap():
    made = make.a_plan_subscription()
    other = make.a_subscriber(made.customer)

    services.set_data_cap(subscription=made, custom_data_cap_bytes=5000, from_day=MARCH, **WHY)
    services.move_to_subscriber(subscription=made, subscriber_id=other.pk, from_day=APRIL, **WHY)

    plan, line = made.plan_id, made.subscriber_id
    assert terms_of(made) == [
        (JANUARY, date(2026, 2, 28), plan, line, None),
        (MARCH, date(2026, 3, 31), plan, line, 5000),
        (APRIL, None, plan, other.pk, 5000),
    ]
    assert PlanSubscription.objects.get(pk=made.pk).link_source == "MOVED"


def test_a_change_on_the_first_day_leaves_nothing_to_keep():
    made = make.a_plan_subscription()

    services.set_data_cap(subscription=made, custom_data_cap_bytes=5000, from_day=JANUARY, **WHY)

    assert terms_of(made) == [(None, None, made.plan_id, made.subscriber_id, 5000)]


def test_days_before_what_holds_now_and_after_the_end_cannot_change():
    made = make.a_plan_subscription(end_date=date(2026, 6, 30))
    with pytest.raises(DayOutsideTerms):
        services.set_data_cap(subscription=made, custom_data_cap_bytes=1, from_day=date(2025, 12, 31), **WHY)
    with pytest.raises(DayOutsideTerms):
        services.set_data_cap(subscription=made, custom_data_cap_bytes=1, from_day=date(2026, 7, 1), **WHY)
    services.set_data_cap(subscription=made, custom_data_cap_bytes=1, from_day=APRIL, **WHY)

    with pytest.raises(DayOutsideTerms):
        services.set_data_cap(subscription=made, custom_data_cap_bytes=2, from_day=MARCH, **WHY)


def test_a_settled_period_cannot_change_any_more():
    made, faster = make.a_plan_subscription(), make.a_plan()
    settle(made, JANUARY, date(2026, 1, 31))

    with pytest.raises(PeriodIsSettled, match="2026-02-01"):
        services.change_plan(subscription=made, plan_id=faster.pk, from_day=date(2026, 1, 31), **WHY)
    with pytest.raises(PeriodIsSettled):
        services.end_plan_subscription(subscription=made, last_day=date(2026, 1, 30), **WHY)
    services.change_plan(subscription=made, plan_id=faster.pk, from_day=date(2026, 2, 1), **WHY)


def test_a_subscription_that_is_settled_to_its_end_does_not_go_on():
    made = make.a_plan_subscription(end_date=date(2026, 1, 15))
    settle(made, JANUARY, date(2026, 1, 15))

    with pytest.raises(PeriodIsSettled, match="Begin a new one"):
        services.end_plan_subscription(subscription=made, last_day=date(2026, 1, 31), **WHY)


def test_a_plan_of_another_currency_or_cycle_does_not_fit():
    made = make.a_plan_subscription()

    for other in ({"currency": "USD"}, {"billing_cycle": "WEEKLY"}):
        with pytest.raises(PlanDoesNotFit):
            services.change_plan(subscription=made, plan_id=make.a_plan(**other).pk, from_day=MARCH, **WHY)
    with pytest.raises(NothingChanges):
        services.change_plan(subscription=made, plan_id=made.plan_id, from_day=MARCH, **WHY)


def test_a_line_that_is_taken_from_the_day_on_is_refused_and_one_that_is_free_by_then_is_not():
    made = make.a_plan_subscription()
    other = make.a_subscriber(made.customer)
    make.a_plan_subscription(subscriber=other, end_date=date(2026, 2, 28))

    with pytest.raises(LineIsTaken):
        services.move_to_subscriber(subscription=made, subscriber_id=other.pk, from_day=date(2026, 2, 28), **WHY)
    services.move_to_subscriber(subscription=made, subscriber_id=other.pk, from_day=MARCH, **WHY)


def test_the_days_on_an_old_line_stay_taken_and_later_ones_are_free():
    made = make.a_plan_subscription()
    line, other = made.subscriber, make.a_subscriber(made.customer)
    services.move_to_subscriber(subscription=made, subscriber_id=other.pk, from_day=MARCH, **WHY)

    with pytest.raises(LineIsTaken, match=str(made.pk)):
        make.a_plan_subscription(subscriber=line, start_date=date(2026, 2, 28))
    make.a_plan_subscription(subscriber=line, start_date=MARCH)


def test_a_subscription_does_not_move_to_somebody_elses_line():
    made = make.a_plan_subscription()

    with pytest.raises(SubscriberNotFound):
        services.move_to_subscriber(subscription=made, subscriber_id=make.a_subscriber().pk, from_day=MARCH, **WHY)


def test_earlier_terms_without_a_line_keep_the_old_one_when_the_subscription_moves():
    made = legacy.plan_subscription()
    line, other = make.a_subscriber(made.customer).pk, make.a_subscriber(made.customer)
    services.change_plan(subscription=made, plan_id=make.a_plan().pk, from_day=MARCH, **WHY)
    services.link_subscriber(subscription=made, subscriber_id=line, now=make.NOW, **WHY)
    assert [span[3] for span in terms_of(made)] == [None, line]

    services.move_to_subscriber(subscription=made, subscriber_id=other.pk, from_day=APRIL, **WHY)

    assert [span[3] for span in terms_of(made)] == [line, line, other.pk]


def test_a_subscription_without_a_line_moves_nowhere():
    made = legacy.plan_subscription()

    with pytest.raises(LinkIsMissing):
        services.move_to_subscriber(
            subscription=made, subscriber_id=make.a_subscriber(made.customer).pk, from_day=MARCH, **WHY
        )


def test_a_subscription_rests_and_goes_on_once():
    made = make.a_plan_subscription()

    with pytest.raises(SubscriptionIsNotSuspended):
        services.resume_plan_subscription(subscription=made, **WHY)
    services.suspend_plan_subscription(subscription=made, actor=None, reason="unpaid")
    with pytest.raises(SubscriptionIsSuspended, match="unpaid"):
        services.suspend_plan_subscription(subscription=made, **WHY)
    services.resume_plan_subscription(subscription=made, **WHY)

    reasons = list(made.history.values_list("history_change_reason", "is_suspended"))
    assert reasons[:2] == [("the customer asked", False), ("unpaid", True)]


def test_a_subscription_ends_and_its_line_is_free_the_day_after():
    made = make.a_plan_subscription()

    services.end_plan_subscription(subscription=made, last_day=date(2026, 2, 28), **WHY)

    following = make.a_plan_subscription(subscriber=made.subscriber, start_date=MARCH)
    with pytest.raises(LineIsTaken, match=str(following.pk)):
        services.end_plan_subscription(subscription=made, last_day=MARCH, **WHY)


def test_a_subscription_ends_no_earlier_than_what_it_has_now_begins():
    made = make.a_plan_subscription()
    services.set_data_cap(subscription=made, custom_data_cap_bytes=1, from_day=MARCH, **WHY)

    with pytest.raises(EndsTooEarly, match="2026-03-01"):
        services.end_plan_subscription(subscription=made, last_day=date(2026, 2, 28), **WHY)


def test_every_change_wants_a_reason():
    made = make.a_plan_subscription()
    unsaid = {"actor": None, "reason": " "}

    for change in (
        lambda: services.suspend_plan_subscription(subscription=made, **unsaid),
        lambda: services.end_plan_subscription(subscription=made, last_day=MARCH, **unsaid),
        lambda: services.set_data_cap(subscription=made, custom_data_cap_bytes=1, from_day=MARCH, **unsaid),
        lambda: services.confirm_link(subscription=made, now=make.NOW, **unsaid),
    ):
        with pytest.raises(ReasonMissing):
            change()


def settle(subscription, first, last):
    """A period that was billed before, with nothing to charge."""
    BilledPeriod.objects.create(
        tenant=subscription.tenant, subscription=subscription, period_start=first, period_end=last, status="NO_CHARGE",
        usage_bytes=0, currency="BDT", measured_at=make.NOW,
    )  # fmt: skip
