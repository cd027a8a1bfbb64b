"""What was used on lines in windows of time: one question for any number of windows, whoever asks.

Billing, the watch over caps, the customer's view, diagnostics and reports all ask here, so that they cannot differ. A window is
half open: from `starts_at` up to, and without, `ends_at`. A record over a border is split by time (`rules/usage_split.py`), so
that windows side by side add up to everything. No records is `records == 0`; whether that is *nothing* or *unknown* is said by
`period_usage`, which knows whether records were expected.
"""

import json
from collections.abc import Hashable, Iterable
from datetime import datetime
from functools import cache
from typing import Any, Final, NamedTuple

from django.db import connections

from operations.backfill.compiled import SEPARATOR
from subscriptions.rules.usage_split import until_sql

LIST: Final = f"string_to_array(%s, '{SEPARATOR}')"
WINDOWS: Final = {
    "postgresql": f"""unnest({LIST}, {LIST}::timestamptz[], {LIST}::timestamptz[])
        WITH ORDINALITY AS wanted (subscriber_id, starts_at, ends_at, place)""",
    "sqlite": """(SELECT key + 1 AS place, json_extract(value, '$[0]') AS subscriber_id,
        json_extract(value, '$[1]') AS starts_at, json_extract(value, '$[2]') AS ends_at FROM json_each(%s)) AS wanted""",
}
SECONDS: Final = {
    "postgresql": "floor(extract(epoch FROM {}))::bigint",
    "sqlite": "CAST(strftime('%%s', substr({}, 1, 19)) AS INTEGER)",
}


class UsageWindow(NamedTuple):
    """A line, and a span of time on it: from `starts_at` up to, and without, `ends_at`, both on whole seconds."""

    key: Hashable
    subscriber_id: str
    starts_at: datetime
    ends_at: datetime


class Usage(NamedTuple):
    """What was carried: from the customer (`bytes_in`), to the customer (`bytes_out`), and how many records say so."""

    bytes_in: int = 0
    bytes_out: int = 0
    records: int = 0

    @property
    def total_bytes(self) -> int:
        """What counts against a cap: both directions."""
        return self.bytes_in + self.bytes_out


NOTHING: Final = Usage()


def usage_in(windows: Iterable[UsageWindow], *, using: str = "default") -> dict[Hashable, Usage]:
    """Answer what was used in each window, by its key; a window without records is there, with nothing."""
    asked = list(windows)
    answer: dict[Hashable, Usage] = dict.fromkeys((window.key for window in asked), NOTHING)
    if len(answer) != len(asked):
        raise ValueError("Two windows have the same key: give each its own.")
    if not asked:
        return answer
    with connections[using].cursor() as cursor:
        cursor.execute(_statement(connections[using].vendor), _parameters(asked, connections[using]))
        for place, bytes_in, bytes_out, records in cursor.fetchall():
            answer[asked[place - 1].key] = Usage(int(bytes_in), int(bytes_out), records)
    return answer


def _parameters(asked: list[UsageWindow], connection: Any) -> list[Any]:
    moments = {moment for window in asked for moment in (window.starts_at, window.ends_at)}
    stored = {
        moment: connection.ops.adapt_datetimefield_value(moment.replace(microsecond=0)) for moment in moments
    }  # few: many windows begin and end together
    rows = [(window.subscriber_id, stored[window.starts_at], stored[window.ends_at]) for window in asked]
    return (
        [SEPARATOR.join(map(str, column)) for column in zip(*rows, strict=True)]
        if connection.vendor == "postgresql"
        else [json.dumps(rows)]
    )


@cache
def _statement(vendor: str) -> str:
    """One pass over the records of each window; only a record over a border is computed, all others are added as they are."""
    return f"""
        SELECT wanted.place, sum({_within("bytes_in", vendor)}), sum({_within("bytes_out", vendor)}),
               count(*) FILTER (WHERE used.ended_at > wanted.starts_at OR used.started_at >= wanted.starts_at)
        FROM {WINDOWS[vendor]} CROSS JOIN usage_records used
        WHERE used.subscriber_id = wanted.subscriber_id AND wanted.starts_at < wanted.ends_at
          AND used.ended_at >= wanted.starts_at AND used.started_at < wanted.ends_at
        GROUP BY wanted.place"""  # noqa: S608 - names of columns, written here


def _within(column: str, vendor: str) -> str:
    seconds = SECONDS[vendor].format
    start, end = seconds("used.started_at"), seconds("used.ended_at")
    at_end = until_sql(f"used.{column}", start, end, seconds("wanted.ends_at"))
    at_start = until_sql(f"used.{column}", start, end, seconds("wanted.starts_at"))
    return f"""CASE WHEN used.started_at >= wanted.starts_at AND used.ended_at <= wanted.ends_at THEN used.{column}
        ELSE ({at_end}) - ({at_start}) END"""
