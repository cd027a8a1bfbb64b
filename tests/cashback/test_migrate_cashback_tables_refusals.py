"""What stands in the way of `migrate_cashback_tables` is named with its cure, and nothing is changed by accident."""

import re
import sqlite3
from contextlib import closing

import pytest

from tests.cashback.instances import SIX, Instances, all_of, drop, of_sqlite, supporting, tables_of
from tests.processes import Scratch

pytestmark = [pytest.mark.cashback, pytest.mark.django_db]


def refused(instances: Instances, *arguments: str) -> str:
    """Run it, see it refuse with exit code 2, and give what it said."""
    ended = instances.run("migrate_cashback_tables", *arguments)
    assert ended.code == 2, ended.out
    assert "Traceback" not in ended.out + ended.err
    return ended.out + ended.err


def test_an_unknown_name(instances: Instances, prod: Scratch):
    said = refused(instances, "produkt")
    assert "There is no instance 'produkt'. Known: prod, all." in said
    assert "INSTANCE_DATABASE_URLS" in said


def test_no_instances_at_all(instances: Instances):
    assert "Known: none. Name instances with their addresses in INSTANCE_DATABASE_URLS." in refused(instances, "all")


@pytest.mark.parametrize("option", ["--dry-run", "--no-input"])
def test_a_missing_folder_is_not_made(instances: Instances, option: str):
    instances.name("lost", f"sqlite:///{instances.folder}/nowhere/lost.sqlite3")
    assert f"there is no folder {instances.folder}/nowhere. Correct its address" in refused(instances, "lost", option)
    assert list(instances.folder.iterdir()) == []


@pytest.mark.parametrize("option", ["--dry-run", "--no-input"])
def test_a_missing_file_is_not_made(instances: Instances, option: str):
    instances.name("lost", f"sqlite:///{instances.folder}/lost.sqlite3")
    assert f"there is no file {instances.folder}/lost.sqlite3. Correct its address" in refused(
        instances, "lost", option
    )
    assert list(instances.folder.iterdir()) == []


def test_a_folder_in_place_of_the_file(instances: Instances):
    instances.name("folder", f"sqlite:///{instances.folder}")
    assert "is a folder, not a file" in refused(instances, "folder")


def test_a_file_that_is_no_database(instances: Instances):
    file = instances.folder / "letter.sqlite3"
    file.write_text("Dear borrower, " * 200)
    instances.name("letter", f"sqlite:///{file}")
    assert "this is no sound SQLite database (file is not a database)" in refused(instances, "letter")


def test_a_server_that_does_not_answer_stops_none_of_the_others(instances: Instances, migrated: Scratch):
    instances.name("far", "postgres://lender:secret@127.0.0.1:1/books")
    said = refused(instances, "all")
    assert "✗ far: Instance 'far': its server does not answer" in said
    assert "See that it runs, and that the address in INSTANCE_DATABASE_URLS names its database and user." in said
    assert "Migration completed for prod" in said
    assert "Instances migrated: 1/2" in said


def test_a_file_that_is_read_only(instances: Instances):
    file = of_sqlite(instances, "sealed")
    file.chmod(0o444)
    before = file.read_bytes()
    said = refused(instances, "sealed")
    assert (
        f"the file {file} is read-only. Nothing was changed. Let the user who runs this write it (chmod u+w {file})"
        in said
    )
    assert (file.read_bytes(), list(instances.folder.iterdir())) == (before, [file])


def test_a_folder_that_is_read_only(instances: Instances):
    folder = of_sqlite(instances, "sealed", "sealed").parent
    folder.chmod(0o555)
    assert f"the folder {folder} is read-only" in refused(instances, "sealed")
    folder.chmod(0o755)


def test_a_database_that_somebody_is_writing_to(instances: Instances, prod: Scratch):
    """The old guide: stop the application, run the migration, restart the application."""
    dev = instances.add("dev")
    before = tables_of(prod)
    with closing(prod.connect()) as application:
        application.execute("BEGIN IMMEDIATE" if not prod.is_postgres else "BEGIN")
        application.execute("LOCK TABLE loan" if prod.is_postgres else "UPDATE loan SET loan_name = loan_name")
        said = refused(instances, "all", "--lock-timeout", "0.5", "--no-backup")
        application.execute("ROLLBACK")
    assert "✗ prod: Instance 'prod': the database is locked: somebody else is writing to it (waited 0.5 s)" in said
    assert "Stop the application, run this again, and start it again" in said
    assert tables_of(prod) == before
    assert set(SIX) <= tables_of(dev)


def test_an_instance_that_is_not_at_the_lending_migration(instances: Instances):
    """It names what is missing, of other apps too, and how to get there."""
    file = instances.folder / "empty.sqlite3"
    with closing(sqlite3.connect(file)) as made:
        made.execute("CREATE TABLE visits (day text)")
    instances.name("empty", f"sqlite:///{file}")
    said = refused(instances, "empty")
    assert "is not at the lending migration (cashback.0001_lending) of this version: it lacks" in said
    assert "accounts.0001_initial and " in said
    assert "manage.py migrate --database empty cashback 0001_lending; then run this again." in said


