"""What the code expects of a database: the six tables, the supporting ones, and which migrations make them.

The six are those of one migration, in its order; supporting tables are all that later migrations of this app add.
"""

from dataclasses import dataclass
from typing import Any

from django.db import migrations
from django.db.migrations.executor import MigrationExecutor
from django.db.models import Model

APP = "cashback"
LENDING = (APP, "0001_lending")
SIX_TABLES = (APP, "0002_cashback_tables")

Key = tuple[str, str]


@dataclass(frozen=True)
class Expected:
    """Tables by name with their models' names, and the migrations that the database lacks."""

    executor: MigrationExecutor
    six: dict[str, str]
    supporting: dict[str, str]
    lacking: list[Key]

    @classmethod
    def by(cls, connection: Any) -> "Expected":
        """Hold the code's migrations against those that this database records; writes nothing."""
        executor = MigrationExecutor(connection)
        graph = executor.loader.graph
        plan = executor.migration_plan(graph.leaf_nodes())
        newest = executor.loader.project_state(graph.leaf_nodes(APP))
        before = executor.loader.project_state(LENDING)
        tables = {
            state.options["db_table"]: state.name
            for (app, name), state in newest.models.items()
            if app == APP and (app, name) not in before.models
        }
        made = graph.nodes[SIX_TABLES].operations
        names = [operation.name for operation in made if isinstance(operation, migrations.CreateModel)]
        six = {table: name for name in names for table, found in tables.items() if found == name}
        supporting = {table: name for table, name in sorted(tables.items()) if table not in six}
        return cls(executor, six, supporting, [(each.app_label, each.name) for each, _ in plan])

    @property
    def to_apply(self) -> list[str]:
        """The migrations that make cashback, as far as the database lacks them."""
        return [f"{app}.{name}" for app, name in self.lacking if app == APP and (app, name) != LENDING]

    @property
    def to_apply_before(self) -> list[str]:
        """All other migrations that the database lacks."""
        return [f"{app}.{name}" for app, name in self.lacking if app != APP or (app, name) == LENDING]

    @property
    def unknown(self) -> list[str]:
        """Migrations of cashback that the database has and this code has not."""
        loader = self.executor.loader
        return sorted(
            f"{app}.{name}"
            for app, name in loader.applied_migrations
            if app == APP and (app, name) not in loader.disk_migrations
        )

    @property
    def applied(self) -> list[Key]:
        """Cashback's own migrations that the database records, without the lending one."""
        return sorted(key for key in self.executor.loader.applied_migrations if key[0] == APP and key != LENDING)

    def is_made(self, name: str) -> bool:
        """Whether the migration that makes this model is recorded as applied."""
        loader = self.executor.loader
        return any(
            key in loader.applied_migrations
            for key in loader.graph.nodes
            if key[0] == APP and _makes(loader.graph.nodes[key], name)
        )

    def models(self) -> dict[str, type[Model]]:
        """The tables' models, as the applied migrations (at least that of the six tables) leave them."""
        loader = self.executor.loader
        nodes = [key for key in loader.applied_migrations if key in loader.graph.nodes]
        apps = loader.project_state([*nodes, SIX_TABLES]).apps
        there = {model._meta.db_table: model for model in apps.get_app_config(APP).get_models()}
        return {table: there[table] for table in (*self.six, *self.supporting) if table in there}


def _makes(migration: Any, name: str) -> bool:
    return any(isinstance(each, migrations.CreateModel) and each.name == name for each in migration.operations)
