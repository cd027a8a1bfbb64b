"""Rows behind the cursor that become candidates while a run works: it walks again and comes to them, and counts nobody twice."""

import signal
from functools import partial

import pytest

from tests.engine.here import NAME
from tests.engine.test_concurrent_edits import BETWEEN_BATCHES, CANDIDATES, EXECUTE
from tests.engine.test_two_at_once import freeze_at_statement, wait_until_stopped
from tests.processes import Ended, Scratch

pytestmark = [pytest.mark.engine, pytest.mark.django_db]

COMMAND = f"backfill_{NAME}"


def first_payment(scratch: Scratch) -> list[str]:
    """The first payment that the run will write, its sale and its route."""
    [sample] = scratch.run(COMMAND, "--json").json["samples"][:1]
    key = sample["row_id"] if scratch.is_postgres else sample["row_id"].replace("-", "")
    row = f"SELECT CAST(p.id AS text), CAST(s.id AS text), CAST(s.route_id AS text) {CANDIDATES} AND p.id = '{key}'"
    return scratch.ask(row)[0]


def disturbed_after_first_batches(scratch: Scratch, edit: str) -> Ended:
    """A run in whose pause between its third and its fourth batch somebody does this."""
    running = scratch.start(*EXECUTE, before=partial(freeze_at_statement, 3, BETWEEN_BATCHES))
    wait_until_stopped(running.pid)
    scratch.ask(edit)
    running.send(signal.SIGCONT)
    return running.wait()


def counts(scratch: Scratch) -> dict:
    return scratch.json("SELECT counts FROM backfill_runs")


def test_payments_whose_sale_comes_on_a_route_meanwhile_are_linked_too(scratch: Scratch):
    payment, sale, route = first_payment(scratch)
    whole = scratch.run(COMMAND, "--json").json
    scratch.ask(f"UPDATE sales SET route_id = NULL WHERE id = '{sale}'")
    less = scratch.run(COMMAND, "--json").json
    would, fewer = (int(answer["message"].split()[1]) for answer in (whole, less))
    assert fewer < would

    ended = disturbed_after_first_batches(scratch, f"UPDATE sales SET route_id = '{route}' WHERE id = '{sale}'")

    assert (ended.code, ended.json["run_status"]) == (1, "SUCCEEDED")
    assert scratch.one(f"SELECT CAST(route_id AS text) FROM payments WHERE id = '{payment}'") == route
    assert ended.json["payments_updated"] == would
    assert ended.json["left"] == whole["left"], "what the second walk leaves was counted by the first"
    assert (counts(scratch)["walk"], counts(scratch)["keys"]) == (2, scratch.one("SELECT COUNT(*) FROM payments"))
    assert scratch.ask("SELECT COUNT(DISTINCT row_id), COUNT(*) FROM backfill_changes") == [(would, would)]


def test_an_undisturbed_run_walks_once(scratch: Scratch):
    scratch.run(*EXECUTE)
    assert counts(scratch).get("walk", 1) == 1


def test_a_link_that_somebody_takes_back_meanwhile_stays_taken_back_and_waits_for_a_person(scratch: Scratch):
    payment, _, _ = first_payment(scratch)
    ended = disturbed_after_first_batches(scratch, f"UPDATE payments SET route_id = NULL WHERE id = '{payment}'")
    assert (ended.code, ended.json["run_status"]) == (1, "SUCCEEDED")
    assert scratch.one(f"SELECT route_id FROM payments WHERE id = '{payment}'") is None
    [(row_id, detail)] = scratch.ask("SELECT row_id, detail FROM backfill_findings WHERE kind = 'quarantined'")
    assert row_id.replace("-", "") == payment.replace("-", "")
    assert "somebody has taken that back" in str(detail)
    changes = scratch.ask("SELECT COUNT(DISTINCT row_id), COUNT(*) FROM backfill_changes")[0]
    assert changes == (ended.json["payments_updated"],) * 2
