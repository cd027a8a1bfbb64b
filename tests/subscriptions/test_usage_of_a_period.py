"""What was used in a billing period: parts by terms, shares of a cap, local midnights, and what is unknown."""

from datetime import UTC, date, datetime, timedelta

import pytest

from subscriptions.models import InternetPlan, PlanSubscription, PlanSubscriptionTerms, Subscriber
from subscriptions.rules.billing_cycle import BillingPeriod, period_of
from subscriptions.rules.reasons import SUBSCRIBER_ID_NOT_SET, USAGE_UNKNOWN
from subscriptions.selectors.period_usage import PeriodAsked, period_usage
from tests import make
from tests.subscriptions.usage import a_line, a_record

pytestmark = [pytest.mark.subscriptions, pytest.mark.django_db]

GB = 1024**3
JANUARY = period_of(date(2026, 1, 1), "MONTHLY", date(2026, 1, 1))


def a_plan(tenant, code="home", cap_gb=310, **fields):
    capped = {"has_data_cap": True, "data_cap_amount": cap_gb, "data_cap_unit": "GB"} if cap_gb else {}
    given = {"name": code, "download_kbps": 1, "upload_kbps": 1, "currency": "USD", **capped, **fields}
    return InternetPlan.objects.create(tenant=tenant, code=code, **given)


def a_subscription(line, plan=None, **fields):
    given = {"plan": plan or a_plan(line.tenant), "subscriber": line, "start_date": date(2026, 1, 1), **fields}
    return PlanSubscription.objects.create(tenant=line.tenant, customer=line.customer, **given)


def terms(subscription, first_day, last_day, **fields):
    """What was agreed before: the subscription's own plan and line unless said otherwise."""
    given = {"plan": subscription.plan, "subscriber": subscription.subscriber, **fields}
    return PlanSubscriptionTerms.objects.create(
        tenant=subscription.tenant, subscription=subscription, first_day=first_day, last_day=last_day, **given
    )


def answered(subscription, period=JANUARY, **asked):
    answer = period_usage([PeriodAsked(subscription, period)], **asked)
    return answer[subscription.pk, period.start]


def on(day, hour=12):
    return datetime(2026, 1, day, hour, tzinfo=UTC)


def test_a_period_under_one_terms_is_one_part_with_the_whole_cap():
    line = a_line()
    a_record(line, on(5), on(6), bytes_in=3, bytes_out=4)
    answer = answered(a_subscription(line))
    assert (answer.total_bytes, answer.cap_bytes, answer.is_known, len(answer.parts)) == (7, 310 * GB, True, 1)
    assert (answer.parts[0].first_day, answer.parts[0].last_day) == (date(2026, 1, 1), date(2026, 1, 31))


def test_a_plan_without_a_cap_is_unlimited():
    line = a_line()
    assert answered(a_subscription(line, a_plan(line.tenant, cap_gb=None))).cap_bytes is None


def test_a_cap_of_its_own_replaces_the_plans():
    assert answered(a_subscription(a_line(), custom_data_cap_bytes=7)).cap_bytes == 7


def test_a_change_of_plan_gives_two_parts_with_their_shares_of_each_cap():
    line = a_line()
    before, since = a_plan(line.tenant, "small", 31), a_plan(line.tenant, "large", 310)
    subscription = a_subscription(line, since, terms_since=date(2026, 1, 11))
    terms(subscription, date(2026, 1, 1), date(2026, 1, 10), plan=before)
    a_record(line, on(10), on(11), bytes_out=2_000)
    small, large = answered(subscription).parts
    assert (small.plan, small.days, small.cap_bytes, small.usage.total_bytes) == (before, 10, 10 * GB, 1_000)
    assert (large.plan, large.days, large.cap_bytes, large.usage.total_bytes) == (since, 21, 210 * GB, 1_000)
    assert answered(subscription).cap_bytes == 220 * GB


@pytest.mark.parametrize("move_on", range(2, 32))
def test_shares_of_one_cap_add_up_to_it_whatever_the_day(move_on):
    subscription = a_subscription(a_line(), custom_data_cap_bytes=1_000_003, terms_since=date(2026, 1, move_on))
    terms(subscription, date(2026, 1, 1), date(2026, 1, move_on - 1), custom_data_cap_bytes=1_000_003)
    assert answered(subscription).cap_bytes == 1_000_003


def test_terms_of_other_periods_are_no_part_of_this_one():
    subscription = a_subscription(a_line(), start_date=date(2025, 1, 1), terms_since=date(2026, 2, 3))
    terms(subscription, date(2025, 1, 1), date(2025, 12, 31))
    terms(subscription, date(2026, 1, 1), date(2026, 2, 2))
    assert [(part.first_day.day, part.last_day.day) for part in answered(subscription).parts] == [(1, 31)]


def test_a_move_to_another_line_counts_each_line_on_its_own_days():
    customer = make.customer()
    old, new = a_line(customer), a_line(customer)
    subscription = a_subscription(new, terms_since=date(2026, 1, 16))
    terms(subscription, date(2026, 1, 1), date(2026, 1, 15), subscriber=old)
    for line in (old, new):
        a_record(line, on(3), on(4), bytes_out=1)
        a_record(line, on(20), on(21), bytes_out=10)
    assert [part.usage.total_bytes for part in answered(subscription).parts] == [1, 10]


