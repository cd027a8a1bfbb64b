"""One bad row stops nobody: it is set aside with the database's own words, and the rest is written."""

import pytest

from tests.engine.here import NAME
from tests.processes import Scratch

COMMAND = f"backfill_{NAME}"

pytestmark = [pytest.mark.engine, pytest.mark.django_db]


def refuse_updates_of(scratch: Scratch, where: str) -> None:
    """Let the database refuse to change these payments."""
    if scratch.is_postgres:
        scratch.ask(
            "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'too old to touch'; END $$"
        )
        scratch.ask(
            f"CREATE TRIGGER refuse BEFORE UPDATE ON payments FOR EACH ROW WHEN ({where}) EXECUTE FUNCTION refuse()"
        )
    else:
        scratch.ask(
            f"CREATE TRIGGER refuse BEFORE UPDATE ON payments WHEN {where} BEGIN SELECT RAISE(ABORT, 'too old to touch'); END"
        )


def to_be_linked(scratch: Scratch) -> str:
    """The id of one payment that the backfill will write, from the middle."""
    linked = scratch.run(COMMAND, "--json", "--limit", "1").json["samples"]
    return linked[len(linked) // 2]["row_id"]


def stored(scratch: Scratch, key: str) -> str:
    return key if scratch.is_postgres else key.replace("-", "")


@pytest.mark.parametrize("payments", [1000, 20_000])
def test_one_refused_row_among_many_is_set_aside_and_the_rest_written(books_of, payments):
    with books_of(payments).copy() as scratch:
        would = int(scratch.run(COMMAND, "--json").json["message"].split()[1])
        bad = to_be_linked(scratch)
        refuse_updates_of(scratch, f"OLD.id = '{stored(scratch, bad)}'")
        ended = scratch.run(COMMAND, "--execute", "--json")
        [(row_id, detail)] = scratch.ask("SELECT row_id, detail FROM backfill_findings WHERE kind = 'quarantined'")
        images = scratch.one(
            f"SELECT COUNT(*) FROM historical_payments WHERE id = '{stored(scratch, bad)}' AND backfill_run IS NOT NULL"
        )
        keys = scratch.json("SELECT counts FROM backfill_runs")["keys"]

    assert ended.code == 1
    assert (ended.json["run_status"], ended.json["payments_updated"]) == ("SUCCEEDED", would - 1)
    assert row_id == bad
    assert "too old to touch" in str(detail)
    assert images == 0
    assert keys == payments
    assert ended.json["payments_still_missing"] == 1 + ended.json["payments_unclear"]
    assert "row_quarantined" in {event["event"] for event in ended.events}


def test_when_the_cause_is_gone_the_next_run_writes_the_row(scratch: Scratch):
    bad = to_be_linked(scratch)
    refuse_updates_of(scratch, f"OLD.id = '{stored(scratch, bad)}'")
    scratch.run(COMMAND, "--execute")
    scratch.ask("DROP TRIGGER refuse ON payments" if scratch.is_postgres else "DROP TRIGGER refuse")
    again = scratch.run(COMMAND, "--execute", "--json").json
    assert (again["payments_updated"], again["run_status"]) == (1, "SUCCEEDED")


def test_when_every_row_is_refused_the_run_fails_and_goes_on_when_the_cause_is_gone(scratch: Scratch):
    refuse_updates_of(scratch, "OLD.amount_cents > 0")
    failed = scratch.run(COMMAND, "--execute", "--json")
    assert failed.code == 2
    assert failed.json["run_status"] == "FAILED"
    assert "too old to touch" in failed.json["errors"][0]
    assert scratch.one("SELECT COUNT(*) FROM backfill_findings WHERE kind = 'quarantined'") == 50
    assert scratch.one("SELECT COUNT(*) FROM backfill_changes") == 0
    scratch.ask("DROP TRIGGER refuse ON payments" if scratch.is_postgres else "DROP TRIGGER refuse")
    assert scratch.run("backfill_runs", "resume", failed.json["run_id"], "--json").json["run_status"] == "SUCCEEDED"
