"""The edge cases of the reference, by number: what the system before did wrong with a period, and what it is here."""

from datetime import UTC, date, datetime, timedelta

import pytest

from billing.models import Invoice
from subscriptions import services
from subscriptions.models import BilledPeriod, PeriodAdjustment
from subscriptions.services.usage_billing import LinksAreMissing
from tests import make
from tests.subscriptions.usage_bills import GB, JANUARY, MARCH_4, bill, period, subscribed, use

pytestmark = [pytest.mark.subscriptions, pytest.mark.django_db]


def totals() -> list[int]:
    return list(Invoice.objects.order_by("number").values_list("total_cents", flat=True))


def rows() -> list[tuple]:
    return list(BilledPeriod.objects.order_by("period_start").values_list("period_start", "period_end", "status"))


def test_03_what_is_used_on_the_last_day_of_a_period_is_billed_in_it():
    subscription = subscribed(100)
    late = datetime(2026, 1, 31, 23, 30, tzinfo=UTC)
    use(subscription, 4, started_at=late, ended_at=late + timedelta(hours=1))
    assert bill(datetime(2026, 1, 31, 23, tzinfo=UTC)).skipped_by_reason == {"period_not_closed": 1}
    bill()
    assert period(subscription).overage_bytes == 2 * GB  # half of that hour is of February


def test_04_nobody_is_told_no_overage_before_the_period_is_over():
    subscription = subscribed(99)
    bill(datetime(2026, 1, 30, tzinfo=UTC))
    assert not BilledPeriod.objects.exists()
    use(subscription, 11, date(2026, 1, 31))
    assert bill().invoices_created == 1


def test_05_periods_are_billed_however_long_nothing_ran():
    subscription = subscribed(101)
    for month in range(2, 7):
        use(subscription, 101, date(2026, month, 10))
    bill(datetime(2026, 7, 20, tzinfo=UTC))
    assert [status for _, _, status in rows()] == ["BILLED"] * 6
    assert totals() == [300]


def test_06_more_subscriptions_than_a_batch_are_all_billed():
    for _ in range(7):
        subscribed(110)
    assert bill(batch_size=2).processed == 7
    assert totals() == [500] * 7


def test_08_two_lines_of_a_customer_are_billed_each_for_itself():
    customer = make.customer()
    first, second = subscribed(110, of=customer), subscribed(120, of=customer)
    bill()
    assert sorted(totals()) == [500, 1000]
    assert period(first).invoice != period(second).invoice


def test_09_what_was_used_on_a_line_that_was_deleted_since_is_billed():
    subscription = subscribed(110)
    ended = services.end_plan_subscription(
        actor=None, subscription=subscription, last_day=date(2026, 1, 31), reason="moved"
    )
    services.delete_subscriber(
        actor=None, subscriber=ended.subscriber, reason="moved", now=datetime(2026, 2, 1, 12, tzinfo=UTC)
    )
    bill()
    assert totals() == [500]


def test_10_a_last_period_is_billed_to_its_last_day_with_its_share_of_the_cap():
    subscription = subscribed(60)
    services.end_plan_subscription(actor=None, subscription=subscription, last_day=date(2026, 1, 15), reason="moved")
    bill(datetime(2026, 1, 19, tzinfo=UTC))
    row = period(subscription)
    assert (row.period_end, row.status) == (date(2026, 1, 15), "BILLED")
    assert row.cap_bytes == pytest.approx(100 * GB * 15 / 31, abs=1)
    assert bill(MARCH_4).skipped_by_reason == {"already_billed": 1}
    assert BilledPeriod.objects.count() == 1


def test_10_a_suspended_subscription_is_billed_for_what_it_used():
    subscription = subscribed(110)
    services.suspend_plan_subscription(actor=None, subscription=subscription, reason="unpaid")
    bill()
    assert totals() == [500]


@pytest.mark.parametrize(("used_after", "charged"), [(138, []), (161, [2261])])
def test_11_a_period_that_saw_two_plans_has_the_share_of_each_cap_and_no_upgrade_is_charged_for(used_after, charged):
    subscription = subscribed(70)
    larger = make.a_plan(overage_price_cents=100, data_cap_amount=310)
    services.change_plan(
        actor=None, subscription=subscription, plan_id=larger.pk, from_day=date(2026, 1, 16), reason="more"
    )
    use(subscription, used_after, date(2026, 1, 20))
    bill()
    # 15 of 31 days of 100 GB and 16 of 310 GB are 208.39 GB; of 231 GB, the last 22.61 GB are charged at 1.00
    assert totals() == charged


