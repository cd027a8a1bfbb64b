"""Is a database as new as the code? Asked before a command, before a run, and by the load balancer."""

from django.db import connections
from django.db.migrations.executor import MigrationExecutor


def missing_migrations(using: str) -> list[str]:
    """The migrations that the code has and this database has not, in the order in which they will be applied.

    Example: `["billing.0002_payment_route"]`. A database that does not answer *raises* django.db.DatabaseError.
    """
    executor = MigrationExecutor(connections[using])
    plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
    return [f"{migration.app_label}.{migration.name}" for migration, _ in plan]
