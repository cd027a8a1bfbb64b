"""Whoever follows the statements that `migrate_cashback_tables` prints for a table that differs gets cashback."""

import re

import pytest

from tests.cashback.instances import Instances, add_payment_method, definitions
from tests.processes import Scratch

pytestmark = [pytest.mark.cashback, pytest.mark.django_db]

OLD_TRANSACTIONS = "CREATE TABLE cashback_transaction (id integer PRIMARY KEY, points numeric(15, 2), notes text)"


def cured(instances: Instances, instance: Scratch) -> list[str]:
    """Follow what a refusal prints, to the letter, and see the next run pass and the rules hold; gives the statements."""
    refused = instances.run("migrate_cashback_tables", "prod")
    assert refused.code == 2, refused.out
    statements = re.findall(r"^    ([A-Z].*;)$", refused.out, re.MULTILINE)
    for statement in statements:
        instance.ask(statement)
    ended = instances.run("migrate_cashback_tables", "prod", "--no-backup")
    assert ended.code == 0, ended.out
    assert instances.run("migrate", "--check", "--database", "prod").code == 0
    return statements


def test_an_index_that_is_missing_is_made(instances: Instances, migrated: Scratch):
    complete = definitions(migrated)
    migrated.ask("DROP INDEX cashback_newest_first")
    migrated.ask("DROP INDEX tracker_entries_to_approve")
    statements = cured(instances, migrated)
    assert [statement.split('"')[1] for statement in statements] == [
        "cashback_newest_first",
        "tracker_entries_to_approve",
    ]
    assert definitions(migrated) == complete


def test_a_constraint_that_is_missing(instances: Instances, migrated: Scratch):
    """SQLite adds no CHECK to a table that is there: it is made anew."""
    complete = definitions(migrated)
    without = "ALTER TABLE tracker_entry DROP CONSTRAINT tracker_entry_is_not_negative"
    migrated.ask(
        without if migrated.is_postgres else "ALTER TABLE tracker_entry RENAME COLUMN rejection_reason TO reason"
    )
    cured(instances, migrated)
    assert definitions(migrated) == complete


@pytest.mark.parametrize("table", ["cashback_transaction", "user_payment_method", "cashback_redemption"])
def test_a_table_of_ours_that_others_point_to(instances: Instances, migrated: Scratch, table: str):
    complete = definitions(migrated)
    migrated.ask(f"ALTER TABLE {table} ADD COLUMN of_another_version integer")
    cured(instances, migrated)
    assert definitions(migrated) == complete


def test_rows_are_kept_beside_it(instances: Instances, migrated: Scratch):
    add_payment_method(migrated)
    migrated.ask("ALTER TABLE user_payment_method ADD COLUMN of_another_version integer")
    cured(instances, migrated)
    assert migrated.one("SELECT payment_type FROM user_payment_method_old") == "cash"
    assert migrated.one("SELECT COUNT(*) FROM user_payment_method") == 0


def test_tables_of_the_old_system_that_point_to_each_other(instances: Instances, prod: Scratch):
    prod.ask(OLD_TRANSACTIONS)
    prod.ask("INSERT INTO cashback_transaction (id, points) VALUES (1, 1.5)")
    prod.ask(
        "CREATE TABLE cashback_redemption (id integer, transaction_id integer REFERENCES cashback_transaction (id))"
    )
    prod.ask("INSERT INTO cashback_redemption VALUES (7, 1)")
    cured(instances, prod)
    kept = prod.ask("SELECT points FROM cashback_transaction_old JOIN cashback_redemption_old ON transaction_id = 1")
    assert [float(points) for (points,) in kept] == [1.5]


def test_a_name_for_the_copy_that_is_taken(instances: Instances, prod: Scratch):
    for name in ("cashback_transaction", "cashback_transaction_old"):
        prod.ask(OLD_TRANSACTIONS.replace("cashback_transaction", name))
        prod.ask(f"INSERT INTO {name} (id, notes) VALUES (1, '{name}')")
    cured(instances, prod)
    assert prod.one("SELECT notes FROM cashback_transaction_old2") == "cashback_transaction"


def test_a_view(instances: Instances, prod: Scratch):
    prod.ask("CREATE VIEW tracker_entry AS SELECT 1 AS day")
    assert cured(instances, prod)[-1] == 'DROP VIEW "tracker_entry";'


def test_each_table_has_a_line_of_its_own(instances: Instances, prod: Scratch):
    prod.ask(OLD_TRANSACTIONS)
    prod.ask(OLD_TRANSACTIONS.replace("cashback_transaction", "tracker_entry"))
    lines = instances.run("migrate_cashback_tables", "prod", "--dry-run").out.splitlines()
    assert "✗ prod: Instance 'prod': 2 tables differ from those of this version. Nothing was changed." in lines
    for table in ("cashback_transaction", "tracker_entry"):
        [line] = [line for line in lines if line.startswith(f"  {table} (0 rows): ")]
        assert ", tenant_id, " in line and " are missing" in line
        assert f'    DROP TABLE "{table}";' in lines
