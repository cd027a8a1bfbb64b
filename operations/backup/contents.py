"""What stands in a database: per table its rows, a checksum of them, and the sum of every money column.

Read by one cursor, so that all numbers speak of the transaction that the cursor stands in. The checksum does not depend on the
order of the rows: it adds 64 bits of each row's MD5. It finds damage, it is no defence against forgery.
"""

# ruff: noqa: S608 - names in the SQL come from the database's own catalogue

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from accounts.errors import Conflict

WRAP = 2**64
NOT_BUSINESS = {"django_migrations", "django_content_type", "auth_permission", "sqlite_sequence"}


class ColumnsDiffer(Conflict):
    """A table has other columns now than it had when it was saved."""

    code = "columns_differ"


@dataclass(frozen=True, slots=True)
class TableContent:
    """Rows of a table, the checksum over them, and `money`: cents by column (and currency, where the table has one)."""

    rows: int
    checksum: str
    money: dict[str, int]


def read_contents(
    cursor: Any, vendor: str, tables: Iterable[str] | None = None, *, with_checksums: bool = True
) -> dict[str, TableContent]:
    """Read the content of these tables, or of all; without checksums it only counts and sums."""
    dialect = Postgres if vendor == "postgresql" else Sqlite
    dialect.prepare(cursor)
    names = sorted(tables) if tables is not None else dialect.tables(cursor)
    return {name: _read_table(cursor, dialect, name, with_checksums) for name in names}


def table_names(cursor: Any, vendor: str) -> list[str]:
    """List the tables of the database."""
    return (Postgres if vendor == "postgresql" else Sqlite).tables(cursor)


def stored_columns(cursor: Any, vendor: str, table: str) -> list[str]:
    """List the columns of a table that can be written, without generated ones."""
    return (Postgres if vendor == "postgresql" else Sqlite).columns(cursor, table, generated=False)


def columns_to_copy(saved: Any, live: Any, vendor: str, table: str) -> list[str]:
    """The columns of a table that a backup and the live database have alike. *Raises* ColumnsDiffer."""
    columns = stored_columns(saved, vendor, table)
    if columns != stored_columns(live, vendor, table):
        raise ColumnsDiffer(
            f"Table {table} has other columns now than in the backup. Migrate to the backup's version first."
        )
    return columns


def holds_business_rows(cursor: Any, vendor: str, *, only: list[str] | None = None) -> str | None:
    """Find a table (of these) with rows that a migration alone does not make; None: the database is empty."""
    for table in only or table_names(cursor, vendor):
        if table not in NOT_BUSINESS:
            cursor.execute(f'SELECT 1 FROM "{table}" LIMIT 1')
            if cursor.fetchone():
                return table
    return None


def _read_table(cursor: Any, dialect: Any, table: str, with_checksums: bool) -> TableContent:
    columns = dialect.columns(cursor, table, generated=True)
    if with_checksums:
        rows, checksum = dialect.checksum(cursor, table, columns)
    else:
        cursor.execute(f'SELECT COUNT(*) FROM "{table}"')
        rows, checksum = cursor.fetchone()[0], ""
    return TableContent(rows, checksum, _money(cursor, table, columns) if rows else {})


def _money(cursor: Any, table: str, columns: list[str]) -> dict[str, int]:
    amounts = [column for column in columns if column.endswith("_cents")]
    if not amounts:
        return {}
    sums = ", ".join(f'COALESCE(SUM("{amount}"), 0)' for amount in amounts)
    if "currency" not in columns:
        cursor.execute(f'SELECT {sums} FROM "{table}"')
        return dict(zip(amounts, map(int, cursor.fetchone()), strict=True))
    cursor.execute(f'SELECT currency, {sums} FROM "{table}" GROUP BY currency ORDER BY currency')
    return {
        f"{amount} {currency}": int(cents)
        for currency, *totals in cursor.fetchall()
        for amount, cents in zip(amounts, totals, strict=True)
    }


class Postgres:
    """How PostgreSQL answers."""

    @staticmethod
    def prepare(cursor: Any) -> None:
        """Write times and numbers as text in one way, whatever the role's defaults."""
        cursor.execute("SET LOCAL timezone = 'UTC'; SET LOCAL datestyle = 'ISO, YMD'; SET LOCAL extra_float_digits = 1")

    @staticmethod
    def tables(cursor: Any) -> list[str]:
        cursor.execute(
            "SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = current_schema()::regnamespace "
            "AND relpersistence <> 't' ORDER BY relname"
        )
        return sorted(name for (name,) in cursor.fetchall())

    @staticmethod
    def columns(cursor: Any, table: str, *, generated: bool) -> list[str]:
        stored_only = "" if generated else "AND attgenerated = ''"
        cursor.execute(
            f"SELECT attname FROM pg_attribute WHERE attrelid = '\"{table}\"'::regclass AND attnum > 0 "
            f"AND NOT attisdropped {stored_only} ORDER BY attname"
        )
        return [name for (name,) in cursor.fetchall()]

    @staticmethod
    def checksum(cursor: Any, table: str, columns: list[str]) -> tuple[int, str]:
        row = ", ".join(f'"{column}"' for column in columns)
        cursor.execute(
            f"SELECT COUNT(*), COALESCE(SUM(('x' || LEFT(MD5(ROW({row})::text), 16))::bit(64)::bigint), 0) "
            f'FROM "{table}"'
        )
        rows, total = cursor.fetchone()
        return int(rows), f"{int(total) % WRAP:016x}"


class Sqlite:
    """How SQLite answers."""

    @staticmethod
    def prepare(cursor: Any) -> None:
        """Nothing: SQLite has no session settings that change how a value is written."""

    @staticmethod
    def tables(cursor: Any) -> list[str]:
        cursor.execute("SELECT name FROM main.sqlite_master WHERE type = 'table' AND name <> 'sqlite_sequence'")
        return sorted(name for (name,) in cursor.fetchall())

    @staticmethod
    def columns(cursor: Any, table: str, *, generated: bool) -> list[str]:
        hidden = "0, 2, 3" if generated else "0"
        cursor.execute(f"SELECT name FROM pragma_table_xinfo('{table}') WHERE hidden IN ({hidden}) ORDER BY name")
        return [name for (name,) in cursor.fetchall()]

    @staticmethod
    def checksum(cursor: Any, table: str, columns: list[str]) -> tuple[int, str]:
        row = " || '|' || ".join(f'quote("{column}")' for column in columns)
        rows = total = 0
        cursor.execute(f'SELECT {row} FROM main."{table}"')
        while texts := cursor.fetchmany(2000):
            rows += len(texts)
            total += sum(_md5_bits(text) for (text,) in texts)
        return rows, f"{total % WRAP:016x}"


def _md5_bits(text: str) -> int:
    return int.from_bytes(hashlib.md5(text.encode("utf-8", "surrogatepass"), usedforsecurity=False).digest()[:8], "big")
