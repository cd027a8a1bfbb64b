"""A deadlock with somebody else costs a run one try and nothing more: both do their work, each row once."""

import time
from threading import Thread

import pytest

from tests.engine.here import NAME
from tests.processes import Scratch

COMMAND = (f"backfill_{NAME}", "--execute", "--json", "--batch-size", "1000")
TO_BE_LINKED = """
    SELECT CAST(p.id AS text), CAST(s.route_id AS text) FROM payments p JOIN sales s ON s.id = p.sale_id
    WHERE p.route_id IS NULL AND s.route_id IS NOT NULL ORDER BY p.id
"""
WAITING = "SELECT COUNT(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"

pytestmark = [pytest.mark.engine, pytest.mark.django_db]


def patient() -> None:
    """Wait ten seconds for locks instead of two: a busy machine may take two to see the deadlock."""
    from functools import partial

    from operations.backfill import batch

    batch.limit_waits = partial(batch.limit_waits, lock_seconds=10)


def note(payment: str) -> str:
    return f"UPDATE payments SET reference = 'the office' WHERE id = '{payment}'"


@pytest.mark.parametrize("where", ["at a row of the batch", "at its commit"])
def test_a_deadlock_is_tried_again_and_loses_nobody_s_work(scratch: Scratch, postgres, where):
    """The office holds what the run comes to last, then wants what the run has: the run, which waits longer, gives way."""
    preview = scratch.run(COMMAND[0], "--json").json
    would = int(preview["message"].split()[1])
    linked = [row["row_id"] for row in preview["samples"]]
    rows = scratch.ask(TO_BE_LINKED)
    first, (last, _) = linked[0], rows[-1]
    route = dict(rows)[first]
    held = note(last) if where == "at a row of the batch" else f"SELECT 1 FROM routes WHERE id = '{route}' FOR UPDATE"

    office = scratch.connect()
    office.autocommit = False
    office.execute("SET LOCAL deadlock_timeout = '30s'")
    office.execute(held)
    running = scratch.start(*COMMAND, before=patient)
    scratch.wait_until(WAITING)
    second = Thread(target=office.execute, args=(note(first),))
    second.start()
    second.join(30)
    assert not second.is_alive(), "the run did not give way"
    time.sleep(0.3)  # the run tries again meanwhile, and waits
    office.commit()
    office.close()
    ended = running.wait()

    assert (ended.code, ended.json["run_status"]) == (1, "SUCCEEDED")
    failures = [event["error"] for event in ended.events if event["event"] == "batch_failed"]
    assert "deadlock detected" in failures[0]
    assert "quarantined" not in ended.json["findings"]
    assert scratch.one(f"SELECT reference FROM payments WHERE id = '{first}'") == "the office"
    assert scratch.one(f"SELECT CAST(route_id AS text) FROM payments WHERE id = '{first}'") == route
    assert ended.json["payments_updated"] == would
    assert scratch.ask("SELECT COUNT(DISTINCT row_id), COUNT(*) FROM backfill_changes") == [(would, would)]
    images = "FROM historical_payments WHERE history_type = '~' AND backfill_run IS NOT NULL"
    assert scratch.ask(f"SELECT COUNT(DISTINCT id), COUNT(*) {images}") == [(would, would)]
    assert scratch.one(f"SELECT COUNT(*) {images} AND id = '{first}' AND reference = 'the office'") == 1
