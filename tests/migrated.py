"""The tests' database, migrated once: each worker begins with a copy of what the first one made.

To migrate every table from nothing takes as long as a hundred tests. So one template is made, under a lock, named by a digest of
what it is made from; a worker copies it in milliseconds and then migrates as ever, which finds nothing left to do. On SQLite the
template is a file that the next run takes too, on PostgreSQL a database of the server.
"""

import fcntl
import gc
import hashlib
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.environment import ROOT, scratch_root
from tests.processes import copy_to, drop_database, on_server, parts_of

NAME = "roundsman_migrated"
MADE_FROM = (
    "*/migrations/*.py",
    "*/models/*.py",
    "*/models.py",
    "*/apps.py",
    "accounts/*.py",
    "operations/*.py",
    "config/*.py",
    "requirements.txt",
)
MANY = 50_000


def copy_migrated_to(url: str) -> None:
    """Lay a migrated database without a row at this address, on the server or in the folder of the tests."""
    with _alone():
        template = _template_beside(url)
        if not _is_there(template):
            _make(template)
        copy_to(template, url)  # still alone: nobody drops it meanwhile as an older one


def collect_garbage_seldom() -> None:
    """Let Python look for garbage once in many objects: what lives here lives long, and is looked at in vain."""
    gc.freeze()
    gc.set_threshold(MANY, 20, 100)


def _template_beside(url: str) -> str:
    name = f"{NAME}_{_digest()}"
    if url.startswith("sqlite"):
        return f"sqlite:///{scratch_root() / name}.sqlite3"
    place, _, rest = parts_of(url)
    return f"{place}/{name}{rest}"


def _digest() -> str:
    said = hashlib.sha256()
    for file in sorted({file for pattern in MADE_FROM for file in ROOT.glob(pattern)}):
        said.update(f"{file.relative_to(ROOT)}\0".encode() + file.read_bytes())
    return said.hexdigest()[:16]


def _make(template: str) -> None:
    """Migrate beside its place and then move it there: what was interrupted is nobody's template."""
    _drop_older(template)
    making = template.replace(NAME, f"{NAME}_making")
    drop_database(making)
    if not template.startswith("sqlite"):
        on_server(making, f'CREATE DATABASE "{parts_of(making)[1]}"')
    command = [sys.executable, "-m", "tests.migrated"]
    subprocess.run(command, cwd=ROOT, env={**os.environ, "DATABASE_URL": making}, check=True)
    if template.startswith("sqlite"):
        _file(making).replace(_file(template))
    else:
        on_server(template, f'ALTER DATABASE "{parts_of(making)[1]}" RENAME TO "{parts_of(template)[1]}"')


def _is_there(url: str) -> bool:
    if url.startswith("sqlite"):
        return _file(url).exists()
    return bool(on_server(url, f"SELECT 1 FROM pg_database WHERE datname = '{parts_of(url)[1]}'"))  # noqa: S608


def _drop_older(template: str) -> None:
    if template.startswith("sqlite"):
        older = [f"sqlite:///{file}" for file in scratch_root().glob(f"{NAME}_*.sqlite3")]
    else:
        place, _, rest = parts_of(template)
        names = on_server(template, f"SELECT datname FROM pg_database WHERE starts_with(datname, '{NAME}_')")  # noqa: S608
        older = [f"{place}/{name}{rest}" for (name,) in names]
    for each in older:
        drop_database(each)


def _file(url: str) -> Path:
    return Path(url.removeprefix("sqlite:///"))


@contextmanager
def _alone() -> Iterator[None]:
    with (scratch_root() / "migrated.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def main() -> None:
    """Migrate the database at DATABASE_URL, all of it."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    import django
    from django.core.management import call_command
    from django.db import connection

    django.setup()
    collect_garbage_seldom()
    call_command("migrate", verbosity=0, run_syncdb=True)
    connection.close()  # SQLite moves its log into the file


if __name__ == "__main__":
    main()
