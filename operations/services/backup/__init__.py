"""Backups: made, proved by really restoring them, brought back, demanded before a run; and a database's state in numbers."""

from operations.backup.freshness import BackupTooOld, require_fresh_backup
from operations.services.backup.daily import BackupNotGood, Made, daily_backup, daily_backups
from operations.services.backup.make import UnknownTables, backup_database
from operations.services.backup.restore import TargetNotEmpty, restore_database
from operations.services.backup.retention import remove_old_backups
from operations.services.backup.state import compare_states, database_state
from operations.services.backup.verify import Verification, verify_backup

__all__ = [
    "BackupNotGood",
    "BackupTooOld",
    "Made",
    "TargetNotEmpty",
    "UnknownTables",
    "Verification",
    "backup_database",
    "compare_states",
    "daily_backup",
    "daily_backups",
    "database_state",
    "remove_old_backups",
    "require_fresh_backup",
    "restore_database",
    "verify_backup",
]
