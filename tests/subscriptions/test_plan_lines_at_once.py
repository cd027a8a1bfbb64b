"""Several people want one line at once, on PostgreSQL with real threads: one gets it, the others are told by whom it is taken."""

from datetime import date

import pytest

from operations.services import check_books
from subscriptions import services
from subscriptions.models import InternetPlan, PlanSubscription
from subscriptions.services.plan_subscriptions import LineIsTaken, PlanIsInUse
from tests import legacy, make
from tests.billing.test_races import at_once

pytestmark = [
    pytest.mark.subscriptions,
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("postgres"),
]

MARCH = date(2026, 3, 1)


def answer_of(ask):
    """What the service answers, or the refusal."""
    try:
        return ask()
    except (LineIsTaken, PlanIsInUse) as refused:
        return refused


def test_one_of_four_that_begin_on_a_line_at_once_gets_it():
    line, plan = make.a_subscriber(), make.a_plan()

    def begin():
        return answer_of(lambda: make.a_plan_subscription(subscriber=line, plan=plan))

    answers = at_once(*[begin] * 4)

    [made] = PlanSubscription.objects.all()
    refused = [answer for answer in answers if isinstance(answer, LineIsTaken)]
    assert len(refused) == 3 and all(str(made.pk) in error.message for error in refused)
    assert made.history.count() == 1


def test_one_of_those_that_move_are_linked_or_begin_on_a_line_at_once_gets_it():
    moving = make.a_plan_subscription()
    line, plan = make.a_subscriber(moving.customer), moving.plan
    unlinked = legacy.plan_subscription(moving.customer, plan=plan)
    why = {"actor": None, "subscriber_id": line.pk, "reason": "the customer asked"}

    answers = at_once(
        lambda: answer_of(lambda: services.move_to_subscriber(subscription=moving, from_day=MARCH, **why)),
        lambda: answer_of(lambda: services.link_subscriber(subscription=unlinked, now=make.NOW, **why)),
        lambda: answer_of(lambda: make.a_plan_subscription(subscriber=line, plan=plan, start_date=MARCH)),
    )

    assert sum(isinstance(answer, LineIsTaken) for answer in answers) == 2
    assert PlanSubscription.objects.filter(subscriber=line).count() == 1
    assert check_books(using="default", tenant=None, now=make.NOW).all_hold


def test_a_line_that_was_taken_past_the_lock_is_refused_in_the_same_words():
    """Somebody writes the row by SQL between the look and the save: the unique index decides, and the answer names them."""
    taken = make.a_plan_subscription(end_date=date(2026, 2, 28))
    following = make.a_plan_subscription(subscriber=taken.subscriber, start_date=MARCH)
    taken.end_date = None

    from subscriptions.services.plan_subscriptions.lines import save_on_line

    with pytest.raises(LineIsTaken, match=str(following.pk)):
        save_on_line(taken)


def test_a_plan_changes_its_price_before_a_subscription_begins_on_it_or_not_at_all():
    plan, line = make.a_plan(), make.a_subscriber()

    _, changed = at_once(
        lambda: make.a_plan_subscription(subscriber=line, plan=plan),
        lambda: answer_of(lambda: services.update_plan(actor=None, plan=plan, overage_price_cents=99)),
    )

    cents = InternetPlan.objects.get(pk=plan.pk).overage_price_cents
    began, priced = PlanSubscription.history.get().history_date, plan.history.first().history_date
    assert cents == (50 if isinstance(changed, PlanIsInUse) else 99)
    assert isinstance(changed, PlanIsInUse) or priced < began
