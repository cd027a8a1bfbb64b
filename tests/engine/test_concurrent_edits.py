"""What others do while a run works survives, is told, and delays nobody for long."""

import signal
import time
from functools import partial

import pytest

from tests.engine.here import NAME
from tests.engine.test_two_at_once import freeze_at_statement, wait_until_stopped
from tests.processes import Scratch

COMMAND = f"backfill_{NAME}"
EXECUTE = (COMMAND, "--execute", "--json", "--batch-size", "100")

pytestmark = [pytest.mark.engine, pytest.mark.django_db]

CANDIDATES = "FROM payments p JOIN sales s ON s.id = p.sale_id WHERE p.route_id IS NULL AND s.route_id IS NOT NULL"


def disturbed(scratch: Scratch, words: str, edit: str):
    """Run with this edit made by another session just before the run's first statement that holds these words."""
    running = scratch.start(*EXECUTE, before=partial(freeze_at_statement, 1, words))
    wait_until_stopped(running.pid)
    scratch.ask(edit)
    running.send(signal.SIGCONT)
    return running.wait()


BETWEEN_BATCHES = 'UPDATE "backfill_runs" SET "progress"'
AFTER_THE_LOCK = 'INSERT INTO "backfill_changes"'


def last_payment(scratch: Scratch) -> str:
    return scratch.ask(f"SELECT CAST(p.id AS text), CAST(s.id AS text) {CANDIDATES} ORDER BY p.id DESC LIMIT 1")[0]


def test_a_route_that_somebody_set_meanwhile_is_left_and_told(scratch: Scratch):
    payment, _ = last_payment(scratch)
    other = scratch.one("SELECT CAST(MIN(CAST(id AS text)) AS text) FROM routes")
    ended = disturbed(scratch, BETWEEN_BATCHES, f"UPDATE payments SET route_id = '{other}' WHERE id = '{payment}'")
    assert ended.code == 1
    assert scratch.one(f"SELECT CAST(route_id AS text) FROM payments WHERE id = '{payment}'") == other
    assert ended.json["left"]["changed_meanwhile"] == 1
    assert ended.json["run_status"] == "SUCCEEDED"
    assert (
        scratch.one(f"SELECT COUNT(*) FROM historical_payments WHERE id = '{payment}' AND backfill_run IS NOT NULL")
        == 0
    )


def test_a_payment_that_was_deleted_meanwhile_is_told(scratch: Scratch):
    payment, _ = last_payment(scratch)
    ended = disturbed(scratch, BETWEEN_BATCHES, _delete(scratch, payment))
    assert ended.code == 1, ended.err
    assert ended.json["run_status"] == "SUCCEEDED"
    assert ended.json["left"]["changed_meanwhile"] == 1


def _delete(scratch: Scratch, payment: str) -> str:
    quiet = "SET session_replication_role = replica; " if scratch.is_postgres else ""
    return f"{quiet}DELETE FROM payments WHERE id = '{payment}'"


def test_a_sale_that_leaves_its_route_between_lock_and_plan_takes_no_payment_along(scratch: Scratch, postgres):
    first = scratch.ask(f"SELECT CAST(p.id AS text), CAST(s.id AS text) {CANDIDATES} ORDER BY p.id LIMIT 40")[-1]
    payment, sale = first
    ended = disturbed(scratch, AFTER_THE_LOCK, f"UPDATE sales SET route_id = NULL WHERE id = '{sale}'")
    assert ended.code == 1
    assert scratch.one(f"SELECT COUNT(*) FROM payments WHERE sale_id = '{sale}' AND route_id IS NOT NULL") == 0
    images = f"SELECT COUNT(*) FROM historical_payments WHERE sale_id = '{sale}' AND backfill_run IS NOT NULL"
    assert scratch.one(images) == 0, "a row that was not changed must not get an image that says so"
    assert ended.json["left"]["changed_meanwhile"] >= 1
    assert ended.json["run_status"] == "SUCCEEDED"
    assert scratch.run("check_books").code in {0, 1}


