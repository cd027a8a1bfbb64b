"""Calls with a limit take turns through all subscriptions; a call without one misses none, whoever died before it."""

from uuid import UUID

import pytest

from subscriptions.models import PlanSubscription, UsagePass
from subscriptions.services.usage_passes import claim, remaining, turns
from tests import make

pytestmark = [pytest.mark.subscriptions, pytest.mark.django_db]

KIND = UsagePass.Kind.BILLING


@pytest.fixture
def ids():
    from subscriptions.models import InternetPlan

    plan = InternetPlan.objects.create(
        tenant=make.tenant(), code="A", name="A", download_kbps=1, upload_kbps=1, currency="BDT"
    )
    customer = make.customer()
    made = [
        PlanSubscription.objects.create(tenant=plan.tenant, plan=plan, customer=customer, start_date=make.TODAY)
        for _ in range(7)
    ]
    return sorted(row.pk for row in made)


def call(limit=None, batch_size=3, **fields) -> list[list[UUID]]:
    """One call; returns its batches."""
    rows = PlanSubscription.objects.all()
    return list(turns(KIND, rows=rows, limit=limit, batch_size=batch_size, now=make.NOW, **fields))


def left(**fields) -> int:
    return remaining(KIND, rows=PlanSubscription.objects.all(), **fields)


def test_calls_with_a_limit_go_on_after_each_other_and_begin_anew_at_the_end(ids):
    seen = []
    for expected, still_there in ((3, 4), (3, 1), (1, 0), (3, 4)):
        batches = call(limit=3, batch_size=2)
        assert sum(map(len, batches)) == expected
        assert left() == still_there
        seen += sum(batches, [])
    assert seen == [*ids, *ids[:3]]
    assert UsagePass.objects.filter(finished_at__isnull=False).count() == 1


def test_a_call_without_a_limit_takes_all_in_batches_and_ends_the_pass(ids):
    assert call(batch_size=3) == [ids[:3], ids[3:6], ids[6:]]
    assert left() == 0
    assert UsagePass.objects.get().finished_at == make.NOW


def test_a_pass_ends_with_its_last_subscription_even_when_that_fills_a_batch(ids):
    assert call(limit=7) == [ids[:3], ids[3:6], ids[6:]]
    assert left() == 0
    assert call(limit=1) == [ids[:1]]


def test_a_whole_call_looks_again_at_whom_a_call_before_it_may_have_left_half_done(ids):
    claim(KIND, 4, make.NOW, rows=PlanSubscription.objects.all())  # and killed
    assert call(batch_size=3) == [ids[4:], ids[:3], ids[3:4]]


def test_two_whole_calls_at_once_share_the_subscriptions(ids):
    rows = PlanSubscription.objects.all()
    first, second = (turns(KIND, rows=rows, limit=None, batch_size=2, now=make.NOW) for _ in range(2))
    taken = [next(first), next(second), next(first), next(second)]
    assert sum(taken, []) == ids
    assert list(first) == []  # the other took the last of its pass: it does not begin a new one
    assert list(second) == [ids[:2]]
    assert UsagePass.objects.count() == 1


def test_a_call_takes_no_turns_of_a_pass_that_began_after_its_own_had_ended(ids):
    slow = turns(KIND, rows=PlanSubscription.objects.all(), limit=None, batch_size=2, now=make.NOW)
    assert next(slow) == ids[:2]
    assert sum(call(), []) == ids[2:] + ids[:2]  # another one ends the pass
    assert call(limit=1) == [ids[:1]]  # and the next pass has begun
    assert list(slow) == []
    assert left() == 6


def test_nothing_at_all_is_a_pass_that_ends_at_once():
    assert call() == []
    assert UsagePass.objects.get().finished_at


def test_calls_for_one_business_have_a_cursor_of_their_own(ids):
    assert call(limit=2) == [ids[:2]]
    assert call(limit=3, tenant=make.tenant()) == [ids[:3]]
    assert left(tenant=make.tenant()) == 4
    assert call(limit=5, tenant=make.tenant()) == [ids[3:6], ids[6:]]
    assert left(tenant=make.tenant()) == 0
    assert call(limit=2) == [ids[2:4]]


def test_whoever_ends_a_turn_of_one_business_leaves_the_other_where_it_is(ids):
    other = make.tenant("other")
    assert call(limit=3, tenant=make.tenant()) == [ids[:3]]
    assert (
        list(turns(KIND, rows=PlanSubscription.objects.none(), limit=None, batch_size=3, now=make.NOW, tenant=other))
        == []
    )
    assert call(limit=4, tenant=make.tenant()) == [ids[3:6], ids[6:]]
    assert UsagePass.objects.get().finished_at == make.NOW


def test_the_kinds_of_passes_do_not_disturb_each_other(ids):
    assert call(limit=2) == [ids[:2]]
    other = claim(UsagePass.Kind.MONITORING, 2, make.NOW, rows=PlanSubscription.objects.all())
    assert other.ids == ids[:2]
