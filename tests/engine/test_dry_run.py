"""A dry run is the default, shows what an execution would do, and cannot write."""

import pytest
from django.db import DatabaseError, connection

from operations.backfill import backfill_named
from operations.backfill.preview import read_preview
from operations.backfill.request import Request
from operations.backfill.sql import read_only
from tests import make
from tests.engine.content import ENGINE_TABLES, digest
from tests.engine.here import NAME, command, execute, unlinked
from tests.processes import Scratch

COMMAND = f"backfill_{NAME}"

pytestmark = [pytest.mark.engine, pytest.mark.django_db]


def preview_in_a_read_only_view() -> None:
    """Print whether the view has been given a transaction id after the whole preview was read in it."""
    with read_only("default"), connection.cursor() as cursor:
        read_preview(Request(backfill_named(NAME)).plan(), now=make.NOW)
        cursor.execute("SELECT pg_current_xact_id_if_assigned() IS NULL")
        print(cursor.fetchone()[0])


def write_in_a_read_only_view(statement: str) -> None:
    try:
        with read_only("default"), connection.cursor() as cursor:
            cursor.execute(statement)
    except DatabaseError as error:
        print(f"refused: {error}")


@pytest.mark.parametrize(
    "options", [(), ("--dry-run",), ("--json",), ("--limit", "5"), ("--tenant", "grand-wholesale")]
)
def test_command_safe_by_default(scratch: Scratch, options):
    before = digest(scratch)
    ended = scratch.run(COMMAND, *options)
    assert ended.code == 1, ended.err  # unclear rows wait for a person
    assert digest(scratch) == before


def test_a_recorded_preview_changes_the_engine_s_own_two_tables_alone(scratch: Scratch):
    before = digest(scratch)
    ended = scratch.run(COMMAND, "--record", "--json", "--reason", "TICKET-7")
    after = digest(scratch)
    assert {table for table in after if after[table] != before[table]} == ENGINE_TABLES
    assert scratch.one("SELECT COUNT(*) FROM backfill_runs WHERE is_dry_run") == 1
    assert scratch.one("SELECT COUNT(*) FROM backfill_findings WHERE needs_decision") == ended.json["payments_unclear"]


def test_the_reading_uses_no_transaction_id(scratch: Scratch, postgres):
    assert scratch.start_function(preview_in_a_read_only_view).wait().out.strip() == "True"


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE payments SET reference = 'x'",
        "DELETE FROM backfill_findings",
        "DELETE FROM backfill_table_locks",
        "CREATE TABLE x (y integer)",
    ],
)
def test_the_database_itself_refuses_writes_in_the_view(scratch: Scratch, statement):
    said = scratch.start_function(write_in_a_read_only_view, statement).wait()
    assert said.out.startswith("refused"), said.err
    assert "read-only transaction" in said.out or "readonly database" in said.out


@pytest.mark.parametrize("payments", [1000, 20_000])
def test_an_execution_does_what_the_dry_run_said_and_a_second_one_has_nothing_to_do(books_of, payments):
    with books_of(payments).copy() as scratch:
        preview = scratch.run(COMMAND, "--json").json
        done = scratch.run(COMMAND, "--execute", "--json").json
        again = scratch.run(COMMAND, "--execute", "--json").json
        images = scratch.one("SELECT COUNT(*) FROM historical_payments")
        routed = scratch.one("SELECT COUNT(*) FROM payments WHERE route_id IS NOT NULL")

    written = int(preview["message"].split()[1])
    assert done["message"] == f"Updated {written} payments"
    assert done["payments_updated"] == written > payments // 2
    for key in ("payments_found", "payments_needing_backfill", "payments_unclear", "mismatches_found", "mismatches"):
        assert done[key] == preview[key]
    assert done["left"] == preview["left"]
    assert done["findings"] == {kind: rows for kind, rows in (preview["findings"] | preview["left"]).items() if rows}
    assert preview["payments_still_missing"] == written + done["payments_still_missing"]
    assert (again["payments_updated"], again["message"]) == (0, "Updated 0 payments")
    assert images >= written
    assert routed >= written


def test_without_a_row_everything_is_nought():
    preview = command(COMMAND, "--json")
    done = command(COMMAND, "--execute", "--json")
    assert (preview.code, done.code) == (0, 0)
    assert preview.json["message"] == "Preview 0 payments"
    assert (done.json["message"], done.json["run_status"]) == ("Updated 0 payments", "SUCCEEDED")


def test_a_row_made_after_the_run_began_is_not_its_duty():
    unlinked(2)
    run = execute(limit=1)
    assert run.counts["written"] == 1
    unlinked(1)
    assert run.upper_bound < max(str(payment.pk) for payment in unlinked(1))


def test_the_preview_shows_values_before_and_after():
    [payment] = unlinked()
    [sample] = command(COMMAND, "--json").json["samples"]
    assert sample["row_id"] == str(payment.pk)
    assert sample["before"] == {"route_id": None}
    assert sample["after"] == {"route_id": str(payment.sale.route_id)}


def test_verify_looks_at_one_tenant_when_asked():
    [behind] = unlinked()
    assert command("backfill_runs", "verify", COMMAND, "--tenant", behind.tenant.slug).code == 1
    assert command("backfill_runs", "verify", COMMAND, "--tenant", make.tenant("done").slug).code == 0


def test_of_one_row_people_read_the_singular_and_scripts_the_fixed_words():
    unlinked(1)
    assert "\nPreview 1 payment in " in command(COMMAND).out
    assert "\nUpdated 1 payment in " in command(COMMAND, "--execute").out
    unlinked(1)
    assert command(COMMAND, "--execute", "--json").json["message"] == "Updated 1 payments"
