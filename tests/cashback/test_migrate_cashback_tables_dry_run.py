"""`migrate_cashback_tables --dry-run`: it looks, says what would be made, and leaves no trace anywhere."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from tests.cashback.instances import SIX, Instances, all_of, of_sqlite
from tests.processes import Scratch

pytestmark = [pytest.mark.cashback, pytest.mark.django_db]


def test_nothing_is_written_anywhere(instances: Instances, prod: Scratch):
    """Neither into an instance, nor into the installation's own database, nor beside a file."""
    dev = instances.add("dev")
    with closing(sqlite3.connect(instances.own.url.removeprefix("sqlite:///"))) as own:
        own.execute("CREATE TABLE of_the_installation (words text)")
    before = instances.files(), all_of(prod), all_of(dev)
    files = instances.files()
    for arguments in (("prod",), ("all",), ("dev", "--no-backup", "--no-input")):
        assert instances.run("migrate_cashback_tables", *arguments, "--dry-run").code == 0
        assert instances.files() == files
    assert (instances.files(), all_of(prod), all_of(dev)) == before


def test_a_copy_of_a_backup_stays_as_it_is_and_can_be_migrated(instances: Instances):
    """Our own backups are not in WAL mode: the old guide's way back is `cp` of one over the instance."""
    file = of_sqlite(instances, "prod")
    with closing(sqlite3.connect(file)) as copied:
        assert copied.execute("PRAGMA journal_mode = DELETE").fetchone() == ("delete",)
    files = instances.files()
    ended = instances.run("migrate_cashback_tables", "prod", "--dry-run")
    assert (ended.code, instances.files()) == (0, files), ended.out
    ended = instances.run("migrate_cashback_tables", "prod")
    assert "Tables created: 6\n" in ended.out, ended.out


def test_a_crashed_applications_log_without_its_index_stays_as_it_is(instances: Instances):
    """A folder that was copied while the application ran: the log holds its last words, and a reader must not fold it in."""
    file = of_sqlite(instances, "prod")
    with closing(sqlite3.connect(file, isolation_level=None)) as application:
        application.execute("PRAGMA journal_mode = WAL")
        application.execute("CREATE TABLE last_words (words text)")
        log = Path(f"{file}-wal").read_bytes()
        kept = file.read_bytes()
    file.write_bytes(kept)
    Path(f"{file}-wal").write_bytes(log)
    files = instances.files()
    assert [name for name in files if name.endswith("-wal")]
    ended = instances.run("migrate_cashback_tables", "prod", "--dry-run")
    assert ended.code == 0, ended.out
    assert "last_words" in ended.out
    assert instances.files() == files


def test_it_says_per_table_what_would_be_made(instances: Instances, prod: Scratch):
    ended = instances.run("migrate_cashback_tables", "prod", "--dry-run")
    lines = [" ".join(line.split()) for line in ended.out.splitlines()]
    assert [f"{table} would create" in lines for table in SIX] == [True] * 6
    assert lines.index("Cashback tables:") < lines.index("cashback_transaction would create")
    assert lines.index("Supporting tables:") < lines.index("cashback_accounts would create")
    assert "Tables that would be created: 6" in lines
    assert "Tables that already exist: 0" in lines


def test_it_lists_the_tables_that_stand_there_with_their_rows(instances: Instances, prod: Scratch):
    ended = instances.run("migrate_cashback_tables", "prod", "--dry-run")
    lines = [" ".join(line.split()) for line in ended.out.splitlines()]
    assert {"loan 2 rows", "loan_payment 2 rows", "daily_tracker 1 row"} <= set(lines)


def test_after_the_migration_every_table_exists(instances: Instances, migrated: Scratch):
    ended = instances.run("migrate_cashback_tables", "prod", "--dry-run")
    assert ended.code == 0
    lines = [" ".join(line.split()) for line in ended.out.splitlines()]
    assert [f"{table} exists (0 rows)" in lines for table in SIX] == [True] * 6
    assert ended.out.endswith("Instances ready: 1/1\n\nNothing to do: all tables are there.\n")


def test_what_the_run_would_refuse_is_said_though_it_can_be_read(instances: Instances):
    file = of_sqlite(instances, "sealed", "sealed")
    file.chmod(0o444)
    before = instances.files()
    ended = instances.run("migrate_cashback_tables", "sealed", "--dry-run")
    assert ended.code == 0
    assert f"! The run would refuse. Instance 'sealed': the file {file} is read-only." in ended.out
    assert "Tables that would be created: 6" in ended.out
    assert ended.out.endswith("Instances ready: 0/1\nWould be refused: sealed\n")
    assert instances.files() == before


def test_of_a_table_that_differs_it_names_the_columns(instances: Instances, migrated: Scratch):
    migrated.ask("ALTER TABLE cashback_transaction RENAME COLUMN user_notes TO reason")
    ended = instances.run("migrate_cashback_tables", "prod", "--dry-run")
    assert ended.code == 2
    lines = [" ".join(line.split()) for line in ended.out.splitlines()]
    said = "exists but differs: column user_notes is missing, column reason is not ours"
    assert f"cashback_transaction {said}" in lines
    assert "tracker_entry exists (0 rows)" in lines
