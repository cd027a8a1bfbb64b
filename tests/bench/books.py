"""Databases to measure on: the large demo loaded once, and an identical, vacuumed copy of it for each contestant."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from urllib.parse import urlsplit, urlunsplit

import psycopg

from tests.environment import ROOT


@dataclass(frozen=True)
class Books:
    """A loaded demo of so many payments with such ids, kept as a template; tidy: without the odd ones."""

    server: str
    payments: int
    ids: str
    invoices: int = 0
    tidy: bool = False

    @property
    def template(self) -> str:
        """The template's name."""
        return (
            f"bench_{self.ids}_{self.payments}" + (f"_{self.invoices}" if self.invoices else "") + "_tidy" * self.tidy
        )

    def load(self) -> None:
        """Make the template, unless an earlier run on this server has."""
        if ask(self.server, "SELECT 1 FROM pg_database WHERE datname = %s", self.template):
            return
        unfinished = f"{self.template}_unfinished"
        run_sql(self.server, f"DROP DATABASE IF EXISTS {unfinished}", f"CREATE DATABASE {unfinished}")
        manage(at(self.server, unfinished), "migrate", "--verbosity", "0")
        self.fill(at(self.server, unfinished))
        run_sql(at(self.server, unfinished), "VACUUM (FREEZE, ANALYZE)")
        run_sql(self.server, f"ALTER DATABASE {unfinished} RENAME TO {self.template}")

    def fill(self, address: str) -> None:
        """Load the demo."""
        numbers = ("--payments", str(self.payments), "--invoices", str(self.invoices))
        manage(address, "load_demo", "--force", "--size", "large", "--ids", self.ids, *numbers, *["--tidy"] * self.tidy)

    @contextmanager
    def copy(self, name: str) -> Iterator[str]:
        """The address of an identical copy, vacuumed and flushed, dropped at the end."""
        copied = f"bench_{name}"
        drop = f"DROP DATABASE IF EXISTS {copied} WITH (FORCE)"
        run_sql(self.server, drop, f"CREATE DATABASE {copied} TEMPLATE {self.template} STRATEGY FILE_COPY")
        address = at(self.server, copied)
        run_sql(address, "VACUUM ANALYZE", "CHECKPOINT")
        try:
            yield address
        finally:
            run_sql(self.server, drop)


def at(server: str, database: str) -> str:
    """The address of another database of the same server."""
    return urlunsplit(urlsplit(server)._replace(path=f"/{database}"))


def run_sql(address: str, *statements: str) -> None:
    """Run statements, each by itself."""
    with psycopg.connect(address, autocommit=True) as connection:
        for statement in statements:
            connection.execute(statement)


def ask(address: str, question: str, *parameters: object) -> tuple | None:
    """The first row of an answer."""
    with psycopg.connect(address, autocommit=True) as connection:
        return connection.execute(question, parameters or None).fetchone()


def manage(address: str, *arguments: str) -> str:
    """Run a management command on a database; returns what it printed."""
    command = [sys.executable, "-m", "tests.environment", "manage.py", *arguments]
    environment = {**os.environ, "DATABASE_URL": address, "LOG_LEVEL": "ERROR"}
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True)  # noqa: S603
    if done.returncode:
        raise RuntimeError(f"{' '.join(arguments)} ended with {done.returncode}:\n{done.stdout}{done.stderr}")
    return done.stdout
