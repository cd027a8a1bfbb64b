"""Whole databases as values: every table, every row, with only that taken out which must differ between two runs."""

import hashlib
import json
from collections.abc import Iterable
from typing import Any

from tests.processes import Scratch

ENGINE_TABLES = frozenset({"backfill_runs", "backfill_findings"})  # what a recorded preview may add to

# Moments, processes and numbers of rows that a second run cannot repeat.
OF_ITS_OWN = {
    "backfill_runs": {
        "created_at", "started_at", "finished_at", "heartbeat_at", "generation", "worker", "progress", "stop_reason",
    },
    "backfill_changes": {"id"},
    "backfill_findings": {"id", "created_at"},
}  # fmt: skip
OF_ITS_OWN_COUNTS = {"longest_batch_seconds", "batches"}  # a busy machine may split one


def tables(scratch: Scratch) -> list[str]:
    """The names of all tables."""
    if scratch.is_postgres:
        query = "SELECT tablename FROM pg_tables WHERE schemaname = 'public'"
    else:
        query = "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"
    return sorted(name for (name,) in scratch.ask(query))


def digest(scratch: Scratch, *, without: Iterable[str] = ()) -> dict[str, str]:
    """A checksum of every row of every table as it stands, table by table."""
    return {
        table: hashlib.sha256(
            "\n".join(sorted(map(repr, scratch.ask(f'SELECT * FROM "{table}"')))).encode()
        ).hexdigest()
        for table in tables(scratch)
        if table not in without
    }


def content(scratch: Scratch) -> dict[str, list[str]]:
    """Every row of every table, ready to be compared with that of a twin whose runs did the same work."""
    runs = [str(run).replace("-", "") for (run,) in scratch.ask("SELECT id FROM backfill_runs ORDER BY created_at, id")]
    return {table: _rows(scratch, table, runs) for table in tables(scratch) if not table.startswith("django_")}


def _rows(scratch: Scratch, table: str, runs: list[str]) -> list[str]:
    connection = scratch.connect()
    cursor = connection.execute(f'SELECT * FROM "{table}"')
    names = [column[0] for column in cursor.description]
    rows = [_row(table, dict(zip(names, row, strict=True)), runs) for row in cursor.fetchall()]
    connection.close()
    return sorted(rows)


def _row(table: str, row: dict[str, Any], runs: list[str]) -> str:
    for name in OF_ITS_OWN.get(table, ()):
        del row[name]
    if table == "backfill_runs":
        row["counts"] = _without(row["counts"], OF_ITS_OWN_COUNTS)
        row["parameters"] = _without(row["parameters"], {"preflight", "nice"})
    if table.startswith("historical_"):
        del row["history_id"]
        if row["backfill_run"]:
            del row["history_date"]
    text = repr(sorted(row.items()))
    for place, run in enumerate(runs):
        text = text.replace(run, f"<run {place}>").replace(_dashed(run), f"<run {place}>")
    return text


def _without(value: Any, names: set[str]) -> dict[str, Any]:
    held = json.loads(value) if isinstance(value, str) else value
    return {name: held[name] for name in sorted(held) if name not in names}


def _dashed(key: str) -> str:
    return "-".join((key[:8], key[8:12], key[12:16], key[16:20], key[20:]))
