"""How fast payments are recorded and allocated: `python -m tests.bench.payments [--recorded N]`; a part of `make bench`.

Against a bare psycopg loop that sends the very same statements, one transaction for each payment. Its process first lets
`record_payment` run on a copy of its own and keeps every statement with its values, then sends them to another copy: locks,
reads, savepoints, rows, audit trail, history, a BEGIN and a COMMIT for each payment. So the loop never does less, and what is
compared is Python alone: the loop speaks to the server over a connection with the product's own parameters, which prepare
nothing, as Django has it, since prepared statements do not survive a connection pooler. With a plain `psycopg.connect` the
server would plan each of its statements once instead of once a payment, and the comparison would be one of planning. That loop
is measured too, and shown without a target.
"""

import argparse
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

import psycopg

from tests import environment
from tests.bench.books import Books, ask
from tests.bench.contestants import measured
from tests.bench.table import Line, text_of
from tests.environment import ROOT

NOW = datetime(2026, 1, 28, 12, tzinfo=UTC)
CENTS, PART = 10_000, 6_000
MANY = 8
LEAST_OF_BARE = 0.5
CONTESTANTS = ("ours", "bare", "prepared")
WARM_UP = 20
CHUNK = 2000
# What must be the same whoever recorded the payments.
END = (
    "SELECT (SELECT count(*) FROM payments), (SELECT sum(allocated_cents) FROM payments), "
    "(SELECT sum(allocated_cents) FROM invoices), (SELECT count(*) FROM allocations), (SELECT count(*) FROM payment_audit_logs), "
    "(SELECT count(*) FROM historical_payments), (SELECT count(*) FROM historical_invoices)"
)

Statement = tuple[str, Any]


class OpenBooks(Books):
    """A template database with an issued invoice for each payment that will be recorded, each of another customer."""

    @property
    def template(self) -> str:
        """The template's name."""
        return f"bench_open_invoices_{self.payments}"

    def fill(self, address: str) -> None:
        """Store customers and their open invoices."""
        measured(_words("load", self.payments, 0, 1), address, good={0})


@dataclass(frozen=True)
class Recorded:
    """So many payments in so many seconds, from the first that began to the last that ended."""

    payments: int
    seconds: float
    statements: float

    @property
    def rate(self) -> float:
        """Payments a second."""
        return self.payments / self.seconds


def load(invoices: int) -> None:
    """Store customers, and an open invoice of each with its first image of history."""
    from simple_history.utils import bulk_create_with_history

    from accounts.models import Role, Tenant
    from accounts.services import create_user
    from billing.models import Customer, Invoice

    tenant = Tenant.objects.create(slug="bench", name="Bench", currency="BDT")
    create_user(actor=None, email="office@example.com", name="Office", role=Role.FINANCE, tenant=tenant)
    for start in range(0, invoices, CHUNK):
        numbers = range(start, min(start + CHUNK, invoices))
        people = [Customer(tenant=tenant, number=f"C-{number}", name=f"Shop {number}") for number in numbers]
        bulk_create_with_history(people, Customer)
        asked = [
            Invoice(
                tenant=tenant, customer=person, number=f"OTH-{number}", source="OTHER", status="ISSUED", total_cents=CENTS,
                counts_by_allocations=True, currency="BDT", issued_at=NOW,
            )
            for number, person in zip(numbers, people, strict=True)
        ]  # fmt: skip
        bulk_create_with_history(asked, Invoice)


def works(part: int, parts: int) -> list[Callable[[], Any]]:
    """The payments of one worker, ready to be recorded; customers and invoices are read before the clock starts."""
    from accounts.models import User
    from billing.models import Invoice
    from billing.services import record_payment

    clerk = User.objects.select_related("tenant").get()
    found = list(Invoice.objects.select_related("customer").order_by("number", "id"))[part::parts]

    def work(invoice: Invoice) -> Any:
        return record_payment(
            actor=clerk,
            customer=invoice.customer,
            amount_cents=PART,
            currency="BDT",
            channel="BANK_TRANSFER",
            received_at=NOW,
            now=NOW,
            splits=[{"invoice": invoice.pk, "amount_cents": PART}],
            idempotency_key=f"bench-{invoice.pk}",
        )

    return [lambda invoice=invoice: work(invoice) for invoice in found]