def test_an_instance_that_lacks_a_migration_of_another_app(instances: Instances, prod: Scratch):
    newest = prod.one("SELECT MAX(name) FROM django_migrations WHERE app = 'knox'")
    prod.ask(f"DELETE FROM django_migrations WHERE app = 'knox' AND name = '{newest}'")
    said = refused(instances, "prod")
    assert f"it lacks 1 migration: knox.{newest}." in said
    assert "First: manage.py migrate --database prod knox; then run this again." in said
    assert not set(SIX) & tables_of(prod)


def test_an_instance_of_a_newer_version(instances: Instances, migrated: Scratch):
    migrated.ask(
        "INSERT INTO django_migrations (app, name, applied) VALUES ('cashback', '0999_tomorrow', '2026-01-01')"
    )
    assert "is of a newer version: it has cashback.0999_tomorrow, which this code does not know" in refused(
        instances, "prod"
    )


def test_a_table_of_the_old_system_without_a_later_column(instances: Instances, prod: Scratch):
    """`user_notes` came days after the old script had made its tables."""
    prod.ask("CREATE TABLE cashback_transaction (id integer PRIMARY KEY, points numeric(15, 2), notes text)")
    prod.ask("INSERT INTO cashback_transaction (id, points) VALUES (1, 1.5)")
    before = all_of(prod)
    said = refused(instances, "prod")
    assert (
        "a table differs from the one of this version. Nothing was changed.\n  cashback_transaction (1 row): " in said
    )
    [line] = [line for line in said.splitlines() if line.startswith("  cashback_transaction (1 row): ")]
    missing = re.search(r": columns (.*?) are missing, column points is not ours, column id is integer, not ", line)
    assert missing and {"user_notes", "points_cents", "occasion"} <= set(missing[1].split(", ")), line
    assert (all_of(prod), instances.saved()) == (before, [])


@pytest.mark.parametrize(
    ("before", "change", "said"),
    [
        (
            "postgres",
            "ALTER TABLE cashback_redemption ALTER COLUMN payout_reference TYPE varchar(20)",
            "column payout_reference is varchar(20), not varchar(200)",
        ),
        (
            "postgres",
            "ALTER TABLE tracker_entry ALTER COLUMN day TYPE bigint",
            "column day is bigint, not integer",
        ),
        (
            "postgres",
            "ALTER TABLE tracker_entry DROP CONSTRAINT tracker_entry_is_not_negative",
            "tracker_entry_is_not_negative is missing",
        ),
        ("both", "DROP INDEX tracker_entries_to_approve", "tracker_entries_to_approve is missing"),
    ],
)
def test_a_table_with_another_type_or_without_a_constraint_or_index(
    instances: Instances, migrated: Scratch, before: str, change: str, said: str
):
    if before == "postgres" and not migrated.is_postgres:
        pytest.skip("needs PostgreSQL: runs in the second half of `make test`")
    migrated.ask(change)
    drop(migrated, "loan_cashback_config")
    assert said in refused(instances, "prod")
    assert "loan_cashback_config" not in tables_of(migrated)


def test_plain_migrate_refuses_a_table_that_differs_too(instances: Instances, prod: Scratch):
    prod.ask("CREATE TABLE cashback_transaction (id integer PRIMARY KEY, points numeric(15, 2), notes text)")
    before = tables_of(prod)
    ended = instances.run("migrate", "cashback", "--database", "prod")
    assert ended.code == 2
    assert "Database 'prod' has a table cashback_transaction that differs: columns " in ended.err
    assert "Correct it by hand, or copy its rows to a table of another name and drop it" in ended.err
    assert tables_of(prod) == before


def test_a_supporting_table_that_no_migration_made(instances: Instances, prod: Scratch):
    prod.ask("CREATE TABLE payout_reads (id integer)")
    assert "payout_reads (0 rows): the migration that makes it is not recorded" in refused(instances, "prod")


def test_a_view_under_a_name_of_a_table(instances: Instances, prod: Scratch):
    prod.ask("CREATE VIEW tracker_entry AS SELECT 1 AS day")
    assert "tracker_entry (1 row): it is a view" in refused(instances, "prod")


def test_a_failure_half_way_leaves_everything_as_it_was_and_can_be_run_again(instances: Instances, prod: Scratch):
    """An index of the supporting tables bears a name that somebody took: it fails after the six were made."""
    prod.ask("CREATE INDEX cashback_richest_first ON loan (loan_name)")
    before = all_of(prod)
    said = refused(instances, "prod")
    assert "the database failed: " in said
    assert "cashback_richest_first" in said
    assert "Nothing was changed." in said
    assert all_of(prod) == before
    prod.ask("DROP INDEX cashback_richest_first")
    ended = instances.run("migrate_cashback_tables", "prod")
    assert "Tables created: 6\n" in ended.out, ended.out


@pytest.mark.parametrize("waiting", ["0", "soon", "-1"])
def test_a_time_to_wait_that_is_none(instances: Instances, prod: Scratch, waiting: str):
    assert "is not a number of seconds from 0.1 to 3600" in refused(instances, "prod", f"--lock-timeout={waiting}")


def test_supporting_tables_are_known_to_these_tests(migrated: Scratch):
    assert len(supporting(migrated)) >= 13
