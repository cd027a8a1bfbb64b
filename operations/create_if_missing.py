"""A migration that meets tables which are there already: it makes what is missing, keeps what is equal, refuses what differs.

`manage.py migrate` and `manage.py migrate_cashback_tables` run the same operation, so neither ever has to fake a migration.
"""

from typing import Any

from django.core.management import CommandError
from django.db import migrations

from operations.table_shape import differences, in_few_words


class TableDiffers(CommandError):
    """A table of that name is there, but it is another one: exit 2, without a traceback."""

    def __init__(self, message: str) -> None:
        super().__init__(message, returncode=2)


class CreateModelIfMissing(migrations.CreateModel):
    """Creates the table of a model unless it is there with the same columns, constraints and indexes.

    *Raises* TableDiffers.
    """

    def database_forwards(self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any) -> None:
        """Create the table, or leave alone the one that is equal."""
        model, connection = to_state.apps.get_model(app_label, self.name), schema_editor.connection
        table = model._meta.db_table
        if table not in connection.introspection.table_names(include_views=True):
            super().database_forwards(app_label, schema_editor, from_state, to_state)
            return
        if found := differences(connection, model):
            raise TableDiffers(
                f"Database '{connection.alias}' has a table {table} that differs: {in_few_words(found)}. "
                "Correct it by hand, or copy its rows to a table of another name and drop it, then run this again."
            )

    def describe(self) -> str:
        """Say what `migrate --plan` shows."""
        return f"Create model {self.name} unless its table is there"
