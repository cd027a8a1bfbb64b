"""SQLite: online copies, taken and put back page by page through SQLite's own backup interface.

Never by copying or moving the file: others may have it open, and its newest rows may still lie in the -wal file beside it.
"""

# ruff: noqa: S608 - names in the SQL come from the database's own catalogue

import sqlite3
import tempfile
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from django.db import connections, transaction
from django.db.backends.sqlite3._functions import register

from accounts.errors import Conflict
from operations.append_only import suspended
from operations.backup.contents import TableContent, columns_to_copy, read_contents, table_names
from operations.backup.files import CannotWrite
from operations.backup.manifest import BackupDamaged, Manifest, require_same

EXTENSION = "sqlite3"
VENDOR = "sqlite"
BUSY_SECONDS = 20


class LivesInMemory(Conflict):
    """The database has no file that could be saved."""

    code = "lives_in_memory"


def dump(using: str, file: Path, tables: list[str]) -> tuple[dict[str, TableContent], dict[str, str]]:
    """Copy the database (or these tables) and read its contents, both on one snapshot while others go on writing."""
    with closing(_open(live_path(using), mode="ro")) as source:
        source.execute("BEGIN")
        source.execute("SELECT COUNT(*) FROM sqlite_master")  # the snapshot is taken by the first read
        contents = read_contents(source.cursor(), VENDOR, tables or None)
        _copy(source, file)
    if tables:
        _keep_only(file, tables)
    return contents, {"sqlite": sqlite3.sqlite_version}


def restored_contents(using: str, file: Path, manifest: Manifest) -> dict[str, TableContent]:
    """Copy the file into a scratch database, prove that it is sound, read what stands there, and remove it."""
    with tempfile.TemporaryDirectory(prefix="roundsman-scratch-") as folder:
        scratch = Path(folder) / "scratch.sqlite3"
        with _damage_named(file):
            with closing(_open(file, mode="ro")) as source:
                _copy(source, scratch)
            with closing(_open(scratch, mode="rw")) as restored:
                [(verdict,)] = restored.execute("PRAGMA integrity_check(1)").fetchall()
                if verdict != "ok":
                    raise BackupDamaged(f"{file.name} is not a sound SQLite database: {verdict}. Take another backup.")
                return read_contents(restored.cursor(), VENDOR)


def restore_whole(using: str, file: Path, manifest: Manifest, *, label: str) -> str:
    """Put the file's pages in the place of this database's in one transaction; answer where the old ones are kept."""
    found = restored_contents(using, file, manifest)
    require_same(manifest.tables, found, what=f"{file.name} does not restore to what its manifest says")
    target = live_path(using)
    kept = target.with_name(f"{target.name}.before-{label}")
    connections[using].close()
    with closing(_open(target, mode="ro")) as old:
        _copy(old, kept)
    kept.chmod(0o600)
    with closing(_open(file, mode="ro")) as source, closing(_open(target, mode="rw")) as live:
        source.backup(live)
    return f"file {kept}"


def restore_tables(
    using: str, file: Path, manifest: Manifest, tables: list[str], *, afterwards: Callable[[], None]
) -> None:
    """Replace the rows of these tables in one transaction, verified before `afterwards` is done and it commits."""
    connection = connections[using]
    with connection.cursor() as cursor:
        cursor.execute("ATTACH DATABASE %s AS saved", [f"{file.resolve().as_uri()}?mode=ro"])
        try:
            with suspended(using), transaction.atomic(using=using):
                for table in tables:
                    _replace_rows(cursor, file, table)
                expected = {table: manifest.tables[table] for table in tables}
                found = read_contents(cursor, VENDOR, tables)
                require_same(expected, found, what="The restored rows differ from the manifest, nothing was changed")
                afterwards()
        finally:
            cursor.execute("DETACH DATABASE saved")


def _replace_rows(cursor: Any, file: Path, table: str) -> None:
    with closing(_open(file, mode="ro")) as saved:
        columns = columns_to_copy(saved.cursor(), cursor, VENDOR, table)
    listed = ", ".join(f'"{column}"' for column in columns)
    cursor.execute(f'DELETE FROM main."{table}"')
    cursor.execute(f'INSERT INTO main."{table}" ({listed}) SELECT {listed} FROM saved."{table}"')


def live_path(using: str) -> Path:
    """The file of a database.

    *Raises* LivesInMemory.
    """
    name = str(connections[using].settings_dict["NAME"])
    if "memory" in name and not Path(name).exists():
        raise LivesInMemory(
            f"Database '{using}' lives in memory: there is no file to save. Set DATABASE_URL to a file."
        )
    return Path(name)


def _open(path: Path, *, mode: str) -> sqlite3.Connection:
    address = f"{path.resolve().as_uri()}?mode={mode}"
    opened = sqlite3.connect(address, uri=True, timeout=BUSY_SECONDS, isolation_level=None)
    register(opened)  # CHECK constraints call Django's functions, REGEXP for one
    return opened


def _copy(source: sqlite3.Connection, file: Path) -> None:
    try:
        with closing(sqlite3.connect(file)) as copy:
            source.backup(copy)
            copy.execute("PRAGMA journal_mode = DELETE")  # one file, without a -wal beside it
    except sqlite3.OperationalError as error:
        raise CannotWrite(f"Cannot write {file.parent}: {error}. Nothing half-written was left. Make room.") from error


def _keep_only(file: Path, tables: list[str]) -> None:
    with closing(_open(file, mode="rw")) as copy:
        for table in set(table_names(copy.cursor(), VENDOR)) - set(tables):
            copy.execute(f'DROP TABLE "{table}"')
        copy.execute("VACUUM")


@contextmanager
def _damage_named(file: Path) -> Iterator[None]:
    try:
        yield
    except sqlite3.DatabaseError as error:
        raise BackupDamaged(f"{file.name} is not a sound SQLite database: {error}. Take another backup.") from error
