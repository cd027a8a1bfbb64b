"""Instances as a lender has them before cashback: databases of their own, worked on by real processes.

`instances.add("prod")` gives a copy of the template, with loans, payments and a tracker; `instances.run(command, "prod")` runs
a command that knows them by name. On PostgreSQL the instances are databases of the server. The installation's own
database is a file that does not exist, unless a test brings one: an instance needs none.
"""

import hashlib
import os
import signal
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import pytest

from tests.engine.content import digest
from tests.processes import Ended, Running, Scratch, Template, copy_to, drop_database, parts_of

PATIENCE_SECONDS = 240  # a migration takes seconds, and all of a busy machine's tests run beside it

SIX = [
    "cashback_transaction",
    "loan_cashback_config",
    "tracker_entry",
    "tracker_cashback_config",
    "user_payment_method",
    "cashback_redemption",
]


@dataclass
class Instances:
    """The instances of one test, by name."""

    template: Template
    own: Scratch
    by_name: dict[str, Scratch] = field(default_factory=dict)
    copies: list[str] = field(default_factory=list)

    @property
    def folder(self) -> Path:
        """Where the files of SQLite instances lie."""
        return self.own.folder / "instances"

    @property
    def backups(self) -> Path:
        """Where backups made before a change lie: beside the instance, or in BACKUP_DIR."""
        return self.own.folder / "backups" if self.template.url.startswith("postgres") else self.folder

    def add(self, name: str, *, like: str = "") -> Scratch:
        """A copy of the template, or of another database, under this name."""
        if self.template.url.startswith("sqlite"):
            url = f"sqlite:///{self.folder / f'{name}.sqlite3'}"
        else:
            place, database, rest = parts_of(self.template.url)
            copy = f"{database[-20:]}_{self.own.folder.name[-20:]}_{name}".replace("-", "_")
            url = f"{place}/{copy}{rest}"
        copy_to(like or self.template.url, url)
        self.copies.append(url)
        return self.name(name, url)

    def name(self, name: str, url: str) -> Scratch:
        """Name an address, whatever is there."""
        self.by_name[name] = Scratch(url, self.folder)
        return self.by_name[name]

    def start(self, *command: str, before: Callable[[], None] | None = None) -> Running:
        """Start `manage.py command` with these instances known."""
        addresses = {name: each.url for name, each in self.by_name.items()}
        return self.own.start(*command, before=partial(known, addresses, str(self.own.folder / "backups"), before))

    def run(self, *command: str, before: Callable[[], None] | None = None) -> Ended:
        """Run `manage.py command` to its end."""
        return self.start(*command, before=before).wait(PATIENCE_SECONDS)

    def files(self) -> dict[str, str]:
        """Every file of the test's folder, with its checksum; processes' own words apart."""
        return {
            str(path.relative_to(self.own.folder)): hashlib.sha256(path.read_bytes()).hexdigest()
            for path in sorted(self.own.folder.rglob("*"))
            if path.is_file() and path.suffix not in {".out", ".err"}
        }

    def saved(self) -> list[Path]:
        """The backups that were made, without their manifests."""
        return sorted(path for path in self.backups.glob("*_pre_*") if not path.name.endswith(".json"))

    def drop(self) -> None:
        """Remove them all."""
        self.own.end_all()
        for url in self.copies:
            drop_database(url)


@dataclass(frozen=True)
class Story:
    """One migration of the instance `prod`: what stood there before, how the command ended."""

    instances: Instances
    prod: Scratch
    before: tuple[list[tuple], dict[str, str]]
    ended: Ended


def known(addresses: dict[str, str], backups: str, before: Callable[[], None] | None) -> None:
    """In a child: name these instances, as INSTANCE_DATABASE_URLS would have."""
    from django.conf import settings
    from django.db import connections

    from config.environment import parse_database

    settings.BACKUP_DIR = Path(backups)
    named = {name: parse_database(name, url) for name, url in addresses.items()}
    filled = connections.configure_settings({"default": connections.settings["default"], **named})
    connections.settings |= filled
    if before is not None:
        before()


