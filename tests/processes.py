"""Real processes on databases of their own: what a test kills, freezes, interrupts and compares row for row.

A `Template` is a demo database made once a session; `Template.copy()` gives a test one of its own in milliseconds. A `Scratch`
runs `manage.py` commands (`scratch.run(…)`, `scratch.start(…)`) or any function of a test module in a process that is forked from
one that has imported everything already, so that a start costs milliseconds and a test can afford forty of them.
"""

import json
import multiprocessing
import os
import signal
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.environment import ROOT

NURSERY = multiprocessing.get_context("forkserver")
NURSERY.set_forkserver_preload(["tests.preloaded"])
PATIENCE_SECONDS = 60


@dataclass(frozen=True)
class Ended:
    """How a process ended: its exit code (negative: the signal that killed it) and what it said."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """Its standard output as one JSON object."""
        return json.loads(self.out)

    @property
    def events(self) -> list[dict[str, Any]]:
        """The JSON lines on its standard error."""
        return [json.loads(line) for line in self.err.splitlines() if line.startswith("{")]


@dataclass
class Running:
    """A process that a test started and may send signals to."""

    process: Any
    out: Path
    err: Path

    @property
    def pid(self) -> int:
        """Its process id."""
        return self.process.pid

    def send(self, number: int) -> None:
        """Send a signal."""
        os.kill(self.pid, number)

    def wait(self, seconds: float = PATIENCE_SECONDS) -> Ended:
        """Wait for its end."""
        self.process.join(seconds)
        if self.process.exitcode is None:
            self.process.kill()
            raise AssertionError(f"Still running after {seconds} s. It said: {self.err.read_text()[-2000:]}")
        return Ended(self.process.exitcode, self.out.read_text(), self.err.read_text())

    def kill(self) -> Ended:
        """End it as a power cut would."""
        self.process.kill()
        return self.wait()


@dataclass
class Scratch:
    """A database that belongs to one test."""

    url: str
    folder: Path
    started: int = 0
    running: list[Running] = field(default_factory=list)

    @property
    def is_postgres(self) -> bool:
        """Whether it lies on PostgreSQL."""
        return not self.url.startswith("sqlite")

    def start(self, *command: str, before: Callable[[], None] | None = None) -> Running:
        """Start `manage.py command` in a process of its own; `before` runs in it first, to set a trap."""
        return self.start_function(_manage, command, before)

    def run(self, *command: str, before: Callable[[], None] | None = None) -> Ended:
        """Run `manage.py command` to its end."""
        return self.start(*command, before=before).wait()

    def start_function(self, function: Callable[..., None], *arguments: Any) -> Running:
        """Run a function of a test module in a process of its own, with this database as its default one."""
        self.started += 1
        out, err = (self.folder / f"{self.started}.{name}" for name in ("out", "err"))
        process = NURSERY.Process(target=_in_child, args=(self.url, out, err, function, arguments), daemon=True)
        process.start()
        self.running.append(Running(process, out, err))
        return self.running[-1]

    def connect(self) -> Any:
        """A plain connection of the database's own driver, each statement committed by itself."""
        if self.is_postgres:
            import psycopg

            return psycopg.connect(self.url, autocommit=True)
        return sqlite3.connect(self.url.removeprefix("sqlite:///"), timeout=20, isolation_level=None)

    def ask(self, statement: str) -> list[tuple]:
        """Run one statement and give its rows."""
        with closing(self.connect()) as connection:
            cursor = connection.execute(statement)
            return cursor.fetchall() if cursor.description else []

    def one(self, statement: str) -> Any:
        """The one value that a query answers."""
        [(value,)] = self.ask(statement)
        return value

    def json(self, statement: str) -> Any:
        """The one JSON value that a query answers."""
        value = self.one(statement)
        return json.loads(value) if isinstance(value, str) else value

    def wait_until(self, statement: str, seconds: float = PATIENCE_SECONDS) -> Any:
        """Wait until a query's one value is true, and give it."""
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            if value := self.one(statement):
                return value
            time.sleep(0.01)
        raise AssertionError(f"Not within {seconds} s: {statement}")

    def end_all(self) -> None:
        """End whatever still runs, woken up first if it is frozen."""
        for running in self.running:
            if running.process.exitcode is None:
                running.send(signal.SIGCONT)
                running.process.kill()
                running.process.join(5)


