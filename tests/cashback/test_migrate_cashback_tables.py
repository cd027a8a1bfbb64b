"""`migrate_cashback_tables`: the six tables come into an instance, and nothing else changes."""

import re

import pytest

from tests.cashback.instances import (
    SIX,
    Instances,
    Story,
    add_payment_method,
    all_of,
    definitions,
    drop,
    supporting,
    tables_of,
)
from tests.engine.content import digest
from tests.environment import ROOT
from tests.processes import Scratch

pytestmark = [pytest.mark.cashback, pytest.mark.django_db]

BOOKKEEPING = {"django_migrations", "django_content_type", "auth_permission"}


def test_it_says_what_the_guide_expects(story: Story):
    said = story.ended.out
    assert (story.ended.code, story.ended.err) == (0, ""), said
    assert f"{'=' * 60}\nMigrating instance: prod\n{'=' * 60}\nDatabase URI: " in said
    for table in SIX:
        assert f"→ Creating {table} table...\n✓ {table} table created successfully\n" in said
    assert "✓ Migration completed for prod\n  Tables created: 6\n  Tables already existed: 0\n" in said
    assert re.search(r"\n  Supporting tables created: [1-9]\d*\n", said)
    assert "Instances migrated: 1/1" in said


def test_the_six_are_there_and_empty(story: Story):
    assert set(SIX) <= tables_of(story.prod)
    assert [story.prod.one(f"SELECT COUNT(*) FROM {table}") for table in SIX] == [0] * 6
    assert "✓ The six tables are empty" in story.ended.out


def test_all_other_tables_keep_their_rows_and_their_definitions(story: Story):
    defined, rows = story.before
    now_defined, now_rows = definitions(story.prod), digest(story.prod)
    assert rows["loan"] != digest(story.prod)["loan_cashback_config"]  # there were rows
    assert {table for table in rows if rows[table] != now_rows[table]} == BOOKKEEPING
    assert [each for each in defined if each not in now_defined] == []
    assert f"✓ {len(rows.keys() - BOOKKEEPING)} other tables, " in story.ended.out


def test_rows_that_django_adds_to_its_own_tables_are_listed(story: Story):
    assert "django_migrations: " in story.ended.out
    assert "cashback.0002_cashback_tables" in story.ended.out
    assert "cashback.cashbacktransaction" in story.ended.out
    assert "view_cashbacktransaction" in story.ended.out


def test_the_ledger_is_protected_at_once(story: Story):
    assert any("append_only" in str(each) and "cashback_transaction" in str(each) for each in definitions(story.prod))


def test_afterwards_no_migration_is_left_to_apply(instances: Instances, prod: Scratch, story: Story):
    assert instances.run("migrate", "--check", "--database", "prod").code == 1
    assert story.instances.run("migrate", "--check", "--database", "prod").code == 0


def test_who_asks_for_the_books_before_is_sent_here_and_not_to_plain_migrate(instances: Instances, prod: Scratch):
    ended = instances.run("check_books", "--database", "prod")
    assert ended.code == 2
    assert "Run `manage.py migrate_cashback_tables prod` first." in ended.err


def test_a_second_run_creates_nothing(instances: Instances, migrated: Scratch):
    before = all_of(migrated)
    ended = instances.run("migrate_cashback_tables", "prod")
    assert ended.code == 0
    assert "Tables created: 0\n  Tables already existed: 6\n  Supporting tables created: 0" in ended.out
    assert all(f"✓ {table} table already exists" in ended.out for table in SIX)
    assert (all_of(migrated), instances.saved()) == (before, [])


def test_where_three_of_the_six_are_there_it_makes_the_other_three(instances: Instances, migrated: Scratch):
    complete = tables_of(migrated)
    drop(migrated, *SIX[3:], *supporting(migrated))
    migrated.ask("DELETE FROM django_migrations WHERE app = 'cashback' AND name <> '0001_lending'")
    ended = instances.run("migrate_cashback_tables", "prod")
    assert "Tables created: 3\n  Tables already existed: 3\n" in ended.out, ended.out
    assert "✓ cashback_transaction table already exists" in ended.out
    assert "→ Creating cashback_redemption table..." in ended.out
    assert instances.run("migrate", "--check", "--database", "prod").code == 0
    assert tables_of(migrated) == complete


def test_tables_that_were_dropped_by_hand_are_made_again(instances: Instances, migrated: Scratch):
    """The guide calls it a roll-back: delete the six tables. Django's record of migrations does not notice."""
    complete = all_of(migrated)
    drop(migrated, *SIX, *supporting(migrated))
    ended = instances.run("migrate_cashback_tables", "prod")
    assert "Tables created: 6\n  Tables already existed: 0\n" in ended.out, ended.out
    assert all_of(migrated) == complete


def test_rows_in_tables_that_already_exist_stay_and_are_told(instances: Instances, migrated: Scratch):
    add_payment_method(migrated)
    before = digest(migrated)
    drop(migrated, "cashback_redemption", *(["payout_reads"] if migrated.is_postgres else []))
    ended = instances.run("migrate_cashback_tables", "prod")
    assert "Tables created: 1\n  Tables already existed: 5\n" in ended.out, ended.out
    assert "Rows in tables that already existed: user_payment_method 1 row" in ended.out
    assert digest(migrated) == before


def test_all_means_every_instance_and_counts_them(instances: Instances, migrated: Scratch):
    dev = instances.add("dev")
    ended = instances.run("migrate_cashback_tables", "all")
    assert ended.code == 0
    assert "Migration completed for prod\n  Tables created: 0" in ended.out
    assert "Migration completed for dev\n  Tables created: 6" in ended.out
    assert "Instances migrated: 2/2" in ended.out
    assert set(SIX) <= tables_of(dev)


def test_the_password_of_a_server_is_never_printed(instances: Instances):
    instances.name("far", "postgres://lender:very-secret@127.0.0.1:1/books")
    ended = instances.run("migrate_cashback_tables", "far")
    assert "Database URI: postgresql://lender@127.0.0.1:1/books" in ended.out
    assert "very-secret" not in ended.out + ended.err


def test_where_the_terminal_knows_no_ticks_it_ends_all_the_same(instances: Instances, migrated: Scratch):
    ended = instances.run("migrate_cashback_tables", "prod", before=plain_terminal)
    assert ended.code == 0
    assert "? cashback_transaction table already exists" in ended.out


def plain_terminal() -> None:
    import sys

    sys.stdout.reconfigure(encoding="ascii")


def test_the_runbook_asks_for_all_six_where_the_guides_grep_finds_four(story: Story):
    page = (ROOT / "docs/runbooks/cashback-migration.md").read_text(encoding="utf-8")
    sqlite, postgres = re.findall(r"^```text\n(SELECT COUNT.*?);\n```$", page, re.MULTILINE | re.DOTALL)
    assert story.prod.one(postgres if story.prod.is_postgres else sqlite) == 6
    assert [table for table in SIX if "cashback" not in table] == ["tracker_entry", "user_payment_method"]
