"""Which kind of database stands behind an alias, and so which module saves and restores it."""

from types import ModuleType

from django.db import connections

from operations.backup import postgres, sqlite
from operations.backup.contents import table_names


def engine_of(using: str) -> ModuleType:
    """Choose `operations.backup.postgres` or `operations.backup.sqlite`."""
    return postgres if connections[using].vendor == postgres.VENDOR else sqlite


def tables_of(using: str) -> set[str]:
    """The tables that stand in a database."""
    with connections[using].cursor() as cursor:
        return set(table_names(cursor, connections[using].vendor))
