"""Whether a table in a database is the one that a model describes: its columns with their types, its constraints, its indexes.

It reads the database's own catalogue and writes nothing. What a CHECK says and which rows a partial index covers it does not
compare: each is known by its name, its kind and its columns.
"""

from collections.abc import Collection, Iterator
from typing import Any

from django.db.models import CheckConstraint, Model, UniqueConstraint

IS_VIEW = "it is a view"
A_FEW = 5

Held = dict[str, dict[str, Any]]


def differences(connection: Any, model: type[Model]) -> list[str]:
    """Say in words what the model's table lacks or has besides; an empty list when it is the same table."""
    table = model._meta.db_table
    with connection.cursor() as cursor:
        kinds = {each.name: each.type for each in connection.introspection.get_table_list(cursor)}
        if kinds.get(table) == "v":
            return [IS_VIEW]
        there = {column.name: column for column in connection.introspection.get_table_description(cursor, table)}
        types = column_types(cursor, connection.vendor, table)
        held = connection.introspection.get_constraints(cursor, table)
    return [
        *_of_columns(connection, model, there, types),
        *_missing(model, held),
        *_of_fields(model, there, held),
        *_not_ours(connection, model, held),
    ]


def in_few_words(found: list[str]) -> str:
    """All columns that differ, the first other differences of a table, and how many more there are.

    >>> in_few_words(["columns a, b are missing", "c is missing", "d", "e", "f", "g", "h", "i"])
    'columns a, b are missing, c is missing, d, e, f, g and 2 more'
    """
    columns = [each for each in found if each.startswith("column")]
    others = [each for each in found if each not in columns]
    return ", ".join(columns + others[:A_FEW]) + (f" and {len(others) - A_FEW} more" if others[A_FEW:] else "")


def column_types(cursor: Any, vendor: str, table: str) -> dict[str, str]:
    """The type of each column as the database declares it, such as `varchar(30)`."""
    if vendor == "postgresql":
        cursor.execute(
            "SELECT attname, format_type(atttypid, atttypmod) FROM pg_attribute "
            "WHERE attrelid = %s::regclass AND attnum > 0 AND NOT attisdropped",
            [f'"{table}"'],
        )
    else:
        cursor.execute("SELECT name, type FROM pragma_table_xinfo(%s)", [table])
    return {name: _in_one_way(declared) for name, declared in cursor.fetchall()}


def _in_one_way(declared: str) -> str:
    """One spelling for a type that the server and Django spell in two ways."""
    return declared.lower().replace("character varying", "varchar").replace(", ", ",")


def _of_columns(connection: Any, model: type[Model], there: dict[str, Any], types: dict[str, str]) -> Iterator[str]:
    wanted = {str(field.column): field for field in model._meta.local_concrete_fields}
    if missing := [name for name in wanted if name not in there]:
        yield f"{_named(missing)} missing"
    if strange := [name for name in there if name not in wanted]:
        yield f"{_named(strange)} not ours"
    for name, field in wanted.items():
        if name in there:
            expected = _in_one_way(str(field.db_type(connection)))
            if types[name] != expected:
                yield f"column {name} is {types[name] or 'of no type'}, not {expected}"
            if not field.primary_key and bool(there[name].null_ok) != field.null:
                yield f"column {name} {'may be' if there[name].null_ok else 'must not be'} empty"


def _named(columns: list[str]) -> str:
    return f"column {columns[0]} is" if len(columns) == 1 else f"columns {', '.join(columns)} are"


def _missing(model: type[Model], held: Held) -> Iterator[str]:
    for item in (*model._meta.constraints, *model._meta.indexes):
        found = held.get(item.name)
        if found is None:
            yield f"{item.name} is missing"
        elif isinstance(item, CheckConstraint) and not found["check"]:
            yield f"{item.name} is no check"
        elif isinstance(item, UniqueConstraint) and not found["unique"]:
            yield f"{item.name} lets the same value in twice"
        elif (columns := _columns(model, item)) and found["columns"] != columns:
            yield f"{item.name} is on {', '.join(map(str, found['columns']))}, not on {', '.join(columns)}"


def _of_fields(model: type[Model], there: Collection[str], held: Held) -> Iterator[str]:
    for field in model._meta.local_concrete_fields:
        if field.column in there:
            yield from _missing_of(field, held)


def _missing_of(field: Any, held: Held) -> Iterator[str]:
    alone = [each for each in held.values() if each["columns"] == [field.column]]
    if field.primary_key and not any(each["primary_key"] for each in alone):
        yield f"column {field.column} is not the primary key"
    if field.unique and not field.primary_key and not any(each["unique"] for each in alone):
        yield f"column {field.column} is not unique"
    if field.db_index and not field.unique and not any(each["index"] or each["unique"] for each in alone):
        yield f"column {field.column} has no index"
    if (target := _pointed_at(field)) and target not in [each["foreign_key"] for each in alone]:
        yield f"column {field.column} does not point to {target[0]}"


def _not_ours(connection: Any, model: type[Model], held: Held) -> Iterator[str]:
    """What would refuse rows that the model allows."""
    named = {item.name for item in (*model._meta.constraints, *model._meta.indexes)}
    fields = {str(field.column): field for field in model._meta.local_concrete_fields}
    for name, each in held.items():
        field = fields.get(each["columns"][0]) if len(each["columns"]) == 1 else None
        if name in named or each["primary_key"]:
            continue
        if each["check"]:
            is_ours = name.startswith("__unnamed") or bool(field and field.db_parameters(connection)["check"])
        elif each["foreign_key"]:
            is_ours = bool(field and _pointed_at(field) == each["foreign_key"])
        else:
            is_ours = not each["unique"] or bool(field and field.unique)
        if not is_ours:
            yield f"{name} is not ours"


def _columns(model: type[Model], item: Any) -> list[str]:
    """The columns of an index or a unique constraint; none for one that is over expressions, or a check."""
    columns = {field.name: str(field.column) for field in model._meta.local_concrete_fields}
    return [columns[name.removeprefix("-")] for name in getattr(item, "fields", ())]


def _pointed_at(field: Any) -> tuple[str, str] | None:
    if not field.remote_field or not getattr(field, "db_constraint", False):
        return None
    target = field.target_field
    return target.model._meta.db_table, target.column
