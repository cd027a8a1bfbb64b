"""Tables of the upkeep floor."""

from operations.models.backfill_change import BackfillChange
from operations.models.backfill_finding import BackfillFinding
from operations.models.backfill_run import BackfillRun, BackfillTableLock
from operations.models.maintenance import Maintenance
from operations.models.record import BackupRecord, BooksCheck, WorkerSign

__all__ = [
    "BackfillChange",
    "BackfillFinding",
    "BackfillRun",
    "BackfillTableLock",
    "BackupRecord",
    "BooksCheck",
    "Maintenance",
    "WorkerSign",
]
