"""What is done to keep the system: the books checked, backups made, findings decided, runs started and undone."""

from operations.services.books import check_books, latest_check
from operations.services.workers import say_alive, say_goodbye

__all__ = ["check_books", "latest_check", "say_alive", "say_goodbye"]
