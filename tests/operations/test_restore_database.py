"""`restore_database`: never over data unasked, never half, and proved afterwards."""

from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.db import IntegrityError, connection, connections
from django.utils import timezone

from accounts.models import Tenant
from billing.models import Customer
from operations.append_only import missing_triggers
from operations.backup.manifest import read_manifest
from operations.services import check_books
from operations.services.backup import backup_database, compare_states, database_state
from tests.operations.conftest import server_databases

pytestmark = [pytest.mark.ground, pytest.mark.django_db(transaction=True), pytest.mark.xdist_group("backups")]

NOW = timezone.now()


@pytest.fixture
def backup(some_books: Tenant, backup_folder: Path) -> Path:
    file, _ = backup_database(using="default", now=NOW)
    return file


def restore(file: Path, **options: object) -> str:
    out = StringIO()
    call_command("restore_database", str(file), stdout=out, database="north", **options)
    return out.getvalue()


def spoil(using: str) -> None:
    """What a bad evening leaves: a changed debt, a lost customer, one too many."""
    customers = Customer.objects.using(using)
    customers.filter(number="C-1").update(opening_balance_cents=999_999)
    customers.filter(number="C-2")._raw_delete(using)
    Tenant.objects.using(using).bulk_create([Tenant(slug="extra", name="Extra", currency="BDT")])


def empty(using: str) -> None:
    with connections[using].cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("DROP SCHEMA public CASCADE; CREATE SCHEMA public")
            return
        cursor.execute("PRAGMA foreign_keys = OFF")
        for table in connections[using].introspection.table_names(cursor):
            cursor.execute(f'DROP TABLE "{table}"')


def state_without_records(using: str) -> dict:
    state = database_state(using=using, now=NOW)
    for table in ("backup_records", "books_checks"):
        state["tables"].pop(table, None)
    return state


def kept_copies(using: str) -> list[str]:
    name = str(connections[using].settings_dict["NAME"])
    if connection.vendor == "postgresql":
        return [database for database in server_databases() if database.startswith(f"{name}_before")]
    return [str(path) for path in Path(name).parent.glob(f"{Path(name).name}.before-*")]


def test_a_database_that_holds_data_is_refused_without_force(backup: Path, north: str) -> None:
    spoil(north)
    with pytest.raises(CommandError, match=r"'north' is not empty: table \w+ holds rows.*--force") as refused:
        restore(backup)
    assert refused.value.returncode == 2
    assert Tenant.objects.using(north).filter(slug="extra").exists()


def test_with_force_every_row_is_back_and_the_replaced_data_is_kept(backup: Path, north: str) -> None:
    spoil(north)
    text = restore(backup, force=True)
    assert compare_states(state_without_records("default"), state_without_records(north)) == []
    assert list(Customer.objects.using(north).values_list("number", "opening_balance_cents")) == [
        ("C-1", 500),
        ("C-2", 1000),
    ]
    [kept] = kept_copies(north)
    assert kept in text
    assert "counts and checksums equal the manifest's" in text
    assert "check_books --database north" in text


def test_the_restored_database_is_as_protected_and_as_right_as_before(backup: Path, north: str) -> None:
    spoil(north)
    restore(backup, force=True)
    assert missing_triggers(north) == []
    assert check_books(using=north, tenant=None, now=NOW).all_hold
    with pytest.raises(IntegrityError, match="append-only"):
        Tenant.history.using(north).update(name="Changed")


def test_an_empty_database_needs_no_force(backup: Path, north: str) -> None:
    empty(north)
    restore(backup)
    assert Customer.objects.using(north).count() == 2


def test_new_rows_get_new_numbers_after_a_restore(backup: Path, north: str) -> None:
    restore(backup, force=True)
    tenant = Tenant.objects.using(north).get()
    tenant.name = "Renamed"
    tenant.save(using=north)
    assert Tenant.history.using(north).count() == 2


def test_some_tables_can_be_brought_back_alone(backup: Path, north: str) -> None:
    spoil(north)
    text = restore(backup, tables=["customers"], force=True)
    assert Customer.objects.using(north).get(number="C-1").opening_balance_cents == 500
    assert Customer.objects.using(north).count() == 2
    assert Tenant.objects.using(north).filter(slug="extra").exists(), "other tables are not touched"
    assert "tables customers, 2 rows" in text
    assert missing_triggers(north) == []


