"""An undo that is killed at any instant, or paused, and resumed ends exactly as one that was never disturbed."""

import os
import random
import signal
import time
from functools import partial
from typing import Any

import pytest

from operations.backfill import backfill_named
from operations.backfill.request import Request
from operations.models import BackfillRun
from operations.services.backfills import ask_for_undo
from tests.engine.content import content
from tests.engine.here import NAME
from tests.engine.test_killed_runs import EXECUTE, die_at_statement
from tests.processes import Scratch

pytestmark = [pytest.mark.engine, pytest.mark.django_db]

WRITTEN = "SELECT CAST(row_id AS text) FROM backfill_changes ORDER BY row_id"
UNDO = "SELECT CAST(id AS text) FROM backfill_runs WHERE undoes_id IS NOT NULL"


def edit_some(scratch: Scratch) -> None:
    """What the office did since the run: other routes, other references, one link taken back by hand."""
    keys = [stored(scratch, key) for (key,) in scratch.ask(WRITTEN)]
    elsewhere = scratch.one("SELECT MAX(CAST(id AS text)) FROM routes")
    moved, noted = "', '".join(keys[3::100]), "', '".join(keys[5::50])
    scratch.ask(f"UPDATE payments SET route_id = '{elsewhere}' WHERE id IN ('{moved}')")
    scratch.ask(f"UPDATE payments SET reference = 'seen by the office' WHERE id IN ('{noted}')")
    scratch.ask(f"UPDATE payments SET route_id = NULL WHERE id = '{keys[17]}'")


def stored(scratch: Scratch, key: str) -> str:
    return key if scratch.is_postgres else key.replace("-", "")


@pytest.fixture
def both(scratch: Scratch, twin: Scratch) -> tuple[Scratch, Scratch]:
    """Two equal databases in which a run has ended, people have edited some of its rows, and its undo waits."""
    for each in (scratch, twin):
        assert each.run(*EXECUTE).code == 1
        edit_some(each)
        assert each.start_function(ask).wait().code == 0
    assert content(scratch) == content(twin)
    return scratch, twin


def ask() -> None:
    """Ask for an undo in small batches with long rests, so that there is time to disturb it; it waits for a worker."""
    from django.utils import timezone

    run = BackfillRun.objects.get()
    request = Request(backfill_named(NAME), reason="TICKET-8", batch_size=50, nice=10)
    ask_for_undo(run_id=run.pk, request=request, now=timezone.now())


def resume(scratch: Scratch, **options: Any) -> Any:
    return scratch.run("backfill_runs", "resume", scratch.one(UNDO), **options)


def undisturbed(twin: Scratch) -> dict:
    """What an undo comes to that nobody disturbs."""
    ended = resume(twin)
    assert ended.code == 1, ended.err  # the edited rows wait for a person
    counts = twin.json("SELECT counts FROM backfill_runs WHERE undoes_id IS NOT NULL")
    assert counts["verdicts"]["changed_since"] > 3
    assert counts["written"] > 700
    return content(twin)


# Just after a statement is just before the next one, except where a COMMIT lies between: at the end of a batch.
@pytest.mark.parametrize(("moment", "first"), [("before", 1), ("after", 18)])
def test_killed_at_every_statement_of_a_batch_it_ends_as_if_undisturbed(both, moment, first):
    scratch, twin = both
    expected = undisturbed(twin)

    number = first
    while resume(scratch, before=partial(die_at_statement, number, moment)).code == -signal.SIGKILL:
        number += 1

    assert number > 25  # one resumed batch has some 20 statements
    assert scratch.ask("SELECT status FROM backfill_runs ORDER BY created_at") == [("UNDONE",), ("SUCCEEDED",)]
    assert content(scratch) == expected


def test_killed_at_random_moments_it_ends_as_if_undisturbed(both):
    scratch, twin = both
    expected = undisturbed(twin)
    chance = random.Random(20260114)

    kills = 0
    for _ in range(10):
        running = scratch.start("backfill_runs", "resume", scratch.one(UNDO))
        time.sleep(chance.uniform(0.02, 0.15))
        kills += running.kill().code == -signal.SIGKILL
    assert kills >= 5
    if scratch.one("SELECT COUNT(*) FROM backfill_runs WHERE status = 'RUNNING'"):
        assert resume(scratch).code == 1
    assert content(scratch) == expected


def test_paused_in_the_middle_and_resumed_it_ends_as_if_undisturbed(both):
    scratch, twin = both
    expected = undisturbed(twin)

    running = scratch.start("backfill_runs", "resume", scratch.one(UNDO), before=partial(pause_at_batch, 4))
    paused = running.wait()
    assert paused.code == 1
    assert "Paused: stopped from the keyboard" in paused.out
    restored = (
        "SELECT COUNT(*) FROM backfill_changes c JOIN backfill_runs r ON r.id = c.run_id WHERE undoes_id IS NOT NULL"
    )
    assert 0 < scratch.one(restored) < 300
    assert scratch.ask("SELECT status FROM backfill_runs ORDER BY created_at") == [("SUCCEEDED",), ("PAUSED",)]

    assert resume(scratch).code == 1
    assert content(scratch) == expected


def pause_at_batch(number: int) -> None:
    """Set a trap: Ctrl-C is pressed in the middle of the n-th batch."""
    from django.db import connections

    seen = 0

    def trap(execute, sql, params, many, context):
        nonlocal seen
        if 'UPDATE "payments"' in sql:
            seen += 1
            if seen == number:
                os.kill(os.getpid(), signal.SIGINT)
        return execute(sql, params, many, context)

    connections["default"].execute_wrappers.append(trap)
