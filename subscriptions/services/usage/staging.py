"""Packets beside the books: a temporary table in which a batch is put in order, and from which it is written in sets.

The packets of a batch are laid there (PostgreSQL: COPY; SQLite: one INSERT for many rows), and with them the stored records of
the same sessions from the one before the first new packet to the one after the last. Each step then is one statement over that
table: what is wrong with a packet is written beside it, and what is left is counted, packet by packet of a session, in order.
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any, Final

from django.db import connections

from subscriptions.models import UsageRecord
from subscriptions.rules.usage_counter import growth_sql
from subscriptions.rules.usage_packet import Packet

REPEATED: Final = "repeated"
CONTRADICTS: Final = "contradicts"
OUT_OF_TIME: Final = "out_of_time"

Row = Any  # what `row_of` makes: text for PostgreSQL, a tuple for SQLite

COLUMNS: Final = "id, position, subscriber_id, session_id, sequence, started_at, ended_at, counter_in, counter_out"
CREATE: Final = """CREATE TEMPORARY TABLE staged_usage (
    id {uuid} NOT NULL, position integer NOT NULL, subscriber_id varchar(255) NOT NULL, session_id varchar(64) NOT NULL,
    sequence bigint NOT NULL, started_at {moment} NOT NULL, ended_at {moment} NOT NULL,
    counter_in bigint NOT NULL, counter_out bigint NOT NULL, problem varchar(20) NOT NULL DEFAULT '')"""
TYPES: Final = {
    "postgresql": {"uuid": "uuid", "moment": "timestamptz"},
    "sqlite": {"uuid": "char(32)", "moment": "datetime"},
}
STORED: Final = 0  # the position of a record that was there before

# Of the sessions that the batch touches: what is stored from the neighbour before its first packet to the one after its last.
NEIGHBOURS: Final = f"""
    WITH touched AS (
        SELECT subscriber_id, session_id, min(sequence) AS first_new, max(sequence) AS last_new
        FROM staged_usage WHERE problem = '' GROUP BY subscriber_id, session_id
    ), bounds AS MATERIALIZED (
        SELECT subscriber_id, session_id,
            coalesce((SELECT max(sequence) FROM usage_records WHERE subscriber_id = touched.subscriber_id
                AND session_id = touched.session_id AND sequence < first_new), first_new) AS since,
            coalesce((SELECT min(sequence) FROM usage_records WHERE subscriber_id = touched.subscriber_id
                AND session_id = touched.session_id AND sequence > last_new), last_new) AS until
        FROM touched
    )
    INSERT INTO staged_usage ({COLUMNS})
    SELECT stored.id, {STORED}, stored.subscriber_id, stored.session_id, stored.sequence, stored.started_at, stored.ended_at,
        stored.counter_in, stored.counter_out
    FROM bounds CROSS JOIN usage_records stored
    WHERE stored.subscriber_id = bounds.subscriber_id AND stored.session_id = bounds.session_id
        AND stored.sequence BETWEEN bounds.since AND bounds.until"""  # noqa: S608 - written here

# Asked once of the whole batch, for most need nothing of what follows: is a number there twice, or a later one counted earlier?
# And does a new packet precede a stored one, which then grew by less?
LOOK: Final = f"""
    SELECT max(CASE WHEN sequence = before_sequence OR ended_at < before_ended_at THEN 1 ELSE 0 END),
        max(CASE WHEN position = {STORED} AND before_position > {STORED} THEN 1 ELSE 0 END)
    FROM (SELECT position, sequence, ended_at, lag(position) OVER session AS before_position,
            lag(sequence) OVER session AS before_sequence, lag(ended_at) OVER session AS before_ended_at
        FROM staged_usage
        WINDOW session AS (PARTITION BY subscriber_id, session_id ORDER BY sequence, position)) AS in_order"""  # noqa: S608

# What is stored comes first, then what came first: whatever follows with the same number repeats it, or contradicts it.
AGAIN: Final = f"""
    UPDATE staged_usage SET problem = CASE
        WHEN counter_in = first_in AND counter_out = first_out THEN '{REPEATED}' ELSE '{CONTRADICTS}' END
    FROM (SELECT position AS place, row_number() OVER same AS number,
            first_value(counter_in) OVER same AS first_in, first_value(counter_out) OVER same AS first_out
        FROM staged_usage WHERE problem = ''
        WINDOW same AS (PARTITION BY subscriber_id, session_id, sequence ORDER BY position)) AS seen
    WHERE staged_usage.position = seen.place AND seen.place > {STORED} AND seen.number > 1"""  # noqa: S608

# A packet that was counted before the one that precedes it, or after the one that follows it: against stored records first, so
# that a packet which cannot stand makes no other one fall; then against those of the batch that still stand.
AGAINST_STORED: Final = f"""
    UPDATE staged_usage SET problem = '{OUT_OF_TIME}'
    FROM (SELECT position AS place, ended_at AS counted_at,
            max(CASE WHEN position = {STORED} THEN ended_at END) OVER preceding AS latest_before,
            min(CASE WHEN position = {STORED} THEN ended_at END) OVER following AS earliest_after
        FROM staged_usage WHERE problem = ''
        WINDOW preceding AS (PARTITION BY subscriber_id, session_id ORDER BY sequence ROWS UNBOUNDED PRECEDING),
            following AS (PARTITION BY subscriber_id, session_id ORDER BY sequence
                ROWS BETWEEN CURRENT ROW AND UNBOUNDED FOLLOWING)) AS seen
    WHERE staged_usage.position = seen.place AND seen.place > {STORED}
        AND (counted_at < latest_before OR counted_at > earliest_after)"""  # noqa: S608
AGAINST_EACH_OTHER: Final = f"""
    UPDATE staged_usage SET problem = '{OUT_OF_TIME}'
    FROM (SELECT position AS place, ended_at AS counted_at, max(ended_at) OVER preceding AS latest_before
        FROM staged_usage WHERE problem = ''
        WINDOW preceding AS (PARTITION BY subscriber_id, session_id ORDER BY sequence ROWS UNBOUNDED PRECEDING)) AS seen
    WHERE staged_usage.position = seen.place AND seen.place > {STORED} AND counted_at < latest_before"""  # noqa: S608
# What repeats or contradicts a packet that fell repeats nothing that is counted: it is looked at for itself.
REPEATS_NOTHING: Final = f"""
    UPDATE staged_usage SET problem = %s
    FROM (SELECT position AS place, max(CASE WHEN problem = '' THEN 1 ELSE 0 END) OVER same AS is_counted
        FROM staged_usage WINDOW same AS (PARTITION BY subscriber_id, session_id, sequence)) AS seen
    WHERE staged_usage.position = seen.place AND seen.is_counted = 0
        AND staged_usage.problem IN ('{REPEATED}', '{CONTRADICTS}')"""  # noqa: S608
TURNS: Final = ("", "", OUT_OF_TIME)  # what is sent so often with so many wrong clocks is not looked at for ever

COUNTED: Final = f"""
    SELECT id, position, subscriber_id, session_id, sequence, ended_at, counter_in, counter_out, before_position,
        coalesce(before_ended_at, started_at) AS started_at,
        {growth_sql("counter_in", "before_in", "counter_out", "before_out")} AS bytes_in,
        {growth_sql("counter_out", "before_out", "counter_in", "before_in")} AS bytes_out
    FROM (SELECT staged_usage.*, lag(position) OVER session AS before_position, lag(ended_at) OVER session AS before_ended_at,
            lag(counter_in) OVER session AS before_in, lag(counter_out) OVER session AS before_out
        FROM staged_usage WHERE problem = ''
        WINDOW session AS (PARTITION BY subscriber_id, session_id ORDER BY sequence)) AS in_order"""  # noqa: S608
WRITE_NEW: Final = f"""
    INSERT INTO usage_records (id, tenant_id, subscriber_id, session_id, sequence, started_at, ended_at, bytes_in, bytes_out,
        counter_in, counter_out, created_at)
    SELECT id, %s, subscriber_id, session_id, sequence, started_at, ended_at, bytes_in, bytes_out, counter_in, counter_out, %s
    FROM ({COUNTED}) AS counted WHERE position > {STORED}"""  # noqa: S608
PUT_RIGHT: Final = f"""
    UPDATE usage_records SET started_at = counted.started_at, bytes_in = counted.bytes_in, bytes_out = counted.bytes_out
    FROM ({COUNTED}) AS counted
    WHERE usage_records.id = counted.id AND counted.position = {STORED} AND counted.before_position > {STORED}"""  # noqa: S608


def row_of(record_id: str, position: int, packet: Packet, vendor: str) -> Row:
    """A packet as it is laid into the table: for PostgreSQL a line that COPY reads, for SQLite the values of `COLUMNS`."""
    row = (record_id, position, *packet)
    if vendor != "postgresql":
        return row
    return (
        "\t".join(map(str, row)).replace("\\", "\\\\") + "\n"
    )  # no text has a control character (`rules/usage_packet.py`)


def count(rows: Sequence[Row], *, tenant_id: Any, now: datetime, using: str) -> tuple[dict[int, str], int]:
    """Write these packets (`row_of` each): answer the problem of each place that has one, and how many records were put right.

    The lines are locked by the caller; the table lives and dies in the transaction under way.
    """
    connection = connections[using]
    with connection.cursor() as cursor:
        _lay(cursor, connection, rows)
        cursor.execute(NEIGHBOURS)
        cursor.execute(LOOK)
        is_in_doubt, precedes_stored = cursor.fetchone()
        problems = _find_problems(cursor) if is_in_doubt else {}
        stored = UsageRecord._meta.get_field("created_at").get_db_prep_save(now, connection)
        cursor.execute(WRITE_NEW, [UsageRecord._meta.pk.get_db_prep_save(tenant_id, connection), stored])
        put_right = 0
        if precedes_stored:
            cursor.execute(PUT_RIGHT)
            put_right = cursor.rowcount
        cursor.execute("DROP TABLE staged_usage")
    return problems, put_right


def _find_problems(cursor: Any) -> dict[int, str]:
    """What cannot be counted, by its place."""
    for then in TURNS:
        cursor.execute(AGAIN)
        cursor.execute(AGAINST_STORED)
        fell = cursor.rowcount
        cursor.execute(AGAINST_EACH_OTHER)
        if not fell + cursor.rowcount:
            break
        cursor.execute(REPEATS_NOTHING, [then])
        if not cursor.rowcount:
            break
    cursor.execute("SELECT position, problem FROM staged_usage WHERE problem <> ''")
    return dict(cursor.fetchall())


def _lay(cursor: Any, connection: Any, rows: Sequence[Row]) -> None:
    cursor.execute(CREATE.format(**TYPES[connection.vendor]))
    if connection.vendor == "postgresql":
        with cursor.copy(f"COPY staged_usage ({COLUMNS}) FROM STDIN") as copy:
            copy.write("".join(rows))
        cursor.execute("ANALYZE staged_usage (subscriber_id, session_id)")
        return
    places = ", ".join(["%s"] * len(rows[0]))
    cursor.executemany(
        f"INSERT INTO staged_usage ({COLUMNS}) VALUES ({places})",  # noqa: S608 - names of columns, written here
        list(_as_sqlite(rows, connection)),
    )


def _as_sqlite(rows: Iterable[Row], connection: Any) -> Iterator[tuple]:
    stored = connection.ops.adapt_datetimefield_value
    for identity, position, subscriber, session, sequence, started_at, ended_at, *counters in rows:
        yield (
            identity.replace("-", ""),
            position,
            subscriber,
            session,
            sequence,
            stored(started_at),
            stored(ended_at),
            *counters,
        )
