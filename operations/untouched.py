"""Proof that a change of tables left all others alone: their rows by count and checksum, their definitions word by word.

Django's own tables of migrations, content types and permissions gain rows by every migration: these are told one by one, and the
rows that were there before must still be there as they were.
"""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from accounts.errors import Conflict
from operations.backup.contents import NOT_BUSINESS, TableContent, read_contents, table_names
from operations.backup.manifest import differences

# What names a row to a reader comes last.
BOOKKEEPING = {
    "django_migrations": "SELECT id, applied, app, name FROM django_migrations",
    "django_content_type": "SELECT id, app_label, model FROM django_content_type",
    "auth_permission": "SELECT id, content_type_id, name, codename FROM auth_permission",
}
NAMED_BY = {"django_migrations": 2, "django_content_type": 2, "auth_permission": 1}

POSTGRES_DEFINITIONS = """
    SELECT c.relname, 'column ' || a.attname || ' ' || format_type(a.atttypid, a.atttypmod)
        || CASE WHEN a.attnotnull THEN ' NOT NULL' ELSE '' END || COALESCE(' ' || pg_get_expr(d.adbin, d.adrelid), '')
    FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
    LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
    WHERE c.relkind = 'r' AND c.relnamespace = current_schema()::regnamespace AND a.attnum > 0 AND NOT a.attisdropped
    UNION ALL
    SELECT c.relname, 'constraint ' || o.conname || ' ' || pg_get_constraintdef(o.oid)
    FROM pg_constraint o JOIN pg_class c ON c.oid = o.conrelid WHERE c.relnamespace = current_schema()::regnamespace
    UNION ALL
    SELECT tablename, indexdef FROM pg_indexes WHERE schemaname = current_schema()
    UNION ALL
    SELECT c.relname, pg_get_triggerdef(t.oid) FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid
    WHERE NOT t.tgisinternal AND c.relnamespace = current_schema()::regnamespace
"""
SQLITE_DEFINITIONS = "SELECT tbl_name, type || ' ' || name || ' ' || COALESCE(sql, '') FROM main.sqlite_master"


class SomethingElseChanged(Conflict):
    """A table that was to be left alone is not what it was."""

    code = "something_else_changed"


@dataclass(frozen=True, slots=True)
class Standing:
    """What stands in the tables that are to be left alone, and in Django's own."""

    contents: dict[str, TableContent]
    definitions: dict[str, set[str]]
    bookkeeping: dict[str, set[tuple[Any, ...]]]


def standing(connection: Any, *, but: Collection[str]) -> Standing:
    """Read what stands in a database, `but` these tables; within the transaction that the connection is in."""
    vendor = connection.vendor
    with connection.cursor() as cursor:
        tables = set(table_names(cursor, vendor)) - set(but)
        contents = read_contents(cursor, vendor, tables - NOT_BUSINESS)
        cursor.execute(POSTGRES_DEFINITIONS if vendor == "postgresql" else SQLITE_DEFINITIONS)
        definitions: dict[str, set[str]] = {table: set() for table in tables}
        for table, said in cursor.fetchall():
            definitions.get(table, set()).add(said)
        bookkeeping = {}
        for table in tables & BOOKKEEPING.keys():
            cursor.execute(BOOKKEEPING[table])
            bookkeeping[table] = set(cursor.fetchall())
    return Standing(contents, definitions, bookkeeping)


def require_untouched(before: Standing, after: Standing, *, may_go: Collection[str] = ()) -> None:
    """Let pass a change that took and altered nothing. *Raises* SomethingElseChanged.

    `may_go` names the rows of Django's tables (`"cashback.0002_cashback_tables"`) that are taken out on purpose.
    """
    unlike = differences(before.contents, after.contents)
    found = [
        each.replace("the manifest says", "before").replace("not in the manifest", "was not there") for each in unlike
    ]
    for table in sorted(before.definitions):
        lost = before.definitions[table] - after.definitions.get(table, set())
        found += [f"{table}: its {' '.join(each.split())[:120]} is not what it was" for each in sorted(lost)]
    for table, rows in before.bookkeeping.items():
        gone = {_named(table, row) for row in rows - after.bookkeeping.get(table, set())} - set(may_go)
        found += [f"{table}: {name} is gone, or changed" for name in sorted(gone)]
    if found:
        raise SomethingElseChanged(
            f"More would have changed than was meant: {'; '.join(found[:5])}. Nothing was changed. "
            "See what else writes to these tables when they migrate, then run this again."
        )


def new_rows(before: Standing, after: Standing) -> dict[str, list[str]]:
    """By table of Django's own: the rows that are new, by name."""
    found = {table: rows - before.bookkeeping.get(table, set()) for table, rows in after.bookkeeping.items()}
    return {table: sorted(_named(table, row) for row in found[table]) for table in BOOKKEEPING if found.get(table)}


def new_protection(before: Standing, after: Standing) -> list[str]:
    """Tables that gained a trigger or the like, which they had lost before."""
    return sorted(table for table, said in before.definitions.items() if after.definitions[table] - said)


def _named(table: str, row: tuple[Any, ...]) -> str:
    return ".".join(map(str, row[-NAMED_BY[table] :]))
