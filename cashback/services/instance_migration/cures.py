"""Statements that make room for a table of ours where another one stands, in an order in which they can be run.

A table that lacks nothing but indexes gets them. Any other goes: its rows, if it has any, are copied to a table of another name
first. It is not renamed: indexes and triggers would go along and keep their names taken, and SQLite would make the tables that
point to it point to the renamed one. Tables that point to it go the same way before it: PostgreSQL drops none that is pointed to.

Example: an old tracker_entry with rows gives `CREATE TABLE tracker_entry_old AS SELECT * FROM tracker_entry;` and
`DROP TABLE tracker_entry;`.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from django.db.models import CheckConstraint, Field, Model

from operations.table_shape import IS_VIEW

FKS_OFF = "PRAGMA foreign_keys = OFF;"  # else SQLite removes what points to the rows, or refuses


def cures(
    connection: Any, unlike: Mapping[str, list[str]], models: Mapping[str, type[Model]], rows: Mapping[str, int]
) -> list[str]:
    """What to run so that none of these tables is in the way any more.

    `unlike` holds the differences of each table that differs, `models` our tables, `rows` the rows of every table that is there.
    """
    added = {table: _added(connection, models[table], found) for table, found in unlike.items() if table in models}
    going = [table for table in unlike if not added.get(table)]
    order = _in_order(going, _pointing(connection, [table for table in models if table in rows], rows))
    statements = [each for table in added for each in added[table] if table not in order]
    if order and connection.vendor == "sqlite":
        statements.append(FKS_OFF)
    for table in order:
        statements += _out_of_the_way(connection, table, rows, is_view=unlike.get(table) == [IS_VIEW])
    return statements


def _added(connection: Any, model: type[Model], found: list[str]) -> list[str]:
    """The statements that add what is missing; none when something differs that they would not cure."""
    editor, making = connection.schema_editor(collect_sql=True, atomic=False), {}
    for item in (*model._meta.constraints, *model._meta.indexes):
        if connection.vendor == "postgresql" or not isinstance(item, CheckConstraint):  # SQLite adds none later
            making[f"{item.name} is missing"] = item
    for field in model._meta.local_concrete_fields:
        making[f"column {field.column} has no index"] = field
    if not all(each in making for each in found):
        return []
    return [f"{_making(editor, model, making[each])};" for each in found]


def _making(editor: Any, model: type[Model], item: Any) -> str:
    """The statement that makes an index, a constraint, or the index of a column alone."""
    if isinstance(item, Field):
        return str(editor._create_index_sql(model, fields=[item]))  # noqa: SLF001 - Django has no other door to it
    return str(item.create_sql(model, editor))


def _pointing(connection: Any, tables: list[str], rows: Mapping[str, int]) -> dict[str, set[str]]:
    """For each table, those of these tables that point to it and would stop it from going."""
    pointing: dict[str, set[str]] = {}
    with connection.cursor() as cursor:
        for table in tables:
            if connection.vendor == "sqlite" and not rows[table]:
                continue  # it keeps pointing to the name, and no row of it points to nothing
            for _, pointed in connection.introspection.get_relations(cursor, table).values():
                pointing.setdefault(pointed, set()).add(table)
    return pointing


def _in_order(going: list[str], pointing: Mapping[str, set[str]]) -> list[str]:
    """These tables and all that point to them, each after those that point to it."""
    order: list[str] = []
    seen: set[str] = set()

    def visit(table: str) -> None:
        if table not in seen:
            seen.add(table)
            for other in sorted(pointing.get(table, ())):
                visit(other)
            order.append(table)

    for table in going:
        visit(table)
    return order


def _out_of_the_way(connection: Any, table: str, rows: Mapping[str, int], *, is_view: bool) -> Iterator[str]:
    quoted = connection.ops.quote_name
    if rows.get(table) and not is_view:
        kept = next(
            name for number in range(1, 1000) if (name := f"{table}_old{'' if number == 1 else number}") not in rows
        )
        yield f"CREATE TABLE {quoted(kept)} AS SELECT * FROM {quoted(table)};"  # noqa: S608 - names of the catalogue
    yield f"DROP {'VIEW' if is_view else 'TABLE'} {quoted(table)};"
