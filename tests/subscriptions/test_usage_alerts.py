"""Caps are watched: a threshold is noted once for each subscription and period, and the highest is told to the customer.

Numbers of edge cases are those of the reference `dotmac`, section 7.
"""

import json
import logging
from datetime import UTC, date, datetime, timedelta

import pytest
from django.core import mail

from accounts.logs import JsonFormatter
from operations.services import begin_maintenance
from subscriptions.models import DataCapAlert
from subscriptions.services.cap_alerts import LimitIsNoNumber
from tests import make
from tests.subscriptions.caps import GB, alerts, changed, used, watched
from tests.subscriptions.usage import a_record

pytestmark = [pytest.mark.subscriptions, pytest.mark.django_db]

CAP = 100 * GB
TOLD, QUIET = (True, True), (True, False)


@pytest.mark.parametrize(
    ("bytes_used", "noted"),
    [
        (CAP * 79_999 // 100_000, []),
        (CAP * 80 // 100 - 1, []),
        (CAP * 80 // 100, [(80, *TOLD)]),
        (CAP * 90 // 100 - 1, [(80, *TOLD)]),
        (CAP * 90 // 100, [(80, *QUIET), (90, *TOLD)]),
        (CAP - 1, [(80, *QUIET), (90, *TOLD)]),
        (CAP, [(80, *QUIET), (90, *QUIET), (100, *TOLD)]),
        (CAP + 1, [(80, *QUIET), (90, *QUIET), (100, *TOLD)]),
    ],
)
def test_edge_case_15_a_threshold_is_reached_exactly_at_its_byte(bytes_used, noted):
    subscription = used(bytes_used)
    answer = watched()
    assert alerts(subscription) == noted
    assert (answer.processed, answer.checked, answer.alerts_created) == (1, 1, len(noted))


def test_edge_case_20_a_new_period_has_new_alerts_and_says_nothing_of_the_old_one():
    subscription = used(85 * GB)
    watched()
    february = datetime(2026, 2, 10, 9, tzinfo=UTC)
    used(81 * GB, of=subscription, on=february)
    answer = watched(february)
    assert (answer.alerts_created, answer.told + answer.not_told) == (1, 0)
    rows = DataCapAlert.objects.filter(subscription=subscription).order_by("period_start")
    assert [(row.period_start, row.usage_bytes) for row in rows] == [
        (date(2026, 1, 1), 85 * GB),
        (date(2026, 2, 1), 81 * GB),
    ]


def test_edge_case_20_an_alert_is_resolved_when_a_larger_cap_brings_usage_below_it():
    subscription = used(85 * GB)
    watched()
    changed(subscription, custom_data_cap_bytes=200 * GB)
    answer = watched(make.later(hours=1))
    assert (answer.alerts_created, answer.alerts_resolved, alerts(subscription)) == (0, 1, [(80, False, True)])
    assert DataCapAlert.objects.get().resolved_at == make.later(hours=1)
    assert watched(make.later(hours=2)).alerts_resolved == 0, "it is resolved once"


def test_edge_case_20_an_alert_is_resolved_when_the_plan_becomes_unlimited():
    subscription = used(105 * GB)
    watched()
    changed(subscription, plan=make.a_plan(data_cap_amount=None))
    answer = watched()
    assert answer.skipped_by_reason == {"no_data_cap": 1} and answer.alerts_resolved == 3
    assert {is_open for _, is_open, _ in alerts(subscription)} == {False}


def test_what_is_reached_again_after_it_was_resolved_is_told_again_in_the_same_row():
    subscription = used(85 * GB)
    watched()
    changed(subscription, custom_data_cap_bytes=200 * GB)
    watched()
    used(80 * GB, of=subscription)
    answer = watched(make.later(hours=3))
    assert (answer.alerts_created, answer.alerts_reopened) == (0, 1)
    [row] = DataCapAlert.objects.all()
    assert (row.usage_bytes, row.cap_bytes, row.resolved_at) == (165 * GB, 200 * GB, None)
    assert row.notified_at == make.later(hours=3)


def test_a_smaller_share_of_a_larger_cap_is_no_news_to_who_was_told_more():
    subscription = used(105 * GB)
    watched()
    changed(subscription, custom_data_cap_bytes=120 * GB)
    answer = watched()
    assert alerts(subscription) == [(80, True, False), (90, False, False), (100, False, True)]
    assert answer.told + answer.not_told == 0


def test_edge_case_21_a_jump_from_70_to_105_percent_is_noted_whole_and_told_once():
    person = make.user("CUSTOMER")
    subscription = used(70 * GB, of=make.a_plan_subscription(make.customer(user=person)))
    assert watched().alerts_created == 0
    used(35 * GB, of=subscription)
    answer = watched()
    assert (answer.alerts_created, answer.told) == (3, 1)
    assert alerts(subscription) == [(80, *QUIET), (90, *QUIET), (100, *TOLD)]
    [sent] = mail.outbox
    assert sent.to == [person.email] and sent.subject == "100 % of your data is used (Fibre 100)"
    assert "105 GB of the 100 GB that Fibre 100 gives from 1 January to 31 January 2026" in sent.body
    assert "0.50 BDT for each GB" in sent.body


def test_however_often_somebody_looks_there_is_one_alert_and_one_message():
    subscription = used(85 * GB, of=make.a_plan_subscription(make.customer(user=make.user("CUSTOMER"))))
    answers = [watched(make.later(hours=hours)) for hours in range(3)]
    assert [answer.alerts_created for answer in answers] == [1, 0, 0]
    assert [answer.told for answer in answers] == [1, 0, 0]
    assert (len(mail.outbox), alerts(subscription)) == (1, [(80, *TOLD)])


def test_a_customer_without_a_log_in_is_told_by_nobody_and_the_alert_is_marked():
    subscription = used(85 * GB)
    answer = watched()
    assert (mail.outbox, answer.told, alerts(subscription)) == ([], 0, [(80, *TOLD)])


def test_a_mail_server_that_refuses_costs_no_alert_and_is_asked_again(settings):
    subscription = used(85 * GB, of=make.a_plan_subscription(make.customer(user=make.user("CUSTOMER"))))
    settings.EMAIL_BACKEND, working = "django.core.mail.backends.smtp.EmailBackend", settings.EMAIL_BACKEND
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1
    answer = watched()
    assert (answer.alerts_created, answer.told, answer.not_told, answer.failed) == (1, 0, 1, 0)
    assert alerts(subscription) == [(80, True, False)]
    settings.EMAIL_BACKEND = working
    assert (watched().told, alerts(subscription)) == (1, [(80, *TOLD)])


def test_an_address_that_no_mail_can_go_to_keeps_nobody_else_from_being_told():
    nowhere = changed(make.user("CUSTOMER"), email=f"x@{'ü' * 63}.example")
    untold = used(85 * GB, of=make.a_plan_subscription(make.customer(user=nowhere)))
    told = used(85 * GB, of=make.a_plan_subscription(make.customer(user=make.user("CUSTOMER"))))
    answer = watched()
    assert (answer.told, answer.not_told, answer.failed) == (1, 1, 0)
    assert (alerts(untold), alerts(told)) == ([(80, True, False)], [(80, *TOLD)])


def test_thresholds_are_the_plans():
    subscription = used(51 * GB, of=make.a_plan_subscription(plan=make.a_plan(alert_thresholds=[50])))
    watched()
    assert alerts(subscription) == [(50, *TOLD)]


def test_two_lines_of_one_customer_are_warned_apart():
    """In the old system they shared one alarm and overwrote each other's."""
    owner = make.customer()
    lines = [used(gb * GB, of=make.a_plan_subscription(owner)) for gb in (85, 95)]
    watched()
    assert [[percent for percent, *_ in alerts(line)] for line in lines] == [[80], [80, 90]]


def test_every_subscription_is_counted_once_and_the_parts_add_up():
    used(85 * GB), used(10 * GB)
    make.a_plan_subscription(plan=make.a_plan(data_cap_amount=None))
    unknown = make.a_plan_subscription()
    unlinked = make.a_plan_subscription()
    changed(unlinked, subscriber=None, link_source="")
    answer = watched().as_answer()
    assert answer["skipped_by_reason"] == {"no_data_cap": 1, "subscriber_id_not_set": 1, "usage_unknown": 1}
    assert (answer["checked"], answer["alerts_created"], answer["skipped"]) == (2, 1, 3)
    assert answer["processed"] == answer["checked"] + answer["skipped"] + answer["failed"] == 5
    assert answer["remaining"] == 0 and not alerts(unknown)


def test_unknown_usage_is_never_taken_for_nothing():
    """What was noted stays open while nobody knows."""
    subscription = used(85 * GB)
    watched()
    other = make.a_subscriber(subscription.customer)
    changed(subscription, subscriber=other)
    assert watched().skipped_by_reason == {"usage_unknown": 1}
    assert alerts(subscription) == [(80, *TOLD)]


def test_one_subscription_that_fails_takes_no_other_with_it():
    healthy = [used(85 * GB) for _ in range(2)]
    broken = used(85 * GB)
    changed(broken.plan, alert_thresholds=[None])
    healthy.append(used(85 * GB))
    answer = watched()
    assert (answer.processed, answer.checked, answer.failed, answer.alerts_created) == (4, 3, 1, 3)
    assert [alerts(subscription) for subscription in healthy] == [[(80, *TOLD)]] * 3 and not alerts(broken)


def test_a_limit_bounds_a_call_and_the_next_one_goes_on_after_it():
    subscriptions = [used(85 * GB) for _ in range(5)]
    answers = [watched(limit=2, batch_size=1) for _ in range(3)]
    assert [(answer.processed, answer.remaining) for answer in answers] == [(2, 3), (2, 1), (1, 0)]
    assert all(alerts(subscription) for subscription in subscriptions)


@pytest.mark.parametrize("limit", [0, -1, "10", 1.5, True])
def test_a_limit_that_is_no_whole_number_is_refused(limit):
    with pytest.raises(LimitIsNoNumber, match="whole number from 1"):
        watched(limit=limit)


@pytest.mark.parametrize(("first", "last"), [(date(2026, 1, 14), None), (date(2025, 1, 1), date(2026, 1, 12))])
def test_who_has_not_begun_or_has_ended_is_not_looked_at(first, last):
    make.a_plan_subscription(start_date=first, end_date=last)
    assert watched().processed == 0


def test_the_day_is_that_of_the_business():
    """At 20:00 UTC on 31 January it is February in Dhaka: usage of that evening belongs to the new period."""
    dhaka = make.tenant("dhaka", timezone="Asia/Dhaka")
    subscription = make.a_plan_subscription(make.customer(of=dhaka))
    evening = datetime(2026, 1, 31, 20, tzinfo=UTC)
    a_record(subscription.subscriber, evening - timedelta(minutes=90), evening, bytes_out=85 * GB)
    watched(evening)
    assert [row.period_start for row in DataCapAlert.objects.all()] == [date(2026, 2, 1)]


def test_a_business_whose_writes_are_frozen_is_left_out():
    frozen = used(85 * GB, of=make.a_plan_subscription(make.customer(of=make.tenant("frozen"))))
    other = used(85 * GB)
    begin_maintenance(actor=None, tenant=make.tenant("frozen"), reason="a fix", now=make.NOW)
    assert watched().processed == 1
    assert (alerts(frozen), alerts(other)) == ([], [(80, *TOLD)])


def test_the_log_names_the_subscription_the_period_and_the_run_and_nothing_personal(caplog):
    person = make.user("CUSTOMER", name="Esha Sathe")
    subscription = used(85 * GB, of=make.a_plan_subscription(make.customer(user=person, name="Esha Sathe")))
    unlinked = make.a_plan_subscription()
    changed(unlinked, subscriber=None, link_source="")
    caplog.set_level(logging.INFO, logger="roundsman.usage_monitoring")
    caplog.clear()
    watched()
    lines = [json.loads(JsonFormatter().format(record)) for record in caplog.records]
    events = {line["event"]: line for line in lines}
    assert list(events) == [
        "usage_monitoring.task_started",
        "usage_monitoring.skipped",
        "usage_monitoring.alert_created",
        "usage_monitoring.task_completed",
    ]
    created, skipped = events["usage_monitoring.alert_created"], events["usage_monitoring.skipped"]
    assert (created["subscription_id"], created["period"]) == (str(subscription.pk), "2026-01-01/2026-01-31")
    assert (skipped["subscription_id"], skipped["reason"], skipped["level"]) == (
        str(unlinked.pk),
        "subscriber_id_not_set",
        "WARNING",
    )
    assert len({line["run_id"] for line in lines}) == 1
    assert "Esha" not in str(lines) and person.email not in str(lines)


def test_the_number_of_questions_does_not_grow_with_the_subscriptions(django_assert_max_num_queries):
    for _ in range(3):
        used(10 * GB)
    watched()
    with django_assert_max_num_queries(40):
        watched()
    for _ in range(20):
        used(10 * GB)
    with django_assert_max_num_queries(40):
        assert watched().checked == 23
