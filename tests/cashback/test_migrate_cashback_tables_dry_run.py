"""`migrate_cashback_tables --dry-run`: it looks, says what would be made, and leaves no trace anywhere."""

import sqlite3
from contextlib import closing

import pytest

from tests.cashback.instances import SIX, Instances, all_of
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
    assert {"loan 2 rows", "loan_payment 2 rows", "daily_tracker 1 rows"} <= set(lines)


def test_after_the_migration_every_table_exists(instances: Instances, migrated: Scratch):
    ended = instances.run("migrate_cashback_tables", "prod", "--dry-run")
    assert ended.code == 0
    lines = [" ".join(line.split()) for line in ended.out.splitlines()]
    assert [f"{table} exists (0 rows)" in lines for table in SIX] == [True] * 6


def test_of_a_table_that_differs_it_names_the_columns(instances: Instances, migrated: Scratch):
    migrated.ask("ALTER TABLE cashback_transaction RENAME COLUMN user_notes TO reason")
    ended = instances.run("migrate_cashback_tables", "prod", "--dry-run")
    assert ended.code == 2
    lines = [" ".join(line.split()) for line in ended.out.splitlines()]
    said = "exists but differs: column user_notes is missing, column reason is not ours"
    assert f"cashback_transaction {said}" in lines
    assert "tracker_entry exists (0 rows)" in lines
