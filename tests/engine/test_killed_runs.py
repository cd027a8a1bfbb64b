"""A run that is killed at any instant and resumed ends exactly as one that was never disturbed."""

import os
import random
import signal
import time
from functools import partial

import pytest
from django.db import connections

from tests.engine.content import content
from tests.processes import Scratch

pytestmark = [pytest.mark.engine, pytest.mark.django_db]

EXECUTE = ("backfill_payment_route_id", "--execute", "--no-input", "--reason", "TICKET-7")
RESUME = ("backfill_payment_route_id", "--resume", "--no-input")


def die_at_statement(number: int, moment: str) -> None:
    """Set a trap: end this process with SIGKILL just before, or just after, its n-th SQL statement."""
    count = 0

    def trap(execute, sql, params, many, context):
        nonlocal count
        count += 1
        if count == number and moment == "before":
            os.kill(os.getpid(), signal.SIGKILL)
        result = execute(sql, params, many, context)
        if count == number:
            os.kill(os.getpid(), signal.SIGKILL)
        return result

    connections["default"].execute_wrappers.append(trap)


def undisturbed(twin: Scratch, *options: str) -> dict:
    ended = twin.run(*EXECUTE, *options)
    assert ended.code == 1, ended.err
    return content(twin)


def begin_and_die(scratch: Scratch, *options: str) -> None:
    """Record a run, and be gone before its first batch."""
    died = scratch.run(*EXECUTE, *options, before=partial(die_when, 'INSERT INTO "backfill_table_locks"'))
    assert died.code == -signal.SIGKILL, died.err


def die_when(words: str) -> None:
    """Set a trap: end this process just before the second statement after one that holds these words."""
    seen = 0

    def trap(execute, sql, params, many, context):
        nonlocal seen
        seen += bool(seen) or words in sql
        if seen == 3:
            os.kill(os.getpid(), signal.SIGKILL)
        return execute(sql, params, many, context)

    connections["default"].execute_wrappers.append(trap)


# Just after a statement is just before the next one, except where a COMMIT lies between: at the end of a batch.
@pytest.mark.parametrize(("moment", "first"), [("before", 1), ("after", 20)])
def test_killed_at_every_statement_of_a_batch_it_ends_as_if_undisturbed(scratch, twin, moment, first):
    expected = undisturbed(twin, "--batch-size", "50")
    begin_and_die(scratch, "--batch-size", "50")

    number = first
    while scratch.run(*RESUME, before=partial(die_at_statement, number, moment)).code == -signal.SIGKILL:
        number += 1

    assert number > 30  # one resumed batch has some 25 statements
    assert scratch.one("SELECT status FROM backfill_runs") == "SUCCEEDED"
    assert content(scratch) == expected


def test_killed_at_random_moments_it_ends_as_if_undisturbed(scratch, twin):
    expected = undisturbed(twin, "--batch-size", "20")
    chance = random.Random(20260113)
    running = scratch.start(*EXECUTE, "--batch-size", "20", "--nice", "5")
    scratch.wait_until("SELECT COUNT(*) FROM backfill_runs WHERE status = 'RUNNING'")

    kills = 0
    while True:
        time.sleep(chance.uniform(0.02, 0.4))
        ended = running.kill()
        if ended.code != -signal.SIGKILL:
            break
        kills += 1
        running = scratch.start(*RESUME)
        if kills >= 18:
            ended = running.wait()
            break

    assert ended.code == 1, ended.err
    assert kills >= 15
    assert content(scratch) == expected
