"""Billing of usage and the watch over caps as jobs: `celery call` as the checklist writes it, a real broker and a real worker.

Each has its effect once: delivered twice, or its worker killed half-way and the job delivered again.
"""

import os
import signal
import subprocess
import sys
import time
from datetime import timedelta

import pytest
from django.utils import timezone

from tests.browser.site import Site, wait_until
from tests.browser.test_brokers import redis  # noqa: F401 - a fixture
from tests.engine.conftest import books_of, empty_books  # noqa: F401 - fixtures
from tests.environment import ROOT

pytestmark = [pytest.mark.subscriptions, pytest.mark.browser, pytest.mark.django_db]

SUBSCRIPTIONS = 12
WATCH, BILL = "services.monitor_data_cap_usage", "services.process_usage_billing"
ALERTS = "SELECT count(*) FROM data_cap_alerts"
INVOICES = "SELECT count(*) FROM invoices"
PASSES = "SELECT count(*) FROM usage_passes WHERE finished_at IS NOT NULL AND kind = '{}'"


def much_used() -> None:
    """Twelve subscriptions that used 105 of 100 GB in their first month, long over, and again in this one."""
    from tests import make
    from tests.subscriptions.caps import GB
    from tests.subscriptions.usage import a_record

    now = timezone.now()
    first_day = (now - timedelta(days=40)).date()
    plan = make.a_plan(monthly_price_cents=100_000)
    for _ in range(SUBSCRIPTIONS):
        line = make.a_plan_subscription(plan=plan, start_date=first_day).subscriber
        for day in (39, 0):
            end = now - timedelta(days=day)
            a_record(line, end - timedelta(hours=1), end, bytes_out=105 * GB)


@pytest.fixture
def place(empty_books, tmp_path):  # noqa: F811
    """A database with much used, and a queue in the file system; no worker yet."""
    with empty_books.copy() as scratch:
        site = Site(scratch, tmp_path)
        for name in ("broker", "broker-control"):
            (tmp_path / name).mkdir()
        made = scratch.start_function(much_used).wait()
        assert made.code == 0, made.err
        try:
            yield site
        finally:
            site.stop()


def call(place: Site, task: str, *arguments: str) -> subprocess.CompletedProcess:
    """`celery -A config call TASK --args=…`, as the checklist writes it."""
    command = [sys.executable, "-m", "celery", "-A", "config", "call", task, *arguments]
    return subprocess.run(command, cwd=ROOT, env=place.environment, capture_output=True, text=True, timeout=60)


def count(place: Site, question: str) -> int:
    """The one number that a query answers."""
    return place.scratch.one(question)


def wait_for(place: Site, question: str, number: int) -> None:
    """Wait until a query answers this number."""
    wait_until(lambda: count(place, question) >= number, f"{question}: {number}", place.log("worker"))


@pytest.mark.parametrize("broker", ["filesystem", "redis"])
def test_a_call_with_ten_takes_ten_and_the_next_takes_the_rest_and_twice_is_once(place, broker, request):
    if broker == "redis":
        place.broker = request.getfixturevalue("redis")
    for task in (WATCH, BILL):
        called = call(place, task, "--args=[10]")
        assert called.returncode == 0, called.stderr
    place.start_worker()
    wait_for(place, ALERTS, 30)
    wait_for(place, INVOICES, 10)
    assert (count(place, ALERTS), count(place, INVOICES)) == (30, 10)
    for task in (WATCH, BILL):
        call(place, task, "--args=[10]")
        call(place, task)  # the schedule's: all of them, those of before once more
    wait_for(place, PASSES.format("MONITORING"), 2)
    wait_for(place, PASSES.format("BILLING"), 2)
    assert (count(place, ALERTS), count(place, INVOICES)) == (36, 12)


def test_a_worker_that_is_killed_half_way_leaves_nothing_undone_and_nothing_twice(place):
    for task in (WATCH, BILL):
        call(place, task)
    place.start_worker()
    wait_for(place, ALERTS, 1)
    worker = place.processes[-1]
    os.kill(worker.pid, signal.SIGKILL)
    worker.wait()
    for task in (WATCH, BILL):
        call(place, task)  # what the next hour of the schedule brings
    place.start_worker()
    wait_for(place, INVOICES, 12)
    wait_for(place, PASSES.format("BILLING"), 1)
    time.sleep(0.5)
    assert (count(place, ALERTS), count(place, INVOICES)) == (36, 12)
    assert count(place, "SELECT count(*) FROM billed_periods WHERE status = 'BILLED'") == 12


def test_a_broker_that_is_gone_is_said_and_nothing_is_done(place):
    place.broker = "redis://127.0.0.1:1/0"
    called = call(place, WATCH, "--args=[10]")
    assert called.returncode != 0 and "Connection refused" in called.stderr
    assert count(place, ALERTS) == 0


def test_a_database_that_is_gone_fails_the_job_and_the_next_one_does_it(place):
    place.scratch.ask("ALTER TABLE plan_subscriptions RENAME TO plan_subscriptions_away")
    call(place, WATCH)
    place.start_worker()
    wait_until(lambda: "plan_subscriptions" in place.log("worker").read_text(), "it fails", place.log("worker"))
    place.scratch.ask("ALTER TABLE plan_subscriptions_away RENAME TO plan_subscriptions")
    call(place, WATCH)
    wait_for(place, ALERTS, 36)
    assert count(place, ALERTS) == 36
