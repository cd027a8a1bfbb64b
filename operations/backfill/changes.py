"""Change rows of what an author decided in Python: sent as one JSON document, which costs a third of one parameter per value."""

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from django.db import connections

from operations.models import BackfillRun

Stored = Mapping[tuple[str, str], dict[str, int]]  # (table, operation) -> row id -> id of its change row

INSERT_ON_POSTGRESQL = """
    INSERT INTO backfill_changes (run_id, "table", operation, row_id, before, after, evidence)
    SELECT %s, change ->> 0, change ->> 1, change ->> 2,
           NULLIF(change -> 3, 'null'::jsonb), NULLIF(change -> 4, 'null'::jsonb), NULLIF(change -> 5, 'null'::jsonb)
    FROM jsonb_array_elements(%s::jsonb) AS change
"""
INSERT_ON_SQLITE = """
    INSERT INTO backfill_changes (run_id, "table", operation, row_id, before, after, evidence)
    SELECT %s, JSON_EXTRACT(value, '$[0]'), JSON_EXTRACT(value, '$[1]'), JSON_EXTRACT(value, '$[2]'),
           JSON_EXTRACT(value, '$[3]'), JSON_EXTRACT(value, '$[4]'), JSON_EXTRACT(value, '$[5]')
    FROM json_each(%s) WHERE true
"""
KEEP_FIRST_BEFORE = ' ON CONFLICT (run_id, "table", row_id) DO UPDATE SET after = EXCLUDED.after'
RETURNING = ' RETURNING "table", operation, row_id, id'


class ChangeRow(NamedTuple):
    """The image of a row's written columns before and after, as the database stores them, and why it changes."""

    table: str
    operation: str
    row_id: str
    before: Mapping[str, Any] | None
    after: Mapping[str, Any]
    evidence: Mapping[str, Any] | None = None


def store_changes(run: BackfillRun, changes: Iterable[ChangeRow], using: str, *, again: bool = False) -> Stored:
    """Store these change rows. With `again` a row that the run has changed before keeps its first `before`."""
    connection = connections[using]
    insert = INSERT_ON_POSTGRESQL if connection.vendor == "postgresql" else INSERT_ON_SQLITE
    run_id = BackfillRun._meta.pk.get_db_prep_value(run.pk, connection)
    stored: dict[tuple[str, str], dict[str, int]] = defaultdict(dict)
    with connection.cursor() as cursor:
        cursor.execute(
            f"{insert}{KEEP_FIRST_BEFORE if again else ''}{RETURNING}",
            [run_id, json.dumps(list(changes), separators=(",", ":"))],
        )
        for table, operation, row_id, change_id in cursor.fetchall():
            stored[table, operation][row_id] = change_id
    return stored
