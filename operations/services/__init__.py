"""Keeping the system: the books checked, workers heard. Backups stand in `backup`, what people do with runs in `backfills`."""

from operations.services.books import check_books, latest_check
from operations.services.workers import say_alive, say_goodbye

__all__ = ["check_books", "latest_check", "say_alive", "say_goodbye"]
