"""One run at a time for each backfill and each table; whoever was frozen and wakes up writes nothing any more."""

import os
import signal
import time
from functools import partial
from pathlib import Path

import pytest
from django.db import connections

from operations.backfill import backfill_named
from operations.backfill.batch import Fenced, Work, run_batch
from operations.backfill.request import AnotherRunIsActive, Request, ask_for_run
from operations.backfill.runs import claim
from tests import make
from tests.engine.content import content, digest
from tests.engine.here import NAME, command, execute, route_of, unlinked
from tests.processes import Scratch

COMMAND = f"backfill_{NAME}"
EXECUTE = (COMMAND, "--execute", "--no-input", "--batch-size", "100")

pytestmark = [pytest.mark.engine, pytest.mark.django_db]


def freeze_at_statement(number: int, words: str) -> None:
    """Set a trap: this process stops (SIGSTOP) just before the n-th statement that holds these words."""
    seen = 0

    def trap(execute, sql, params, many, context):
        nonlocal seen
        seen += words in sql
        if seen == number:
            seen += 1
            os.kill(os.getpid(), signal.SIGSTOP)
        return execute(sql, params, many, context)

    connections["default"].execute_wrappers.append(trap)


def freeze_in_third_batch(words: str) -> None:
    """The same, on a server that ends a session which idles in a transaction after two seconds, not half a minute."""
    from operations.backfill import batch

    batch.limit_waits = partial(batch.limit_waits, idle_seconds=2)
    freeze_at_statement(3, words)


def frozen(scratch: Scratch, words: str):
    """A run whose worker has stopped before its third batch did what `words` say."""
    running = scratch.start(*EXECUTE, before=partial(freeze_in_third_batch, words))
    scratch.wait_until("SELECT COUNT(*) FROM backfill_runs WHERE status = 'RUNNING' AND cursor <> ''")
    wait_until_stopped(running.pid)
    return running


def wait_until_stopped(pid: int) -> None:
    until = time.monotonic() + 30
    while Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "T":
        assert time.monotonic() < until, "it did not stop"
        time.sleep(0.02)


def test_a_second_execution_is_refused_and_told_which_run_is_there(scratch: Scratch):
    first = scratch.start(*EXECUTE, "--nice", "3")
    run = scratch.wait_until("SELECT MAX(CAST(id AS text)) FROM backfill_runs WHERE status = 'RUNNING'")
    second = scratch.run(*EXECUTE)
    assert second.code == 2
    assert run.replace("-", "") in second.err.replace("-", "")
    assert "is running" in second.err
    assert "backfill_runs cancel" in second.err
    assert first.wait().code == 1
    assert scratch.one("SELECT COUNT(*) FROM backfill_runs") == 1


def test_two_that_start_in_the_same_moment_are_one_run(scratch: Scratch):
    both = [scratch.start(*EXECUTE), scratch.start(*EXECUTE)]
    ended = [running.wait() for running in both]
    assert sorted(each.code for each in ended) == [1, 2]
    assert scratch.one("SELECT COUNT(*) FROM backfill_runs WHERE status = 'SUCCEEDED'") == 1
    assert scratch.one("SELECT COUNT(*) FROM backfill_table_locks") == 0
    [refused] = [each for each in ended if each.code == 2]
    assert "of payment_route_id" in refused.err or "payment_route_id has just started" in refused.err


def test_a_run_that_is_being_worked_on_is_not_resumed_by_another(scratch: Scratch):
    first = scratch.start(*EXECUTE, "--nice", "3")
    scratch.wait_until("SELECT COUNT(*) FROM backfill_runs WHERE status = 'RUNNING'")
    second = scratch.run(COMMAND, "--resume")
    assert second.code == 2
    assert "is being worked on by" in second.err
    assert first.wait().code == 1


def test_another_backfill_on_the_same_table_waits_its_turn(samples):
    waiting = ask_for_run(Request(backfill_named(NAME)), now=make.NOW)
    with pytest.raises(AnotherRunIsActive, match=f"run {waiting.pk} of payment_route_id .* holds the table payments"):
        ask_for_run(Request(backfill_named("test_prefixed")), now=make.NOW)


def test_when_a_run_has_ended_the_table_is_free_again(samples):
    unlinked(2)
    execute()
    assert execute("test_prefixed").counts["written"] == 2


@pytest.mark.parametrize("moment", ['UPDATE "backfill_runs" SET "progress"', 'UPDATE "payments"'])
def test_a_frozen_worker_that_wakes_up_writes_nothing(scratch: Scratch, twin: Scratch, moment):
    in_mid_batch = moment.endswith('"payments"')
    if in_mid_batch and not scratch.is_postgres:
        pytest.skip("needs PostgreSQL: SQLite has one writer, and a worker frozen in mid-batch is it")
    expected = twin.run(*EXECUTE)
    running = frozen(scratch, moment)
    stale = "SELECT 1 FROM backfill_runs WHERE heartbeat_at < now() - interval '2 seconds'"
    if not scratch.is_postgres:
        stale = "SELECT 1 FROM backfill_runs WHERE heartbeat_at < strftime('%Y-%m-%d %H:%M:%f', 'now', '-2 seconds')"
    scratch.wait_until(f"SELECT COUNT(*) FROM ({stale}) AS stale")

    other = scratch.run(COMMAND, "--resume", before=partial(count_as_dead_after, 1))
    assert other.code == expected.code == 1, other.err
    after_other = digest(scratch)
    running.send(signal.SIGCONT)
    woken = running.wait()

    assert digest(scratch) == after_other
    assert content(scratch) == content(twin)
    assert "run_fenced" in woken.err or "batch_failed" in woken.err


def test_while_another_worker_goes_on_an_earlier_one_is_fenced_out():
    payments = unlinked(4)
    run = ask_for_run(Request(backfill_named(NAME)), now=make.NOW)
    earlier = claim(run.pk, using="default", now=make.NOW)
    later = claim(run.pk, using="default", now=make.later(hours=1))
    assert (earlier.generation, later.generation, later.status) == (1, 2, "RUNNING")
    plan = Request(backfill_named(NAME)).plan(payments[-1].pk)
    with pytest.raises(Fenced):
        run_batch(Work(plan, run.pk, earlier.generation, reason="woken up"), 10, make.later(hours=1))
    assert [route_of(payment) for payment in payments] == [None] * 4
    assert run_batch(Work(plan, run.pk, later.generation, reason="goes on"), 10, make.later(hours=2)).written == 4
    later.refresh_from_db()
    assert later.heartbeat_at == make.later(hours=2), "each batch is a sign of life"


def count_as_dead_after(seconds: int) -> None:
    """A worker without a sign for so long counts as dead (the setting's default is half a minute)."""
    from django.conf import settings

    settings.BACKFILL_STALE_SECONDS = seconds


def test_a_cancelled_run_is_not_resumed():
    unlinked(2)
    run = ask_for_run(Request(backfill_named(NAME)), now=make.NOW)
    assert command("backfill_runs", "cancel", str(run.pk)).code == 0
    ended = command("backfill_runs", "resume", str(run.pk))
    assert ended.code == 2
    assert "there is nothing to resume" in ended.err
