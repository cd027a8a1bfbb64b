"""Filling a table with millions of rows quickly: its indexes and foreign keys are made anew when the rows are there.

with rebuilt("usage_records"):
    cursor.execute("INSERT INTO usage_records … SELECT … FROM generate_series(…)")
"""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection

CONSTRAINTS = """SELECT format('ALTER TABLE %%I DROP CONSTRAINT %%I', c.relname, k.conname),
        format('ALTER TABLE %%I ADD CONSTRAINT %%I %%s', c.relname, k.conname, pg_get_constraintdef(k.oid))
    FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid
    WHERE c.relname = %s AND c.relnamespace = current_schema()::regnamespace AND k.contype IN ('f', 'u')
    ORDER BY k.contype DESC"""
INDEXES = """SELECT format('DROP INDEX %%I', i.relname), pg_get_indexdef(i.oid)
    FROM pg_index x JOIN pg_class i ON i.oid = x.indexrelid JOIN pg_class c ON c.oid = x.indrelid
    WHERE c.relname = %s AND c.relnamespace = current_schema()::regnamespace AND NOT x.indisprimary"""


@contextmanager
def rebuilt(table: str) -> Iterator[None]:
    """Let the table go without its constraints and indexes (but for the primary key), and build them at the end."""
    again = []
    with connection.cursor() as cursor:
        for question in (CONSTRAINTS, INDEXES):
            cursor.execute(question, [table])
            for drop, make in cursor.fetchall():
                cursor.execute(drop)
                again.append(make)
        yield
        cursor.execute("SET maintenance_work_mem = '512MB'")
        for make in again:
            cursor.execute(make)
