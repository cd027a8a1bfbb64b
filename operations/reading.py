"""A look into a database that leaves no trace: a connection of its own, on one snapshot, which cannot write.

On PostgreSQL the session is read-only. On SQLite it is the file that is opened read-only, and in such a way that not even a file
beside it is made: a database in WAL mode that nobody has open is read as it lies (`immutable`), one that others have open through
their log (`readonly_shm`), and the log of a process that crashed is read in a copy. A path that does not exist is not created.
"""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from django.db import connections

from accounts.errors import Conflict

CONNECT_SECONDS = 10
WAL_VERSION = 2  # at offset 18 of a SQLite file


class ChangedMeanwhile(Conflict):
    """Somebody opened the file while it was read as one that nobody has open."""

    code = "changed_meanwhile"


@contextmanager
def reading(using: str, *, lock_seconds: float = 10) -> Iterator[Any]:
    """Yield a connection to this database that cannot write, on one snapshot. *Raises* django.db.Error, ChangedMeanwhile.

    Inside the block it stands in for `connections[using]` too, so that a query by the database's name leaves no trace either:
    the ordinary connection would put a SQLite file into WAL mode, and on PostgreSQL read outside the snapshot.
    """
    former = connections[using]
    with _own(using, lock_seconds) as own:
        connections[using] = own
        try:
            yield own
        finally:
            connections[using] = former


@contextmanager
def _own(using: str, lock_seconds: float) -> Iterator[Any]:
    own = connections[using].copy(alias=using)
    if own.vendor == "postgresql":
        own.settings_dict["OPTIONS"] = {"connect_timeout": CONNECT_SECONDS, **own.settings_dict["OPTIONS"]}
        with closing(own), own.cursor() as cursor:
            cursor.execute("SET default_transaction_read_only = on")
            cursor.execute("BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY")
            cursor.execute("SELECT set_config('lock_timeout', %s, true)", [f"{int(lock_seconds * 1000)}ms"])
            yield own
            cursor.execute("ROLLBACK")
        return
    with _address(Path(own.settings_dict["NAME"])) as address:
        options = {name: value for name, value in own.settings_dict["OPTIONS"].items() if name != "init_command"}
        own.settings_dict |= {"NAME": address, "OPTIONS": {**options, "timeout": lock_seconds}}
        with closing(own), own.cursor() as cursor:
            cursor.execute("BEGIN DEFERRED")
            yield own
            cursor.execute("ROLLBACK")


@contextmanager
def _address(file: Path) -> Iterator[str]:
    """How to open the file without making anything beside it."""
    log, index = Path(f"{file}-wal"), Path(f"{file}-shm")
    if not _has_log(file):
        yield _uri(file)
    elif log.exists() and index.exists():
        yield _uri(file, "readonly_shm=1")
    elif log.exists() and log.stat().st_size:
        with tempfile.TemporaryDirectory(prefix="roundsman-reading-") as folder:
            for each in (file, log):
                shutil.copyfile(each, Path(folder) / each.name)
            yield _uri(Path(folder) / file.name)
    else:
        before = _stamp(file)
        yield _uri(file, "immutable=1")
        if _stamp(file) != before:
            raise ChangedMeanwhile(f"{file} was written to while it was read. Run this again.")


def _uri(file: Path, option: str = "") -> str:
    return f"{file.resolve().as_uri()}?mode=ro{'&' if option else ''}{option}"


def _has_log(file: Path) -> bool:
    with file.open("rb") as stream:
        head = stream.read(20)
    return len(head) == 20 and head[18] == WAL_VERSION


def _stamp(file: Path) -> tuple[float, int]:
    found = file.stat()
    return found.st_mtime_ns, found.st_size
