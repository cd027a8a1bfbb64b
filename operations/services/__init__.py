"""Keeping the system: the books checked, workers heard, writes frozen for maintenance.

Backups stand in `backup`, what people do with runs in `backfills`.
"""

from operations.services.books import check_books, latest_check, prove_books
from operations.services.maintenance import begin_maintenance, end_maintenance
from operations.services.workers import say_alive, say_goodbye

__all__ = [
    "begin_maintenance",
    "check_books",
    "end_maintenance",
    "latest_check",
    "prove_books",
    "say_alive",
    "say_goodbye",
]