def of_sqlite(instances: Instances, name: str, folder: str = ".") -> Path:
    """The file of an instance as before cashback, with nothing beside it; on PostgreSQL there is none."""
    if not instances.template.url.startswith("sqlite"):
        pytest.skip("needs SQLite: runs in the first half of `make test`")
    file = instances.folder / folder / f"{name}.sqlite3"
    file.parent.mkdir(exist_ok=True)
    file.write_bytes(Path(instances.template.url.removeprefix("sqlite:///")).read_bytes())
    instances.name(name, f"sqlite:///{file}")
    return file


def definitions(instance: Scratch) -> list[tuple]:
    """How each table, index, constraint and trigger of a database is defined."""
    from operations.untouched import POSTGRES_DEFINITIONS, SQLITE_DEFINITIONS

    return sorted(instance.ask(POSTGRES_DEFINITIONS if instance.is_postgres else SQLITE_DEFINITIONS))


def all_of(instance: Scratch) -> tuple[list[tuple], dict[str, str]]:
    """A whole database as a value: definitions, and every row of every table."""
    return definitions(instance), digest(instance)


def tables_of(instance: Scratch) -> set[str]:
    """The names of its tables."""
    return set(digest(instance))


def die_at(words: str, occurrence: int = 1) -> None:
    """In a child: set a trap that ends it with SIGKILL just before a statement on `prod` that holds these words."""
    from django.db import connections

    seen = 0

    def trap(execute, sql, params, many, context):
        nonlocal seen
        seen += words in str(sql)
        if seen == occurrence:
            os.kill(os.getpid(), signal.SIGKILL)
        return execute(sql, params, many, context)

    connections["prod"].execute_wrappers.append(trap)


def lend() -> None:
    """In a child, on its default database: lend to two people as a lender did before cashback."""
    from tests import make

    loan = make.loan()
    make.loan_payment(on=loan, verify=True)
    make.loan_payment(on=loan)
    make.loan()
    make.tracker()


def go_back(lender: Scratch) -> None:
    """Take out all that came with cashback, and what Django wrote down of it."""
    drop(lender, *SIX, *supporting(lender))
    lending = (
        "'loan', 'loanpayment', 'dailytracker', 'historicalloan', 'historicalloanpayment', 'historicaldailytracker'"
    )
    later = f"app_label = 'cashback' AND model NOT IN ({lending})"
    lender.ask(
        f"DELETE FROM auth_permission WHERE content_type_id IN (SELECT id FROM django_content_type WHERE {later})"
    )
    lender.ask(f"DELETE FROM django_content_type WHERE {later}")
    lender.ask("DELETE FROM django_migrations WHERE app = 'cashback' AND name <> '0001_lending'")


def supporting(instance: Scratch) -> list[str]:
    """What stands there besides the six and what was there before them."""
    named = ("cashback_accounts", "cashback_policies", "assignments", "payout_reads")
    historical = [f"historical_{table}" for table in [*SIX, "cashback_policies"]]
    return [table for table in tables_of(instance) if table.endswith(named) or table in historical]


def drop(instance: Scratch, *tables: str) -> None:
    """Drop tables by hand, and what points to them."""
    for table in tables:
        instance.ask(f'DROP TABLE "{table}"{" CASCADE" if instance.is_postgres else ""}')


def add_payment_method(prod: Scratch) -> None:
    """A row in one of the six tables, as somebody who began to use cashback has it."""
    tenant, user = (prod.one(f"SELECT id FROM {table} ORDER BY id LIMIT 1") for table in ("tenants", "users"))
    texts = ["account_name", "account_number", "ifsc_code", "bank_name", "upi_id", "gpay_id", "phone_number", "address"]
    said = {"id": tenant, "tenant_id": tenant, "user_id": user, "payment_type": "cash", **dict.fromkeys(texts, "")}
    said |= {"created_at": "2026-01-01", "updated_at": "2026-01-01", "is_default": "false" if prod.is_postgres else "0"}
    values = ", ".join(f"'{value}'" for value in said.values())
    prod.ask(f"INSERT INTO user_payment_method ({', '.join(said)}) VALUES ({values})")
