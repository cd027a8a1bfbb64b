"""A run ends after its current batch when it is told to: from the keyboard, by a signal, or from another process."""

import os
import signal
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from functools import partial

import pytest
from django.db import connections

from tests.engine.content import content
from tests.engine.here import NAME
from tests.processes import ROOT, Scratch

COMMAND = f"backfill_{NAME}"
SLOWLY = (COMMAND, "--execute", "--no-input", "--batch-size", "100", "--nice", "4")

pytestmark = [pytest.mark.engine, pytest.mark.django_db]

SOME_WRITTEN = "SELECT COUNT(*) FROM backfill_runs WHERE cursor <> ''"


def begun(scratch: Scratch, *options: str):
    """A run that has done a batch and rests."""
    running = scratch.start(*SLOWLY, *options)
    scratch.wait_until(SOME_WRITTEN)
    run = scratch.one("SELECT CAST(id AS text) FROM backfill_runs")
    return running, run


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_ctrl_c_and_sigterm_pause_after_the_current_batch(scratch: Scratch, twin: Scratch, number):
    running, _ = begun(scratch)
    running.send(number)
    ended = running.wait()
    assert ended.code == 1
    assert "Paused: stopped from the keyboard" in ended.out
    assert "backfill_runs resume" in ended.out
    assert scratch.one("SELECT status FROM backfill_runs") == "PAUSED"
    written = scratch.one("SELECT COUNT(*) FROM backfill_changes")
    assert 0 < written < 800
    images = "SELECT COUNT(*) FROM historical_payments WHERE history_type = '~' AND backfill_run IS NOT NULL"
    assert scratch.one(images) == written

    assert scratch.run(COMMAND, "--resume").code == 1
    twin.run(*SLOWLY[:-2])
    assert content(scratch) == content(twin)


def test_a_second_ctrl_c_ends_it_at_once(scratch: Scratch):
    ended = scratch.run(*SLOWLY, before=partial(press_ctrl_c, 2))
    assert ended.code == 1
    assert "in mid-batch" in ended.out
    assert scratch.one("SELECT status FROM backfill_runs") == "PAUSED"
    assert scratch.one("SELECT COUNT(*) FROM backfill_changes") == 0
    assert scratch.run(COMMAND, "--resume").code == 1
    assert scratch.one("SELECT status FROM backfill_runs") == "SUCCEEDED"


def test_the_first_ctrl_c_lets_the_batch_under_way_come_to_its_end(scratch: Scratch):
    assert scratch.run(*SLOWLY, before=partial(press_ctrl_c, 1)).code == 1
    assert scratch.one("SELECT COUNT(*) FROM backfill_changes") > 0
    assert "'batches': 1" in str(scratch.json("SELECT counts FROM backfill_runs"))


def press_ctrl_c(times: int) -> None:
    """Set a trap: Ctrl-C is pressed so many times in the middle of the first batch."""
    pressed = False

    def trap(execute, sql, params, many, context):
        nonlocal pressed
        if 'UPDATE "payments"' in sql and not pressed:
            pressed = True
            for _ in range(times):
                signal.raise_signal(signal.SIGINT)
        return execute(sql, params, many, context)

    connections["default"].execute_wrappers.append(trap)


def test_pause_resume_and_cancel_from_another_process(scratch: Scratch):
    running, run = begun(scratch)
    paused = scratch.run("backfill_runs", "pause", run, "--json")
    assert (paused.code, paused.json["run_status"]) == (0, "PAUSED")
    assert running.wait().code == 1
    at_pause = scratch.one("SELECT COUNT(*) FROM backfill_changes")

    going_on = scratch.start("backfill_runs", "resume", run)
    scratch.wait_until(f"SELECT COUNT(*) > {at_pause} FROM backfill_changes")
    cancelled = scratch.run("backfill_runs", "cancel", run, "--json")
    assert (cancelled.code, cancelled.json["run_status"]) == (0, "CANCELLED")
    assert going_on.wait().code == 1
    assert scratch.one("SELECT COUNT(*) FROM backfill_table_locks") == 0
    written = scratch.one("SELECT COUNT(*) FROM backfill_changes")

    assert scratch.run("backfill_runs", "undo", run).code == 0
    undo = "(SELECT id FROM backfill_runs WHERE undoes_id IS NOT NULL)"
    assert scratch.one(f"SELECT COUNT(*) FROM backfill_changes WHERE run_id = {undo}") == written
    assert scratch.run("backfill_runs", "cancel", run).code == 2


def test_what_a_stopped_run_has_not_come_to_is_still_missing(scratch: Scratch):
    running, run = begun(scratch)
    running.send(signal.SIGINT)
    running.wait()
    said = scratch.run("backfill_runs", "show", run, "--json").json
    settled = sum(number for name, number in said["left"].items() if name != "route_unclear")
    assert said["payments_needing_backfill"] == said["payments_updated"] + said["payments_still_missing"] + settled


def test_outside_its_window_a_real_process_pauses_and_says_so(scratch: Scratch):
    now = datetime.now(UTC)
    window = f"{now + timedelta(hours=2):%H:%M}-{now + timedelta(hours=3):%H:%M}"
    ended = scratch.run(COMMAND, "--execute", "--window", window)
    assert ended.code == 1
    assert f"Paused: outside its time window {window} UTC" in ended.out
    assert scratch.one("SELECT COUNT(*) FROM backfill_changes") == 0


def test_on_sqlite_others_can_write_between_two_batches(scratch: Scratch):
    if scratch.is_postgres:
        pytest.skip("needs SQLite: PostgreSQL has many writers")
    running = scratch.start(COMMAND, "--execute", "--batch-size", "100")
    scratch.wait_until(SOME_WRITTEN)
    for number in range(5):
        scratch.ask(f"UPDATE customers SET phone = '{number}'")
    assert running.process.exitcode is None
    assert running.wait().code == 1
    assert scratch.one("SELECT MIN(phone) FROM customers") == "4"


def test_the_plain_command_line_does_the_same(scratch: Scratch):
    ended = subprocess.run(
        [sys.executable, "manage.py", COMMAND, "--execute", "--json"],
        cwd=ROOT, env={**os.environ, "DATABASE_URL": scratch.url}, capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert ended.returncode == 1, ended.stderr
    assert scratch.one("SELECT COUNT(*) FROM backfill_changes") == int(ended.stdout.partition("Updated ")[2].split()[0])