def test_11_an_own_cap_of_earlier_days_limits_them_though_the_plan_is_unlimited():
    subscription = subscribed(
        70, plan=make.a_plan(data_cap_amount=None, data_cap_unit=""), custom_data_cap_bytes=62 * GB
    )
    change = {"actor": None, "subscription": subscription, "reason": "less is used"}
    services.set_data_cap(custom_data_cap_bytes=None, from_day=date(2026, 1, 16), **change)
    bill()
    assert totals() == [2000]  # 15 of 31 days of 62 GB are 30 GB: 40 GB beyond at 0.50


def test_12_a_cap_of_ones_own_replaces_that_of_the_plan():
    subscribed(60, custom_data_cap_bytes=50 * GB)
    bill()
    assert totals() == [500]


def test_13_a_price_for_each_megabyte_counts_megabytes():
    subscribed(101, plan=make.a_plan(overage_price_cents=1, overage_unit="MB"))
    bill()
    assert totals() == [1024]


@pytest.mark.parametrize(("currency", "cents"), [("JPY", 500), ("KWD", 500), ("USD", 500)])
def test_14_the_minor_unit_of_the_currency_is_never_multiplied(currency, cents):
    subscribed(110, plan=make.a_plan(currency=currency))
    bill()
    assert [(row.total_cents, row.currency) for row in Invoice.objects.all()] == [(cents, currency)]


