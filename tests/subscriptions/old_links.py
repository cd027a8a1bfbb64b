"""Old plan subscriptions without a line, their customers' lines, and what the backfill of links made of them."""

from datetime import date
from typing import Any

from accounts.ids import new_id
from operations.models import BackfillRun
from subscriptions.models import PlanSubscription, Subscriber
from tests import legacy, make
from tests.engine import here

NAME = "plan_subscription_subscriber_id"
COMMAND = "backfill_plan_subscription_subscriber_id"


def a_line(owner: Any, **fields: Any) -> Subscriber:
    """A line of which nobody wrote down when it began."""
    return make.a_subscriber(owner, **{"activated_at": None, **fields})


def an_old_line(owner: Any, **columns: Any) -> Subscriber:
    """A line as the old system stored it, in a state that our services do not make, and without history."""
    values = {
        "id": str(new_id()),
        "username": f"old-{new_id()}",
        "status": "ACTIVE",
        "tenant": owner.tenant,
        "customer": owner,
    }
    [line] = Subscriber.objects.bulk_create([Subscriber(**{**values, **columns})])
    return line


def execute(**request: Any) -> BackfillRun:
    return here.execute(NAME, **request)


def link_of(subscription: PlanSubscription) -> tuple[str | None, str]:
    return PlanSubscription.objects.values_list("subscriber_id", "link_source").get(pk=subscription.pk)


def links() -> dict[Any, tuple[str | None, str]]:
    return {
        pk: (line, source)
        for pk, line, source in PlanSubscription.objects.values_list("pk", "subscriber_id", "link_source")
    }


def twins(owner: Any = None) -> tuple[PlanSubscription, Subscriber, Subscriber]:
    """One old subscription and two lines that nothing tells apart; the first is older."""
    owner = owner or make.customer()
    old = a_line(owner)
    return legacy.plan_subscription(owner), old, a_line(owner)


def messy_books() -> None:
    """Customers of every kind, one after the other, so that batches of any size cut through them."""
    owners = [make.customer() for _ in range(8)]
    for turn in range(3):  # ids are ordered in time: the subscriptions of one customer lie far apart
        for number, owner in enumerate(owners):
            if turn <= number % 3:
                legacy.plan_subscription(owner, start_date=date(2025, 1 + turn, 1))
    for number, owner in enumerate(owners):
        for _ in range(number % 4):
            a_line(owner, download_kbps=100_000 if number % 2 else None)
