"""Who competes: the bare statement, the backfill's commands (as a person runs them), row-by-row saves, and the readers."""

import json
import os
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg

from tests.bench.books import Books, ask, run_sql
from tests.environment import ROOT

BARE = (Path(__file__).parent / "bare.sql").read_text()
# What the table holds and how many images its history has: equal for everyone who did the same work.
END = (
    "SELECT (SELECT count(route_id) FROM payments), "
    "(SELECT sum(hashtext(id::text || COALESCE(route_id::text, ''))::bigint) FROM payments), "
    "(SELECT count(*) FROM historical_payments WHERE history_type = '~' AND backfill_run IS NOT NULL)"
)


@dataclass(frozen=True)
class Measured:
    """One process's seconds from start to end, its peak memory, and its answer."""

    seconds: float
    peak_bytes: int
    answer: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Race:
    """What all contestants needed on one set of books."""

    books: Books
    rows: int
    bare_seconds: list[float]
    execute: list[Measured]
    dry_run: Measured
    undo: Measured
    longest_batch_seconds: float
    batches: int

    @property
    def scale(self) -> str:
        """Which books, in words."""
        return f"{self.books.payments:,} payments, {self.books.ids} ids"


def race(books: Books, rounds: int) -> Race:
    """Let the bare statement and the backfill take turns; then dry run and undo on their own copies."""
    bare, executions, ends = [], [], set()
    for number in range(rounds):
        with books.copy("bare") as address:
            bare.append(bare_statement(address))
            ends.add(ask(address, END))
        with books.copy("engine") as address:
            looked = command(address, "backfill_payment_route_id", "--json")
            executions.append(command(address, "backfill_payment_route_id", "--execute", "--json", "--no-input"))
            ends.add(ask(address, END))
            if number == rounds - 1:
                run_id = executions[-1].answer["run_id"]
                counts = ask(address, "SELECT counts FROM backfill_runs WHERE id = %s", run_id)[0]
                run_sql(address, "VACUUM ANALYZE", "CHECKPOINT")
                undone = command(address, "backfill_runs", "undo", run_id, "--json", "--no-input")
    if len(ends) != 1:
        raise SystemExit(f"The contestants ended with different data: {ends}")
    rows = executions[-1].answer["payments_updated"]
    longest = max(counts["longest_batch_seconds"], 0)
    return Race(books, rows, bare, executions, looked, undone, longest, counts["batches"])


def two_alone(books: Books) -> tuple[float, float, int]:
    """Seconds of the bare statement and of the execution, and the rows of each, on books of their own."""
    with books.copy("bare") as address:
        bare, by_hand = bare_statement(address), ask(address, END)
    with books.copy("engine") as address:
        execution = command(address, "backfill_payment_route_id", "--execute", "--json", "--no-input")
        if ask(address, END) != by_hand:
            raise SystemExit(f"The contestants ended with different data: {by_hand}, {ask(address, END)}")
    return bare, execution.seconds, execution.answer["payments_updated"]


def bare_statement(address: str) -> float:
    """The seconds of one statement and its commit."""
    with psycopg.connect(address) as connection:
        started = time.perf_counter()
        connection.execute(BARE)
        connection.commit()
        return time.perf_counter() - started


def command(address: str, *arguments: str) -> Measured:
    """Run a management command as a person would; its start is counted too."""
    return measured([sys.executable, "-m", "tests.environment", "manage.py", *arguments], address, good={0, 1})


def inside(address: str, measurement: str) -> dict[str, Any]:
    """Measure something inside the product's own process."""
    return measured([sys.executable, "-m", "tests.bench.inside", measurement], address, good={0}).answer


def measured(arguments: list[str], address: str, *, good: set[int]) -> Measured:
    """Run a process to its end. A backfill's exit code 1 is "a person must look": the demo has unclear rows."""
    environment = {**os.environ, "DATABASE_URL": address, "LOG_LEVEL": "ERROR"}
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        started = time.perf_counter()
        process = subprocess.Popen(arguments, cwd=ROOT, env=environment, stdout=out, stderr=err)  # noqa: S603
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - started
        process.returncode = os.waitstatus_to_exitcode(status)
        out.seek(0), err.seek(0)
        if process.returncode not in good:
            said = (out.read() + err.read()).decode()
            raise SystemExit(f"{' '.join(arguments[1:])} ended with {process.returncode}:\n{said}")
        peak = usage.ru_maxrss if sys.platform == "darwin" else usage.ru_maxrss * 1024
        return Measured(seconds, peak, json.loads(out.read()))