def test_18_periods_follow_the_calendar_from_the_thirty_first():
    subscription = subscribed(start_date=date(2026, 1, 31))
    for day in (date(2026, 2, 27), date(2026, 2, 28), date(2026, 3, 30), date(2026, 3, 31)):
        use(subscription, 110, day)
    bill(datetime(2026, 5, 2, tzinfo=UTC))
    assert [(start, end) for start, end, _ in rows()] == [
        (date(2026, 1, 31), date(2026, 2, 27)),
        (date(2026, 2, 28), date(2026, 3, 30)),
        (date(2026, 3, 31), date(2026, 4, 29)),
    ]
    assert [period(subscription, start).usage_bytes // GB for start, _, _ in rows()] == [110, 220, 110]


def test_18_a_day_of_23_hours_ends_where_the_business_is():
    """Berlin: the clock goes forward on 29 March 2026. A period from then begins at 23:00 UTC, the next one at 22:00."""
    berlin = make.tenant("berlin", currency="EUR", timezone="Europe/Berlin")
    subscription = subscribed(of=make.customer(of=berlin), start_date=date(2026, 2, 28))
    for minute, gigabytes in (
        (datetime(2026, 3, 27, 22, 59, tzinfo=UTC), 1),
        (datetime(2026, 3, 27, 23, tzinfo=UTC), 2),
    ):
        use(subscription, gigabytes, started_at=minute, ended_at=minute + timedelta(seconds=30))
    for minute, gigabytes in (
        (datetime(2026, 4, 27, 21, 59, tzinfo=UTC), 4),
        (datetime(2026, 4, 27, 22, tzinfo=UTC), 8),
    ):
        use(subscription, gigabytes, started_at=minute, ended_at=minute + timedelta(seconds=30))
    assert bill(datetime(2026, 4, 29, 21, 59, 59, tzinfo=UTC)).processed == 1
    assert BilledPeriod.objects.count() == 1
    bill(datetime(2026, 4, 29, 22, tzinfo=UTC))
    used = [row.usage_bytes // GB for row in BilledPeriod.objects.order_by("period_start")]
    assert used == [1, 6]


def test_19_a_subscription_of_the_future_waits_and_one_that_ended_is_not_billed_on():
    subscribed(start_date=date(2026, 6, 1))
    ended = subscribed(110)
    services.end_plan_subscription(actor=None, subscription=ended, last_day=date(2026, 1, 31), reason="moved")
    use(ended, 900, date(2026, 2, 10))
    answer = bill(MARCH_4)
    assert answer.skipped_by_reason == {"period_not_closed": 1}
    assert [(start, end) for start, end, _ in rows()] == [(JANUARY, date(2026, 1, 31))]


@pytest.mark.damages_rows
def test_billing_begins_on_the_day_until_which_another_system_billed():
    subscription = subscribed(900)
    type(subscription).objects.filter(pk=subscription.pk).update(billed_from=date(2026, 1, 11))
    use(subscription, 100, date(2026, 1, 20))
    bill()
    row = period(subscription, date(2026, 1, 11))
    assert row.usage_bytes == 100 * GB
    assert row.cap_bytes == pytest.approx(100 * GB * 21 / 31, abs=1)


@pytest.mark.damages_rows
def test_a_subscription_without_a_line_is_skipped_and_the_log_says_so(caplog, settings):
    settings.USAGE_MISSING_LINKS_PERCENT = 100
    subscription = subscribed()
    type(subscription).objects.filter(pk=subscription.pk).update(subscriber=None)
    with caplog.at_level("INFO", logger="roundsman.usage_billing"):
        assert bill().skipped_by_reason == {"subscriber_id_not_set": 1}
    [record] = [one for one in caplog.records if one.message == "usage_billing.missing_subscriber_link"]
    assert (record.reason, record.levelname) == ("subscriber_id_not_set", "WARNING")
    assert (record.subscription_id, record.period) == (str(subscription.pk), "2026-01-01/2026-01-31")


@pytest.mark.damages_rows
def test_billing_is_refused_while_too_many_links_are_missing(settings):
    rows = [subscribed(110) for _ in range(4)]
    type(rows[0]).objects.filter(pk=rows[0].pk).update(subscriber=None)
    settings.USAGE_MISSING_LINKS_PERCENT = 24
    with pytest.raises(LinksAreMissing, match="1 of 4 open subscriptions have no line, more than 24 %"):
        bill()
    assert not BilledPeriod.objects.exists()
    settings.USAGE_MISSING_LINKS_PERCENT = 25
    assert bill().invoices_created == 3


def test_one_that_cannot_be_billed_fails_alone(caplog):
    good = [subscribed(110) for _ in range(4)]
    bad = subscribed(101, plan=make.a_plan(overage_price_cents=10**15, monthly_price_cents=0))
    use(bad, 101, date(2026, 2, 10))  # an invoice over both would ask for too much
    for one in good:
        use(one, 1, date(2026, 2, 10))
    answer = bill(datetime(2026, 3, 4, tzinfo=UTC))
    assert (answer.processed, answer.invoices_created, answer.failed) == (5, 4, 1)
    assert BilledPeriod.objects.filter(subscription__in=good).count() == 8
    assert not BilledPeriod.objects.filter(subscription=bad).exists()
    [record] = [one for one in caplog.records if one.message == "usage_billing.subscription_failed"]
    assert (record.subscription_id, record.code) == (str(bad.pk), "not_an_amount")
    assert sorted(Invoice.objects.values_list("sequence", flat=True)) == [1, 2, 3, 4]


def test_the_log_tells_the_whole_call_by_its_run(caplog):
    subscription = subscribed(110)
    with caplog.at_level("INFO", logger="roundsman.usage_billing"):
        answer = bill()
    told = [one.message.removeprefix("usage_billing.") for one in caplog.records if "usage_billing." in one.message]
    assert told == ["task_started", "overage_detected", "invoice_created", "task_completed"]
    assert {one.run_id for one in caplog.records} == {str(answer.run_id)}
    assert caplog.records[1].subscription_id == str(subscription.pk)


def test_no_late_record_makes_an_adjustment_of_nothing():
    subscription = subscribed(110)
    bill()
    use(subscription, 0, used_bytes=1000)
    assert bill().skipped_by_reason == {"already_billed": 1}
    assert not PeriodAdjustment.objects.exists()


@pytest.mark.damages_rows
def test_one_that_ended_before_it_is_billed_here_was_settled_elsewhere():
    subscription = subscribed(200, end_date=date(2026, 1, 20))
    type(subscription).objects.filter(pk=subscription.pk).update(billed_from=date(2026, 2, 1))
    assert bill().skipped_by_reason == {"already_billed": 1}
    assert not Invoice.objects.exists()
