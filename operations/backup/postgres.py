"""PostgreSQL: dumps on an exported snapshot, scratch databases, and a restore that is one rename.

A whole restore never empties the live database: the dump goes into a new database beside it, is compared with the manifest there,
and then the two change names in one transaction. The old one stays under its new name until somebody drops it.
"""

# ruff: noqa: S608 - names in the SQL come from the database's own catalogue or are made here

import secrets
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from django.db import OperationalError, ProgrammingError, connections, transaction

from accounts.errors import Conflict, DomainError
from operations.append_only import suspended
from operations.backup.contents import TableContent, columns_to_copy, read_contents
from operations.backup.manifest import Manifest, require_same
from operations.backup.tools import find_tool, run_tool

EXTENSION = "dump"
VENDOR = "postgresql"


class CannotMakeScratch(DomainError):
    """The server refuses to make a database to restore into."""

    code = "cannot_make_scratch"


class DatabaseInUse(Conflict):
    """Others are connected to the database that is to be replaced."""

    code = "database_in_use"


def dump(using: str, file: Path, tables: list[str]) -> tuple[dict[str, TableContent], dict[str, str]]:
    """Dump the database (or these tables) and read its contents, both on one snapshot while others go on writing."""
    with _own_connection(using) as own:
        path, version = find_tool("pg_dump", server_version=own.pg_version)
        with transaction_on_snapshot(own) as (cursor, snapshot_id):
            arguments = ["--format=custom", "--no-owner", "--no-privileges", f"--file={file}"]
            arguments += [f"--snapshot={snapshot_id}", *(f'--table="{table}"' for table in tables)]
            run_tool(path, *arguments, connection=own.connection)
            contents = read_contents(cursor, VENDOR, tables or None)
        return contents, {"pg_dump": version, "server": str(own.pg_version // 10000)}


@contextmanager
def transaction_on_snapshot(own: Any) -> Iterator[tuple[Any, str]]:
    """Open a read-only transaction and export its snapshot, on which another session may read as well."""
    with own.cursor() as cursor:
        cursor.execute("BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        try:
            cursor.execute("SELECT pg_export_snapshot()")
            yield cursor, cursor.fetchone()[0]
        finally:
            cursor.execute("ROLLBACK")


def restored_contents(using: str, file: Path, manifest: Manifest) -> dict[str, TableContent]:
    """Restore the file into a scratch database, read what stands there, and drop it again."""
    with _scratch(using, file, manifest) as scratch, scratch.cursor() as cursor, _reading(cursor):
        return read_contents(cursor, VENDOR)


def restore_whole(using: str, file: Path, manifest: Manifest, *, label: str) -> str:
    """Put a restored, verified database in the place of this one; answer where the old one is kept."""
    target = connections[using].settings_dict["NAME"]
    kept = f"{target}_before_{label}"[:63]
    with _scratch(using, file, manifest, keep=True) as scratch:
        with scratch.cursor() as cursor, _reading(cursor):
            found = read_contents(cursor, VENDOR)
        require_same(manifest.tables, found, what=f"{file.name} does not restore to what its manifest says")
        new = scratch.settings_dict["NAME"]
        scratch.close()
        connections[using].close()
        _swap(using, target, new, kept)
    return f"database {kept}"


def restore_tables(
    using: str, file: Path, manifest: Manifest, tables: list[str], *, afterwards: Callable[[], None]
) -> None:
    """Replace the rows of these tables in one transaction, verified before `afterwards` is done and it commits."""
    with _scratch(using, file, manifest) as scratch, suspended(using), transaction.atomic(using=using):
        with connections[using].cursor() as cursor, scratch.cursor() as source:
            for table in tables:
                _copy_rows(source, cursor, table)
            found = read_contents(cursor, VENDOR, tables)
        expected = {table: manifest.tables[table] for table in tables}
        require_same(expected, found, what="The restored rows differ from the manifest, nothing was changed")
        afterwards()


def _copy_rows(source: Any, target: Any, table: str) -> None:
    columns = columns_to_copy(source, target, VENDOR, table)
    listed = ", ".join(f'"{column}"' for column in columns)
    target.execute(f'DELETE FROM "{table}"')
    with (
        source.copy(f'COPY (SELECT {listed} FROM "{table}") TO STDOUT (FORMAT binary)') as out,
        target.copy(f'COPY "{table}" ({listed}) FROM STDIN (FORMAT binary)') as into,
    ):
        for block in out:
            into.write(block)
    _advance_sequences(target, table, columns)


def _advance_sequences(cursor: Any, table: str, columns: list[str]) -> None:
    for column in columns:
        cursor.execute("SELECT pg_get_serial_sequence(%s, %s)", [f'"{table}"', column])
        if sequence := cursor.fetchone()[0]:
            cursor.execute(
                f'SELECT setval(%s, GREATEST((SELECT COALESCE(MAX("{column}"), 0) FROM "{table}"), '
                f"(SELECT last_value FROM {sequence})))",
                [sequence],
            )


@contextmanager
def _own_connection(using: str, name: str | None = None) -> Iterator[Any]:
    """A connection beside the one in use, to the same server."""
    own = connections[using].copy(alias=f"{using}-backup")
    own.settings_dict = {**own.settings_dict, "NAME": name or own.settings_dict["NAME"]}
    with closing(own):
        own.ensure_connection()
        yield own


@contextmanager
def _scratch(using: str, file: Path, manifest: Manifest, *, keep: bool = False) -> Iterator[Any]:
    """Restore into a database made for it, which is dropped afterwards (with `keep`: unless the block ends well)."""
    name, ended_well = f"roundsman_scratch_{secrets.token_hex(6)}", False
    _administer(using, f"CREATE DATABASE \"{name}\" TEMPLATE template0 ENCODING 'UTF8'")
    try:
        with _own_connection(using, name) as scratch:
            _fill(scratch, file, manifest)
            yield scratch
        ended_well = True
    finally:
        if not (keep and ended_well):
            _administer(using, f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')


def _fill(scratch: Any, file: Path, manifest: Manifest) -> None:
    path, _ = find_tool("pg_restore", server_version=scratch.pg_version)
    # A dump of some tables has no tables for its foreign keys to point at: restore definitions and rows only.
    sections = ["--section=pre-data", "--section=data"] if manifest.is_partial else []
    arguments = [*sections, "--exit-on-error", "--no-owner", "--no-privileges"]
    run_tool(path, *arguments, f"--dbname={scratch.settings_dict['NAME']}", str(file), connection=scratch.connection)


@contextmanager
def _reading(cursor: Any) -> Iterator[None]:
    cursor.execute("BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY")
    yield
    cursor.execute("ROLLBACK")


def _administer(using: str, *statements: str, together: bool = False) -> None:
    # Never from inside the database that is to be renamed.
    office = "template1" if connections[using].settings_dict["NAME"] == "postgres" else "postgres"
    with _own_connection(using, office) as admin, admin.cursor() as cursor:
        try:
            for statement in ["BEGIN", *statements, "COMMIT"] if together else statements:
                cursor.execute(statement)
        except ProgrammingError as error:
            raise CannotMakeScratch(
                f"PostgreSQL refuses: {str(error).strip()}. Backups are proved in a database of their own: "
                f'let a superuser say ALTER ROLE "{admin.connection.info.user}" CREATEDB.'
            ) from error


def _swap(using: str, target: str, new: str, kept: str) -> None:
    try:
        _administer(
            using,
            f'ALTER DATABASE "{target}" RENAME TO "{kept}"',
            f'ALTER DATABASE "{new}" RENAME TO "{target}"',
            together=True,
        )
    except OperationalError as error:
        raise DatabaseInUse(
            f"Database {target} cannot be replaced while others use it: {' '.join(str(error).split())}. "
            "Stop the web server and the workers, then restore again. Nothing was changed."
        ) from error
