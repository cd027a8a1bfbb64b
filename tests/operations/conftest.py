"""What the tests of the upkeep floor share: a folder for backups, and a database that may be broken and replaced."""

import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from types import MethodType
from typing import Any

import pytest
from django.db import connection, connections

from accounts.models import Tenant
from billing.models import Customer


@pytest.fixture
def backup_folder(tmp_path: Path, settings: Any) -> Path:
    """A folder for backups of its own."""
    settings.BACKUP_DIR = tmp_path / "backups"
    return settings.BACKUP_DIR


@pytest.fixture
def some_books(transactional_db: None) -> Tenant:
    """Two customers of one tenant who owe 1,500 cents together."""
    tenant = Tenant.objects.create(slug="north", name="North", currency="BDT")
    for number, owed in (("C-1", 500), ("C-2", 1000)):
        Customer.objects.create(tenant=tenant, number=number, name="Customer", opening_balance_cents=owed)
    return tenant


@pytest.fixture
def north(some_books: Tenant, django_db_blocker: Any) -> Iterator[str]:
    """A second database, a copy of the first one's books, which a test may break and replace."""
    name = _copy_database("north")
    connections.settings["north"] = {**connection.settings_dict, "NAME": name}
    # Django's tests forbid every database that was not there when they began: this one may be opened.
    connections["north"].ensure_connection = MethodType(django_db_blocker._real_ensure_connection, connections["north"])
    try:
        yield "north"
    finally:
        connections["north"].close()
        del connections["north"]
        del connections.settings["north"]
        _drop_databases(name)


@pytest.fixture
def databases_left_alone(transactional_db: None) -> Iterator[None]:
    """Fails when a test leaves a scratch database on the server."""
    before = server_databases()
    yield
    until = time.monotonic() + 20  # another test's scratch database, at the same time, is gone by then
    while (left := server_databases() - before) and time.monotonic() < until:
        time.sleep(0.5)
    assert not left


# Other tests make and drop templates and copies of them meanwhile; those of backups run one after another (`xdist_group`).
OWN_DATABASES = (
    "SELECT datname FROM pg_database WHERE starts_with(datname, 'roundsman_scratch_') "
    "OR (starts_with(datname, current_database()) AND datname NOT LIKE '%copy%')"
)


def server_databases() -> set[str]:
    """The names of this test's databases on the server (SQLite: none)."""
    if connection.vendor != "postgresql":
        return set()
    with connection.cursor() as cursor:
        cursor.execute(OWN_DATABASES)
        return {name for (name,) in cursor.fetchall()}


def _copy_database(suffix: str) -> str:
    original = connection.settings_dict["NAME"]
    copy = f"{original}_{suffix}"
    connection.close()
    if connection.vendor == "postgresql":
        with connection._nodb_cursor() as cursor:
            cursor.execute(f'DROP DATABASE IF EXISTS "{copy}" WITH (FORCE)')
            cursor.execute(f'CREATE DATABASE "{copy}" TEMPLATE "{original}"')
    else:
        _drop_databases(copy)
        with closing(sqlite3.connect(original)) as source, closing(sqlite3.connect(copy)) as target:
            source.backup(target)
    return copy


def _drop_databases(name: str) -> None:
    if connection.vendor == "postgresql":
        for database in server_databases():
            if database.startswith(name):
                with connection._nodb_cursor() as cursor:
                    cursor.execute(f'DROP DATABASE "{database}" WITH (FORCE)')
    else:
        for file in Path(name).parent.glob(f"{Path(name).name}*"):
            file.unlink()