def test_append_only_history_can_be_brought_back_and_goes_on_counting(backup: Path, north: str) -> None:
    if connection.vendor == "postgresql":  # as in a database that was only just migrated
        with connections[north].cursor() as cursor:
            cursor.execute("SELECT setval(pg_get_serial_sequence('historical_customers', 'history_id'), 1)")
    restore(backup, tables=["historical_customers", "customers"], force=True)
    customer = Customer.objects.using(north).get(number="C-1")
    customer.name = "Renamed"
    customer.save(using=north)
    assert customer.history.using(north).count() == 2


def test_tables_that_hold_rows_are_refused_without_force(backup: Path, north: str) -> None:
    with pytest.raises(CommandError, match="table customers holds rows"):
        restore(backup, tables=["customers"])


def test_a_backup_of_some_tables_brings_back_only_those(north: str, backup_folder: Path) -> None:
    file, _ = backup_database(using="default", now=NOW, tables=["customers"])
    spoil(north)
    restore(file, force=True)
    assert Customer.objects.using(north).count() == 2
    assert Tenant.objects.using(north).count() == 2


def test_history_tells_what_bringing_a_table_back_changed_and_the_books_hold(north: str, backup_folder: Path) -> None:
    file, _ = backup_database(using="default", now=NOW, tables=["customers"])
    changed, lost = Customer.objects.using(north).order_by("number")
    changed.name = "Renamed after the backup"
    changed.save(using=north)
    new = Customer(tenant=changed.tenant, number="C-3", name="Came after the backup")
    new.save(using=north)
    lost_id = lost.pk
    lost.delete(using=north)
    restore(file, force=True)
    told = {
        key: list(
            Customer.history.using(north).filter(id=key).order_by("history_id").values_list("history_type", "name")
        )
        for key in (changed.pk, lost_id, new.pk)
    }
    assert told == {
        changed.pk: [("+", "Customer"), ("~", "Renamed after the backup"), ("~", "Customer")],
        lost_id: [("+", "Customer"), ("-", "Customer"), ("+", "Customer")],
        new.pk: [("+", "Came after the backup"), ("-", "Came after the backup")],
    }
    newest = Customer.history.using(north).order_by("history_id").last()
    assert newest.history_change_reason == f"Restored from {file.name}"
    check = check_books(using=north, tenant=None, now=NOW)
    assert [result for result in check.results if not result["holds"]] == []


def test_rows_that_others_depend_on_cannot_be_lost(north: str, backup: Path, backup_folder: Path) -> None:
    late = Tenant.objects.using(north).create(slug="late", name="Late", currency="BDT")
    Customer.objects.using(north).create(tenant=late, number="L-1", name="Late")
    with pytest.raises(CommandError, match="Nothing was changed"):
        restore(backup, tables=["tenants"], force=True)
    assert Tenant.objects.using(north).filter(slug="late").exists()
    assert missing_triggers(north) == []


def test_a_damaged_backup_changes_nothing(backup: Path, north: str) -> None:
    content = bytearray(backup.read_bytes())
    content[len(content) // 2] ^= 0xFF
    backup.write_bytes(content)
    spoil(north)
    with pytest.raises(CommandError, match="is damaged") as refused:
        restore(backup, force=True)
    assert refused.value.returncode == 2
    assert Tenant.objects.using(north).filter(slug="extra").exists()
    assert kept_copies(north) == []


def test_an_unknown_table_is_refused(backup: Path, north: str) -> None:
    with pytest.raises(CommandError, match="holds no table pyments"):
        restore(backup, tables=["pyments"], force=True)


def test_a_database_that_others_use_is_not_pulled_away_from_them(postgres: None, backup: Path, north: str) -> None:
    spoil(north)
    other = connections[north].copy(alias="other")
    other.ensure_connection()
    try:
        with pytest.raises(CommandError, match="cannot be replaced while others use it"):
            restore(backup, force=True)
    finally:
        other.close()
    assert Tenant.objects.using(north).filter(slug="extra").exists()
    assert not [name for name in server_databases() if name.startswith("roundsman_scratch")]


def test_readers_and_writers_on_sqlite_go_on_with_the_restored_rows(
    on_postgres: bool, backup: Path, north: str
) -> None:
    if on_postgres:
        pytest.skip("SQLite only: PostgreSQL refuses while others are connected")
    spoil(north)
    other = connections[north].copy(alias="other")
    try:
        with other.cursor() as cursor:
            cursor.execute("SELECT COUNT(*) FROM customers")
            restore(backup, force=True)
            cursor.execute("SELECT COUNT(*) FROM customers")
            assert cursor.fetchone() == (2,)
    finally:
        other.close()
    assert read_manifest(backup).tables["customers"].rows == 2