def test_past_terms_without_a_line_take_the_subscriptions_own():
    line = a_line()
    subscription = a_subscription(line, terms_since=date(2026, 1, 16))
    terms(subscription, date(2026, 1, 1), date(2026, 1, 15), subscriber=None)
    a_record(line, on(3), on(20), bytes_out=1)
    assert [part.subscriber_id for part in answered(subscription).parts] == [line.pk, line.pk]


def test_edge_case_18_a_cut_period_has_its_share_of_the_cap_by_days():
    subscription = a_subscription(a_line(), end_date=date(2026, 1, 10))
    cut = period_of(date(2026, 1, 1), "MONTHLY", date(2026, 1, 1), last_day=date(2026, 1, 10))
    assert answered(subscription, cut).cap_bytes == 100 * GB


@pytest.mark.parametrize(
    ("first_day", "hours"), [(date(2026, 3, 28), 47), (date(2026, 10, 24), 49)], ids=["spring", "autumn"]
)
def test_edge_case_18_days_are_the_tenants_own_also_when_the_clock_changes(first_day, hours):
    """Two days in Berlin, one of them with a change of the clock: exactly their hours count, and each byte to one period."""
    line = a_line(make.customer(of=make.tenant("berlin", timezone="Europe/Berlin")))
    subscription = a_subscription(line, start_date=first_day - timedelta(days=2))
    midnight = datetime.combine(first_day, datetime.min.time(), tzinfo=line.tenant.zone).astimezone(UTC)
    a_record(line, midnight - timedelta(hours=10), midnight + timedelta(hours=90), bytes_out=100)
    two_days = [
        BillingPeriod(begin, begin + timedelta(days=1), begin + timedelta(days=1))
        for begin in (first_day - timedelta(days=2), first_day, first_day + timedelta(days=2))
    ]
    assert [answered(subscription, period).total_bytes for period in two_days] == [10, hours, 90 - hours]


def test_edge_case_18_a_leap_day_belongs_to_february():
    line = a_line()
    february = period_of(date(2024, 1, 31), "MONTHLY", date(2024, 2, 29))
    a_record(line, datetime(2024, 2, 29, 1, tzinfo=UTC), datetime(2024, 2, 29, 2, tzinfo=UTC), bytes_in=5)
    subscription = a_subscription(line, start_date=date(2024, 1, 31))
    assert (february.start, february.end) == (date(2024, 2, 29), date(2024, 3, 30))
    assert answered(subscription, february).total_bytes == 5


def test_without_a_line_usage_is_unknown():
    line = a_line()
    subscription = a_subscription(line, subscriber=None)
    assert (answered(subscription).is_known, answered(subscription).why_unknown) == (False, SUBSCRIBER_ID_NOT_SET)


def test_no_records_of_a_line_in_service_is_unknown_and_never_nothing():
    answer = answered(a_subscription(a_line()))
    assert (answer.is_known, answer.why_unknown, answer.total_bytes) == (False, USAGE_UNKNOWN, 0)


def test_records_that_count_no_bytes_are_known_to_be_nothing():
    line = a_line()
    a_record(line, on(5), on(6))
    assert answered(a_subscription(line)).is_known


@pytest.mark.parametrize(
    "fields",
    [
        {"activated_at": None, "status": Subscriber.Status.PENDING},
        {"activated_at": datetime(2026, 2, 1, tzinfo=UTC)},
        {"terminated_at": datetime(2026, 1, 1, tzinfo=UTC), "status": Subscriber.Status.TERMINATED},
        {"deleted_at": datetime(2025, 12, 1, tzinfo=UTC)},
    ],
    ids=["never switched on", "switched on later", "ended before", "deleted before"],
)
def test_a_line_out_of_service_in_all_of_the_period_expects_no_records(fields):
    assert answered(a_subscription(a_line(**fields))).is_known


def test_a_part_in_which_the_line_was_silent_makes_the_period_unknown():
    line = a_line()
    subscription = a_subscription(line, terms_since=date(2026, 1, 16))
    terms(subscription, date(2026, 1, 1), date(2026, 1, 15))
    a_record(line, on(3), on(4), bytes_out=9)
    answer = answered(subscription)
    assert (answer.why_unknown, answer.total_bytes) == (USAGE_UNKNOWN, 9)
    assert [part.why_unknown for part in answer.parts] == ["", USAGE_UNKNOWN]


def test_days_after_now_expect_no_records():
    line = a_line()
    subscription = a_subscription(line, terms_since=date(2026, 1, 16))
    terms(subscription, date(2026, 1, 1), date(2026, 1, 15))
    a_record(line, on(3), on(4), bytes_out=9)
    assert answered(subscription, now=on(10)).is_known
    assert not answered(subscription, now=on(17)).is_known


def test_any_number_of_periods_takes_five_statements(django_assert_num_queries):
    plan = a_plan(make.tenant())
    asked = [
        PeriodAsked(subscription, period_of(date(2026, 1, 1), "MONTHLY", date(2026, month, 1)))
        for subscription in PlanSubscription.objects.filter(
            pk__in=[a_subscription(a_line(), plan).pk for _ in range(3)]
        )
        for month in (1, 2, 3)
    ]
    with django_assert_num_queries(5):
        assert len(period_usage(asked)) == 9
