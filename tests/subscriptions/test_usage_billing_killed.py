"""Billing that is killed before any statement and run again ends as one that was never disturbed; two at once share the work."""

import json
import os
import signal
from functools import partial

import pytest
from django.db import connection, connections

from tests.processes import Scratch, address_of, copy_database, drop_database

pytestmark = [pytest.mark.subscriptions, pytest.mark.django_db(transaction=True)]

COMMAND = ("process_usage_billing", "--batch-size", "3", "--json")
PERIODS = """SELECT subscription_id, period_start, status, usage_bytes, overage_cents FROM billed_periods
    ORDER BY subscription_id, period_start"""
ASKED = """SELECT sum(l.total_cents), count(*), count(DISTINCT l.source_id), count(DISTINCT l.invoice_id)
    FROM invoice_lines l JOIN invoices i ON i.id = l.invoice_id WHERE l.is_live"""
MADE = """SELECT (SELECT count(*) FROM invoices), (SELECT max(sequence) FROM invoices),
    (SELECT count(*) FROM historical_invoices), (SELECT count(*) FROM historical_billed_periods)"""


@pytest.fixture
def two(tmp_path):
    """Two databases of the same eight subscriptions, six of them with something to bill, two periods each."""
    from datetime import date

    from tests.subscriptions.usage_bills import subscribed, use

    for number in range(8):
        subscription = subscribed(101 + number if number % 4 else 50)
        use(subscription, 105, date(2026, 2, 10))
    connection.close()
    made = []
    for name in ("twin", "killed"):
        folder = tmp_path / name
        folder.mkdir()
        made.append(Scratch(copy_database(address_of(connection), folder), folder))
    yield made
    for database in made:
        database.end_all()
        drop_database(database.url)


def in_march(kill_at: int | None = None) -> None:
    """Let it be March; with SIGKILL just before the n-th statement that writes or commits."""
    from datetime import UTC, datetime

    from django.utils import timezone

    timezone.now = lambda: datetime(2026, 3, 5, 4, tzinfo=UTC)
    if kill_at is None:
        return
    seen = 0

    def trap(execute, sql, params, many, context):
        nonlocal seen
        seen += bool(seen) or "usage_passes" in sql
        if seen == kill_at:
            os.kill(os.getpid(), signal.SIGKILL)
        return execute(sql, params, many, context)

    connections["default"].execute_wrappers.append(trap)


def content(database: Scratch) -> list:
    return [list(map(str, row)) for statement in (PERIODS, ASKED, MADE) for row in database.ask(statement)]


def test_killed_before_any_statement_and_run_again_it_equals_its_undisturbed_twin(two):
    twin, killed = two
    assert twin.run(*COMMAND, before=in_march).json["processed"] == 8
    kills = 0
    for number in range(1, 120, 5):
        ended = killed.run(*COMMAND, before=partial(in_march, number))
        kills += ended.code == -signal.SIGKILL
    assert kills >= 8
    last = killed.run(*COMMAND, before=in_march)
    assert (last.code, last.json["failed"]) == (0, 0), last.err
    assert content(killed) == content(twin)
    assert killed.run("check_books").code == 0


def test_two_workers_at_once_share_the_work_and_bill_nothing_twice(two, postgres):
    twin, shared = two
    twin.run(*COMMAND, before=in_march)
    workers = [shared.start("process_usage_billing", "--batch-size", "1", "--json", before=in_march) for _ in range(2)]
    answers = [json.loads(worker.wait().out) for worker in workers]
    assert sum(answer["invoices_created"] for answer in answers) == 8
    assert [answer["failed"] for answer in answers] == [0, 0]
    assert content(shared) == content(twin)
    assert shared.run("check_books").code == 0
