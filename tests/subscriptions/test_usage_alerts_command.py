"""`monitor_data_cap_usage`, by hand and by the schedule: the same watch, its answer in words or as JSON."""

import json
from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from config.celery import app
from tests import make
from tests.subscriptions.caps import GB, alerts, used

pytestmark = [pytest.mark.subscriptions, pytest.mark.django_db]


def run(*arguments):
    """The command's words and exit code."""
    out = StringIO()
    try:
        call_command("monitor_data_cap_usage", *arguments, stdout=out)
    except SystemExit as ended:
        return out.getvalue(), ended.code
    return out.getvalue(), 0


def used_lately(gb, **fields):
    """A subscription of today, by the real clock."""
    now = timezone.now()
    first_day = (now - timedelta(days=1)).date()
    subscription = make.a_plan_subscription(start_date=first_day, **fields)
    return used(gb * GB, of=subscription, on=now)


def test_it_says_what_it_found_in_words():
    subscription = used_lately(85)
    make.a_plan_subscription(plan=make.a_plan(data_cap_amount=None))
    words, code = run()
    assert words == (
        "Processed 2 subscriptions: 1 checked, 1 skipped, 0 failed; 0 remaining.\n"
        "Alerts: 1 created, 0 reopened, 0 resolved; 0 customers told, 0 could not be told.\n"
        "          1  The plan is unlimited (no_data_cap)\n"
    )
    assert (code, [percent for percent, *_ in alerts(subscription)]) == (0, [80])


def test_json_is_the_answer_of_the_task():
    used_lately(85), used_lately(95)
    words, _ = run("--json", "--limit", "1")
    answer = json.loads(words)
    assert (answer["processed"], answer["alerts_created"], answer["remaining"]) == (1, 1, 1)
    assert set(answer) >= {"processed", "alerts_created", "skipped", "failed", "remaining", "skipped_by_reason"}


def test_a_subscription_that_failed_asks_for_a_person():
    used_lately(85, plan=make.a_plan(alert_thresholds=[80]))
    broken = used_lately(85)
    broken.plan.alert_thresholds = [None]
    broken.plan.save()
    words, code = run()
    assert "1 checked, 0 skipped, 1 failed" in words and code == 1


def test_one_business_alone_is_watched_when_it_is_named():
    here, there = used_lately(85), used_lately(85, of=make.customer(of=make.tenant("elsewhere")))
    run("--tenant", "elsewhere")
    assert (len(alerts(here)), len(alerts(there))) == (0, 1)


@pytest.mark.parametrize("arguments", [["--limit", "0"], ["--batch-size", "-1"], ["--tenant", "nobody"]])
def test_what_cannot_be_done_is_refused(arguments):
    with pytest.raises(CommandError) as refused:
        run(*arguments)
    assert refused.value.returncode == 2


def test_the_schedule_looks_every_hour_at_all():
    entry = app.conf.beat_schedule["monitor-data-cap-usage"]
    assert (entry["task"], entry["schedule"]) == ("services.monitor_data_cap_usage", timedelta(hours=1))
    assert "args" not in entry
