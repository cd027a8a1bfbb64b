"""`roll_back_cashback_tables`: the six tables go again while they are empty, or by force after a backup."""

import pytest

from tests.cashback.instances import SIX, Instances, Story, add_payment_method, all_of, tables_of
from tests.engine.content import digest
from tests.processes import Scratch

pytestmark = [pytest.mark.cashback, pytest.mark.django_db, pytest.mark.xdist_group("backups")]

DJANGOS = {"django_migrations", "django_content_type", "auth_permission"}


def test_an_instance_is_again_what_it_was(instances: Instances, migrated: Scratch, story: Story):
    ended = instances.run("roll_back_cashback_tables", "prod")
    assert (ended.code, ended.err) == (0, ""), ended.out
    definitions, rows = all_of(migrated)
    assert definitions == story.before[0]
    assert {table for table in rows if rows[table] != story.before[1][table]} <= DJANGOS - {"django_migrations"}
    assert instances.saved() == []


def test_it_says_what_it_dropped(instances: Instances, migrated: Scratch):
    said = instances.run("roll_back_cashback_tables", "prod").out
    assert "Rolling back instance: prod" in said
    assert all(f"→ Dropping {table} table...\n✓ {table} table dropped\n" in said for table in SIX)
    assert "✓ Roll-back completed for prod\n  Tables dropped: 6\n  Supporting tables dropped: " in said
    assert "counts and checksums as before" in said


def test_it_takes_their_migrations_out_of_the_record(instances: Instances, migrated: Scratch):
    assert instances.run("roll_back_cashback_tables", "prod").code == 0
    recorded = migrated.ask("SELECT name FROM django_migrations WHERE app = 'cashback'")
    assert recorded == [("0001_lending",)]


def test_afterwards_the_tables_can_be_made_again(instances: Instances, migrated: Scratch):
    before = tables_of(migrated)
    assert instances.run("roll_back_cashback_tables", "prod").code == 0
    ended = instances.run("migrate_cashback_tables", "prod", "--no-backup")
    assert "Tables created: 6\n" in ended.out, ended.out
    assert tables_of(migrated) == before


def test_while_a_table_holds_a_row_it_refuses(instances: Instances, migrated: Scratch):
    add_payment_method(migrated)
    before = all_of(migrated)
    ended = instances.run("roll_back_cashback_tables", "prod")
    assert ended.code == 2
    assert "user_payment_method holds 1 row. Nothing was dropped." in ended.out
    assert "say --force" in ended.out
    assert (all_of(migrated), instances.saved()) == (before, [])


def test_by_force_it_drops_them_after_a_verified_backup(instances: Instances, migrated: Scratch):
    add_payment_method(migrated)
    before = digest(migrated)
    ended = instances.run("roll_back_cashback_tables", "prod", "--force")
    assert ended.code == 0, ended.out
    assert not set(SIX) & tables_of(migrated)
    [file] = instances.saved()
    assert file.name.startswith("prod_pre_roll_back_")
    assert f"✓ Backup made: {file}\n  restored once as a proof: " in ended.out
    restored = instances.run("restore_database", str(file), "--database", "prod", "--force")
    assert restored.code == 0, restored.err
    assert digest(migrated) == before


def test_by_force_too_it_refuses_where_no_backup_can_be_made(instances: Instances, migrated: Scratch):
    before = all_of(migrated)
    ended = instances.run("roll_back_cashback_tables", "prod", "--force", before=no_room)
    assert ended.code == 2
    assert f"✗ prod: {'pg_dump failed' if migrated.is_postgres else 'Cannot write'}" in ended.out
    assert all_of(migrated) == before


def no_room() -> None:
    """In the child: no file may grow beyond 100,000 bytes."""
    import resource
    import signal

    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))


def test_a_table_that_is_not_ours_is_not_dropped(instances: Instances, prod: Scratch):
    prod.ask("CREATE TABLE cashback_transaction (id integer)")
    ended = instances.run("roll_back_cashback_tables", "prod")
    assert ended.code == 2
    assert "cashback_transaction is not as this version made it" in ended.out
    assert "cashback_transaction" in tables_of(prod)


def test_where_there_is_nothing_it_does_nothing(instances: Instances, prod: Scratch):
    before = all_of(prod)
    ended = instances.run("roll_back_cashback_tables", "prod")
    assert ended.code == 0
    assert "Tables dropped: 0\n" in ended.out
    looked = instances.run("roll_back_cashback_tables", "prod", "--dry-run")
    assert looked.out.endswith("Instances ready: 1/1\n\nNothing to do: none of the tables is there.\n")
    assert all_of(prod) == before


def test_a_dry_run_says_what_would_go_and_writes_nothing(instances: Instances, migrated: Scratch):
    files, before = instances.files(), all_of(migrated)
    ended = instances.run("roll_back_cashback_tables", "prod", "--dry-run")
    assert ended.code == 0
    lines = [" ".join(line.split()) for line in ended.out.splitlines()]
    assert [f"{table} would drop (0 rows)" in lines for table in SIX] == [True] * 6
    assert (instances.files() if not migrated.is_postgres else files, all_of(migrated)) == (files, before)


def test_one_that_may_not_go_stops_none_of_the_others(instances: Instances, migrated: Scratch):
    instances.name("lost", f"sqlite:///{instances.folder}/lost.sqlite3")
    ended = instances.run("roll_back_cashback_tables", "all")
    assert ended.code == 2
    assert "Instances rolled back: 1/2" in ended.out
    assert not set(SIX) & tables_of(migrated)
    assert not (instances.folder / "lost.sqlite3").exists()
