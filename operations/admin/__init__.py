"""The admin's pages of upkeep, and the home page."""

from operations.admin import backfills, records

__all__ = ["backfills", "records"]