def tape(work: Callable[[], Any]) -> list[Statement]:
    """Record a payment, and keep what was sent to the database."""
    from django.db import connection

    sent: list[Statement] = []

    def keep(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        sent.append((sql, params))
        return execute(sql, params, many, context)

    with connection.execute_wrapper(keep):
        work()
    return sent


def connected(target: str, *, prepares: bool) -> psycopg.Connection:
    """Connect a loop: as the product does, or as psycopg does by itself, which prepares what it sends often."""
    from django.db import connection

    if prepares:
        return psycopg.connect(target, autocommit=True)
    parameters = {**connection.get_connection_params(), "dbname": urlsplit(target).path.lstrip("/")}
    return psycopg.connect(**parameters, autocommit=True)


def replay(connection: psycopg.Connection, statements: list[Statement]) -> None:
    """Send the statements of one payment in a transaction of their own, and read what they answer."""
    with connection.transaction(), connection.cursor() as cursor:
        for sql, params in statements:
            cursor.execute(sql, params)
            if cursor.description:
                cursor.fetchall()


def record(contestant: str, part: int, parts: int, target: str) -> dict[str, Any]:
    """Be one worker: warm up, say that we are ready, wait for the start, and record all payments of our part."""
    todo = works(part, parts)
    statements = 0
    if contestant != "ours":
        tapes = [tape(work) for work in todo]
        statements = sum(map(len, tapes))
        connection = connected(target, prepares=contestant == "prepared")
        todo = [lambda sent=sent: replay(connection, sent) for sent in tapes]
    for work in todo[:WARM_UP]:
        work()
    print("ready", flush=True)
    sys.stdin.readline()
    began = time.time()
    for work in todo[WARM_UP:]:
        work()
    return {"began": began, "ended": time.time(), "payments": len(todo) - WARM_UP, "statements": statements / len(todo)}


def run(books: OpenBooks, contestant: str, workers: int) -> tuple[Recorded, Any]:
    """Let so many processes record all payments at the same time; also tell what the books hold at the end."""
    with books.copy("payments_taped") as taped, books.copy("payments") as target:
        started = [_start(contestant, books.payments, part, workers, taped, target) for part in range(workers)]
        for process in started:
            if process.stdout.readline() != "ready\n":
                raise SystemExit(f"A worker did not begin: {process.communicate()}")
        for process in started:
            process.stdin.write("go\n")
            process.stdin.flush()
        answers = [json.loads(process.communicate()[0]) for process in started]
        seconds = max(answer["ended"] for answer in answers) - min(answer["began"] for answer in answers)
        statements = sum(answer["statements"] for answer in answers) / workers
        return Recorded(sum(answer["payments"] for answer in answers), seconds, statements), ask(target, END)


def payments(server: str, recorded: int) -> Iterable[Line]:
    """All contestants, alone and with eight workers."""
    books = OpenBooks(server, recorded, "time")
    books.load()
    for workers in (1, MANY):
        (ours, our_end), *loops = (run(books, contestant, workers) for contestant in CONTESTANTS)
        if any(end != our_end for _, end in loops):
            raise SystemExit(f"The contestants ended with different data: {our_end} and {[end for _, end in loops]}")
        name = "payments recorded and allocated" if workers == 1 else f"the same by {workers} workers"
        (bare, _), (prepared, _) = loops
        ratio = ours.rate / bare.rate
        yield Line(
            f"{name} : bare loop",
            f"{ratio:.2f} x",
            _both(ours, bare),
            f"at least {LEAST_OF_BARE:g} x",
            ratio >= LEAST_OF_BARE,
        )
        yield Line(f"{name} : bare loop, prepared", f"{ours.rate / prepared.rate:.2f} x", _both(ours, prepared))


def _both(ours: Recorded, bare: Recorded) -> str:
    return f"{ours.rate:,.0f} a second against {bare.rate:,.0f}, {bare.statements:.0f} statements each"


def _words(act: str, number: int, part: int, parts: int, target: str = "") -> list[str]:
    words = [sys.executable, "-m", "tests.bench.payments", "--inside", act, "--recorded", str(number)]
    return [*words, "--part", str(part), "--parts", str(parts), "--target", target]


def _start(contestant: str, number: int, part: int, parts: int, taped: str, target: str) -> Any:
    address = target if contestant == "ours" else taped
    environ = {**os.environ, "DATABASE_URL": address, "LOG_LEVEL": "ERROR"}
    return subprocess.Popen(  # noqa: S603 - our own module
        _words(contestant, number, part, parts, target),
        cwd=ROOT,
        env=environ,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


def main() -> int:
    """Measure and print; or, with --inside, be the process that is measured."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.payments", description=__doc__)
    parser.add_argument("--recorded", type=int, default=4000, metavar="N")
    for name, kind in (("--inside", str), ("--part", int), ("--parts", int), ("--target", str)):
        parser.add_argument(name, type=kind, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    environment.prepare()
    if not asked.inside:
        print(text_of(list(payments(os.environ["DATABASE_URL"], asked.recorded))))
        return 0
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    import django

    django.setup()
    if asked.inside == "load":
        load(asked.recorded)
        print("{}")
    else:
        print(json.dumps(record(asked.inside, asked.part, asked.parts, asked.target)))
    return 0


if __name__ == "__main__":
    with suppress(KeyboardInterrupt):
        sys.exit(main())
