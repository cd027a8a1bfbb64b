"""What a batch holds while it works: the rows that it is about to write and its own run, and nothing that others need."""

import signal
from functools import partial

import pytest

from tests.engine.test_concurrent_edits import AFTER_THE_LOCK, CANDIDATES, EXECUTE
from tests.engine.test_two_at_once import freeze_at_statement, wait_until_stopped
from tests.processes import Scratch

pytestmark = [pytest.mark.engine, pytest.mark.django_db, pytest.mark.usefixtures("postgres")]


def is_held(scratch: Scratch, rows: str, strength: str) -> bool:
    """Whether somebody holds one of these rows so that it cannot be locked this strongly."""
    from psycopg.errors import LockNotAvailable

    try:
        scratch.ask(f"SELECT 1 FROM {rows} FOR {strength} NOWAIT")
    except LockNotAvailable:
        return True
    return False


def test_while_a_batch_works_its_own_rows_wait_and_all_others_do_not(scratch: Scratch):
    keys = [key for (key,) in scratch.ask(f"SELECT CAST(p.id AS text) {CANDIDATES} ORDER BY p.id")]
    first, last = (f"payments WHERE id = '{key}'" for key in (keys[0], keys[-1]))
    running = scratch.start(*EXECUTE, before=partial(freeze_at_statement, 1, AFTER_THE_LOCK))
    wait_until_stopped(running.pid)

    assert is_held(scratch, first, "NO KEY UPDATE"), "an edit between plan and write would be lost"
    assert not is_held(scratch, first, "KEY SHARE"), "allocations that refer to the row need not wait"
    assert not is_held(scratch, last, "UPDATE"), "rows of later windows need not wait"
    assert is_held(scratch, "backfill_runs", "NO KEY UPDATE"), "a pause would be overtaken"

    running.send(signal.SIGCONT)
    assert running.wait().json["run_status"] == "SUCCEEDED"


def test_while_a_batch_works_the_rows_that_it_only_reads_do_not_wait(scratch: Scratch):
    running = scratch.start(*EXECUTE, before=partial(freeze_at_statement, 1, AFTER_THE_LOCK))
    wait_until_stopped(running.pid)
    held = [table for table in ("sales", "routes", "customers") if is_held(scratch, table, "UPDATE")]
    running.send(signal.SIGCONT)
    assert running.wait().json["run_status"] == "SUCCEEDED"
    assert held == []


def test_no_statement_of_a_batch_waits_or_runs_for_long(scratch: Scratch):
    running = scratch.start(*EXECUTE, before=show_limits)
    said = running.wait().err
    assert "limits: 2s 15s 30s" in said


def show_limits() -> None:
    """Say in the first batch what PostgreSQL lets its statements do."""
    import sys

    from django.db import connection, connections

    told = False

    def trap(execute, sql, params, many, context):
        nonlocal told
        if AFTER_THE_LOCK in sql and not told:
            told = True
            names = ("lock_timeout", "statement_timeout", "idle_in_transaction_session_timeout")
            with connection.connection.cursor() as cursor:
                limits = [cursor.execute(f"SHOW {name}").fetchone()[0] for name in names]
            print("limits:", *limits, file=sys.stderr)
        return execute(sql, params, many, context)

    connections["default"].execute_wrappers.append(trap)
