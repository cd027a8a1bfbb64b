"""The six tables of cashback come into a live database, and go again: looked at, backed up, changed and proved."""

from cashback.services.instance_migration.look import Look, NotReady, TableFound, look, look_at
from cashback.services.instance_migration.migrate import Migrated, migrate_instance
from cashback.services.instance_migration.roll_back import RolledBack, TablesHoldRows, roll_back_instance

__all__ = [
    "Look",
    "Migrated",
    "NotReady",
    "RolledBack",
    "TableFound",
    "TablesHoldRows",
    "look",
    "look_at",
    "migrate_instance",
    "roll_back_instance",
]
