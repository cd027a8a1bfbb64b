"""Rows by the million: INSERT … SELECT over a series of numbers, the same text on PostgreSQL and SQLite.

A row's number decides everything about it, so the data needs no memory and the same seed makes the same rows on both databases.
The few things that the two say differently are the methods of `DemoSql`.
"""

# ruff: noqa: S608 - every piece of SQL below is ours: numbers, names of columns, and constants of the demo

from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db import connections
from django.db.models import Model

from accounts.demo.ids import RANDOM

PRIME = 2_147_483_647  # squares modulo this prime mix well and fit a bigint on both databases


class DemoSql:
    """Speaks SQL for one database, one seed and one kind of ids."""

    def __init__(self, *, using: str, seed: int, ids: str) -> None:
        self.connection = connections[using]
        self.on_postgres = self.connection.vendor == "postgresql"
        self.seed = seed
        self.ids = ids

    def run(self, statement: str) -> int:
        """Run one statement and return how many rows it wrote."""
        with self.connection.cursor() as cursor:
            cursor.execute(statement)
            return cursor.rowcount

    def numbers(self, first: int, end: int) -> str:
        """A FROM item `numbers(n)`: first, …, end - 1."""
        if self.on_postgres:
            return f"generate_series({first}::bigint, {end - 1}::bigint) AS numbers(n)"
        counting = f"SELECT {first} UNION ALL SELECT n + 1 FROM counting WHERE n < {end - 1}"
        return f"(WITH RECURSIVE counting(n) AS ({counting}) SELECT n FROM counting) AS numbers"

    def chance(self, number: str, salt: int, size: int) -> str:
        """A number from 0 to size - 1 that looks random and depends on the number, the salt and the seed alone."""
        start = f"(({number}) * 48271 + {salt * 7919 + self.seed * 104_729 + 12_345}) % {PRIME}"
        mixed = f"((({start}) * 69621 + 1) % {PRIME})"
        return f"((({mixed} * {mixed} + {salt + 1}) % {PRIME}) / 64 % {size})"

    def new_id(self, kind: str, number: str, epoch: str) -> str:
        """The id of a row of this kind and number, written at this second."""
        digits = f"md5('{self.seed}:{kind}:' || ({number}))"
        if self.ids == RANDOM:
            text = f"substr({digits}, 1, 12) || '4' || substr({digits}, 13, 3) || '8' || substr({digits}, 16, 15)"
        else:
            clock = self._hexadecimal(f"({epoch}) * 1000 + ({number}) % 1000")
            text = f"{clock} || '7' || substr({digits}, 1, 3) || '8' || substr({digits}, 4, 15)"
        return f"CAST({text} AS uuid)" if self.on_postgres else f"({text})"

    def _hexadecimal(self, milliseconds: str) -> str:
        return f"lpad(to_hex({milliseconds}), 12, '0')" if self.on_postgres else f"printf('%012x', {milliseconds})"

    def at(self, epoch: str) -> str:
        """The moment at this second since 1970, as a datetime column stores it."""
        return f"to_timestamp({epoch})" if self.on_postgres else f"strftime('%Y-%m-%d %H:%M:%S', {epoch}, 'unixepoch')"

    def day(self, epoch: str) -> str:
        """The date (in UTC) of this second since 1970."""
        if self.on_postgres:
            return f"CAST(to_timestamp({epoch}) AT TIME ZONE 'UTC' AS date)"
        return f"date({epoch}, 'unixepoch')"

    def text_of_day(self, epoch: str) -> str:
        """The date of this second as eight digits, for numbers of documents."""
        if self.on_postgres:
            return f"to_char(to_timestamp({epoch}) AT TIME ZONE 'UTC', 'YYYYMMDD')"
        return f"strftime('%Y%m%d', {epoch}, 'unixepoch')"

    def padded(self, number: str, width: int) -> str:
        """A number as text with leading zeros."""
        return f"lpad(CAST({number} AS text), {width}, '0')" if self.on_postgres else f"printf('%0{width}d', {number})"

    def constant(self, value: Any) -> str:
        """A value of ours, written as SQL."""
        if value is None:
            return "NULL"
        if isinstance(value, UUID):
            return f"CAST('{value}' AS uuid)" if self.on_postgres else f"'{value.hex}'"
        if isinstance(value, int):
            return str(value)
        if isinstance(value, date | datetime):
            raise TypeError("Give dates as seconds since 1970 through `at` or `day`.")
        return "'" + str(value).replace("'", "''") + "'"

    def keep(self, table: str, select: str) -> None:
        """Keep a select as a temporary table with its number `n` as key."""
        self.run(f"DROP TABLE IF EXISTS {table}")
        self.run(f"CREATE TEMPORARY TABLE {table} AS {select}")
        self.run(f"CREATE UNIQUE INDEX {table}_n ON {table} (n)")
        self.run(f"ANALYZE {table}")

    def drop(self, *tables: str) -> None:
        """Drop temporary tables."""
        for table in tables:
            self.run(f"DROP TABLE IF EXISTS {table}")

    def insert(self, model: type[Model], columns: dict[str, str], source: str) -> int:
        """INSERT INTO the model's table these columns (name: SQL) FROM the source."""
        names = ", ".join(f'"{name}"' for name in columns)
        return self.run(
            f'INSERT INTO "{model._meta.db_table}" ({names}) SELECT {", ".join(columns.values())} FROM {source}'
        )

    def insert_images(
        self, model: type[Model], *, at: str, source: str, kind: str = "+", reason: str = "", **changed: str
    ) -> int:
        """INSERT a history image of each row of the source (alias `t`), with some columns as they were then."""
        history = model.history.model
        columns = {field.column: f't."{field.column}"' for field in history.tracked_fields} | changed
        columns |= {"history_date": at, "history_type": f"'{kind}'", "history_change_reason": f"'{reason}'"}
        columns |= {"actor_kind": "'system'", "request_id": "''"}
        return self.insert(history, columns, source)
