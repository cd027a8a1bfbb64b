"""The state of a database in numbers: rows and money of every table, to be held against another moment's."""

from datetime import datetime
from typing import Any

from django.db import connections

from operations.backup.contents import read_contents
from operations.snapshot import snapshot


def database_state(*, using: str, now: datetime) -> dict[str, Any]:
    """Count the rows and sum the money (every `_cents` column, by currency where the table has one) of every table.

    Example: `{"database": …, "taken_at": …, "tables": {"sales": {"rows": 2, "money": {"total_cents BDT": 900}}}}`
    """
    connection = connections[using]
    with snapshot(using), connection.cursor() as cursor:
        contents = read_contents(cursor, connection.vendor, with_checksums=False)
    tables = {name: {"rows": content.rows, "money": content.money} for name, content in contents.items()}
    return {"database": using, "taken_at": now.isoformat(), "tables": tables}


def compare_states(before: dict[str, Any], after: dict[str, Any]) -> list[dict[str, Any]]:
    """List where two states differ: table, figure (`rows` or a money column), before, after, change."""
    then, today = _figures(before), _figures(after)
    return [
        {
            "table": table,
            "figure": figure,
            "before": then.get((table, figure), 0),
            "after": today.get((table, figure), 0),
            "change": today.get((table, figure), 0) - then.get((table, figure), 0),
        }
        for table, figure in sorted(then.keys() | today.keys())
        if then.get((table, figure), 0) != today.get((table, figure), 0)
    ]


def _figures(state: dict[str, Any]) -> dict[tuple[str, str], int]:
    figures = {}
    for table, content in state["tables"].items():
        figures[table, "rows"] = int(content["rows"])
        figures |= {(table, name): int(cents) for name, cents in content["money"].items()}
    return figures
