"""Stops the way back of a migration while it would lose rows or values: `manage.py migrate billing 0001` on a filled database.

The guard stands last in a migration, so that it is the first to be asked on the way back, before any table or column is gone.
What it looks at, it reads from the operations before it: every table that they create, and every column that they add.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from django.core.management import CommandError
from django.db import migrations, models
from django.db.migrations.operations.base import Operation

from accounts.words import counted

RESTORE = "Restore a backup from before this migration instead (`manage.py restore_database FILE`)."


class WayBackRefused(CommandError):
    """Going back would lose data: exit 2, without a traceback. The message says what, where and the cure."""

    def __init__(self, message: str) -> None:
        super().__init__(message, returncode=2)


class RefuseToLose(Operation):
    """Refuses the way back over `operations` while a table of theirs holds a row, or a column a value of its own.

    `also` names rows that the way back would lose for another reason, such as a column that may no longer be empty.
    `but` names columns (`"historicalpayment.route"`) whose values may go, and `cure` what to do before a restore.
    """

    reversible = True
    reduces_to_sql = False  # `sqlmigrate --backwards` shows the way back of a database that it does not look at

    def __init__(
        self,
        migration: str,
        operations: Sequence[Operation],
        *,
        also: Mapping[str, models.Q] | None = None,
        but: Sequence[str] = (),
        cure: str = RESTORE,
    ) -> None:
        self.migration = migration.replace(".migrations.", ".")
        self.tables = [made.name for made in operations if isinstance(made, migrations.CreateModel)]
        self.columns = [added for added in operations if isinstance(added, migrations.AddField)]
        self.also, self.but, self.cure = also or {}, but, cure

    def state_forwards(self, app_label: str, state: Any) -> None:
        """Change nothing: the guard is no part of the schema."""

    def database_forwards(self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any) -> None:
        """Do nothing on the way forth."""

    def database_backwards(self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any) -> None:
        """Count what would be lost, and refuse when it is anything."""
        alias = schema_editor.connection.alias
        lost = [
            f"{counted(count, 'rows')} of {where}"
            for where, rows in self._what_goes(app_label, from_state.apps)
            if (count := rows.using(alias).count())
        ]
        if lost:
            raise WayBackRefused(
                f"{self.migration}: going back would lose {', '.join(lost)} in database '{alias}'. "
                f"It was refused before it lost any; `manage.py migrate` goes forward again. {self.cure}"
            )

    def describe(self) -> str:
        """Say what `migrate --plan` shows."""
        return "Refuse the way back while it would lose data"

    def _what_goes(self, app_label: str, apps: Any) -> Iterator[tuple[str, models.QuerySet]]:
        for name in self.tables:
            model = apps.get_model(app_label, name)
            yield model._meta.db_table, model._base_manager.all()
        for added in self.columns:
            if self._is_asked(added):
                model = apps.get_model(app_label, added.model_name)
                field = model._meta.get_field(added.name)
                yield f"{model._meta.db_table} with {field.column}", model._base_manager.filter(_has_value(field))
        for name, condition in self.also.items():
            model = apps.get_model(app_label, name)
            yield f"{model._meta.db_table} that could not stay as they are", model._base_manager.filter(condition)

    def _is_asked(self, added: migrations.AddField) -> bool:
        of_a_new_table = added.model_name_lower in {name.lower() for name in self.tables}
        return not of_a_new_table and f"{added.model_name_lower}.{added.name}" not in self.but


def _has_value(field: models.Field) -> models.Q:
    """Rows whose value says more than that nobody set it."""
    unset = models.Q(**{f"{field.name}__isnull": True})
    if field.get_default() is not None:
        unset |= models.Q(**{field.name: field.get_default()})
    return ~unset