def _in_child(url: str, out: Path, err: Path, function: Callable[..., None], arguments: tuple[Any, ...]) -> None:
    for number, path in ((1, out), (2, err)):
        os.dup2(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC), number)
    use_database(url)
    os.chdir(ROOT)
    function(*arguments)


def use_database(url: str) -> None:
    """Point Django's default database at this address, in a process that has not used it yet."""
    from django.db import connections

    from config.environment import parse_database

    del connections["default"]
    connections.settings["default"] |= parse_database("DATABASE_URL", url)


def _manage(command: tuple[str, ...], before: Callable[[], None] | None) -> None:
    import sys

    from manage import main

    if before is not None:
        before()
    sys.argv = ["manage.py", *command]
    main()


# Databases ------------------------------------------------------------------------------------------------


@dataclass
class Template:
    """A database to copy: nobody is connected to it, nobody changes it."""

    url: str
    folder: Path
    copies: int = 0

    @contextmanager
    def copy(self) -> Iterator[Scratch]:
        """A database of the same content, gone at the end."""
        self.copies += 1
        folder = self.folder / f"copy-{self.copies}"
        folder.mkdir()
        scratch = Scratch(copy_database(self.url, folder), folder)
        try:
            yield scratch
        finally:
            scratch.end_all()
            drop_database(scratch.url)


def copy_database(url: str, folder: Path) -> str:
    """Copy a database that nobody is connected to; returns the copy's address."""
    place, name, rest = parts_of(url)
    copy = f"{name}_{folder.name}".replace("-", "_")[-60:]
    target = f"sqlite:///{folder / 'books.sqlite3'}" if url.startswith("sqlite") else f"{place}/{copy}{rest}"
    copy_to(url, target)
    return target


def copy_to(source: str, target: str) -> None:
    """Copy a database that nobody is connected to, in place of whatever lies at this address."""
    drop_database(target)
    if source.startswith("sqlite"):
        files = (address.removeprefix("sqlite:///") for address in (source, target))
        with closing(sqlite3.connect(next(files))) as original, closing(sqlite3.connect(next(files))) as made:
            original.backup(made)
    else:
        on_server(target, f'CREATE DATABASE "{parts_of(target)[1]}" TEMPLATE "{parts_of(source)[1]}"')


def drop_database(url: str) -> None:
    """Remove a database, whoever is connected to it, if it is there."""
    if url.startswith("sqlite"):
        file = Path(url.removeprefix("sqlite:///"))
        for suffix in ("", "-wal", "-shm"):
            Path(f"{file}{suffix}").unlink(missing_ok=True)
    else:
        on_server(url, f'DROP DATABASE IF EXISTS "{parts_of(url)[1]}" WITH (FORCE)')


def parts_of(url: str) -> tuple[str, str, str]:
    """An address before the database's name, the name, and what follows it."""
    address, mark, options = url.partition("?")
    place, _, name = address.rpartition("/")
    return place, name, mark + options


def on_server(url: str, *statements: str) -> list[tuple]:
    """Run statements on the server of an address, outside its database; gives the rows of the last one."""
    import psycopg

    place, _, rest = parts_of(url)
    with closing(psycopg.connect(f"{place}/postgres{rest}", autocommit=True)) as server:
        for statement in statements:
            cursor = server.execute(statement)
        return cursor.fetchall() if cursor.description else []


def address_of(connection: Any, name: str = "") -> str:
    """The address of Django's connection, or of another database beside it, in the form of DATABASE_URL."""
    name = name or connection.settings_dict["NAME"]
    if connection.vendor == "sqlite":
        return f"sqlite:///{name}"
    place, _, rest = parts_of(os.environ["DATABASE_URL"])
    return f"{place}/{name}{rest}"