def test_a_sale_that_moves_between_lock_and_plan_takes_its_payments_along_or_leaves_them(scratch: Scratch, postgres):
    payment, sale = scratch.ask(f"SELECT CAST(p.id AS text), CAST(s.id AS text) {CANDIDATES} ORDER BY p.id LIMIT 40")[
        -1
    ]
    other = scratch.one("SELECT CAST(MAX(CAST(id AS text)) AS text) FROM routes")
    ended = disturbed(scratch, AFTER_THE_LOCK, f"UPDATE sales SET route_id = '{other}' WHERE id = '{sale}'")
    assert ended.json["run_status"] == "SUCCEEDED"
    wrong = f"SELECT COUNT(*) FROM payments WHERE sale_id = '{sale}' AND route_id IS NOT NULL AND route_id <> '{other}'"
    assert scratch.one(wrong) == 0


def impatient() -> None:
    """Wait a fifth of a second for locks instead of two, so that the test does not."""
    from operations.backfill import batch

    batch.limit_waits = partial(batch.limit_waits, lock_seconds=0.2)


def test_a_row_that_is_locked_for_a_moment_is_waited_for(scratch: Scratch, postgres):
    payment, _ = last_payment(scratch)
    with scratch.connect() as other:
        other.autocommit = False
        other.execute(f"SELECT 1 FROM payments WHERE id = '{payment}' FOR UPDATE")
        running = scratch.start(*EXECUTE, before=impatient)
        scratch.wait_until("SELECT COUNT(*) FROM pg_locks WHERE NOT granted")
        time.sleep(0.4)
        other.rollback()
    ended = running.wait()
    assert (ended.code, ended.json["run_status"]) == (1, "SUCCEEDED")
    assert "quarantined" not in ended.json["findings"]
    assert "batch_failed" in {event["event"] for event in ended.events}


def test_a_row_that_stays_locked_is_set_aside_not_lost_and_the_rest_written(scratch: Scratch, postgres):
    payment, _ = last_payment(scratch)
    would = int(scratch.run(COMMAND, "--json").json["message"].split()[1])
    with scratch.connect() as other:
        other.autocommit = False
        other.execute(f"SELECT 1 FROM payments WHERE id = '{payment}' FOR UPDATE")
        ended = scratch.run(*EXECUTE[:-2], "--batch-size", "16", before=impatient)
        other.rollback()
    assert (ended.code, ended.json["run_status"]) == (1, "SUCCEEDED")
    assert ended.json["payments_updated"] == would - 1
    assert scratch.one("SELECT row_id FROM backfill_findings WHERE kind = 'quarantined'") == payment
    assert scratch.run(*EXECUTE).json["payments_updated"] == 1


def record_payments_for(sales: list[str]) -> None:
    """Take money at the counter for each of these sales, as the office does all day."""
    from django.utils import timezone

    from billing.models import Sale
    from billing.services import record_payment

    for sale in Sale.objects.filter(pk__in=sales).select_related("customer"):
        record_payment(
            actor=None, customer=sale.customer, sale=sale, amount_cents=100, currency=sale.currency, channel="CASH",
            received_at=timezone.now(), now=timezone.now(),
        )  # fmt: skip


def test_people_record_payments_while_a_run_works(scratch: Scratch):
    alive = f"{CANDIDATES} AND s.status <> 'CANCELLED'"
    sales = [row[0] for row in scratch.ask(f"SELECT DISTINCT CAST(s.id AS text) {alive} LIMIT 40")]
    before = scratch.one("SELECT COUNT(*) FROM payments")
    running = scratch.start(*EXECUTE[:-2], "--batch-size", "20")
    office = scratch.start_function(record_payments_for, sales)
    assert office.wait().code == 0, office.err.read_text()[-2000:]
    ended = running.wait()
    assert (ended.code, ended.json["run_status"]) == (1, "SUCCEEDED")
    assert scratch.one("SELECT COUNT(*) FROM payments") == before + len(sales)
    assert "quarantined" not in ended.json["findings"]
