"""Whether a table in a database is the one that a model describes: its columns, its constraints and its indexes."""

from typing import Any

from django.db.models import Model


def differences(connection: Any, model: type[Model]) -> list[str]:
    """Say in words what the model's table lacks or has besides; an empty list when it is the same table."""
    table = model._meta.db_table
    with connection.cursor() as cursor:
        there = {column.name: column for column in connection.introspection.get_table_description(cursor, table)}
        held = connection.introspection.get_constraints(cursor, table)
    wanted = {str(field.column): field for field in model._meta.local_concrete_fields}
    found = [f"column {name} is missing" for name in wanted if name not in there]
    found += [f"column {name} is not ours" for name in there if name not in wanted]
    found += [
        f"column {name} {'may be' if column.null_ok else 'must not be'} empty"
        for name, column in there.items()
        if name in wanted and not wanted[name].primary_key and bool(column.null_ok) != wanted[name].null
    ]
    named = [item.name for item in (*model._meta.constraints, *model._meta.indexes)]
    return found + [f"{name} is missing" for name in named if name not in held]
