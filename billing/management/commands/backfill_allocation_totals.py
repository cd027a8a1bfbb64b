"""`backfill_allocation_totals`: previews by default; `--execute` writes."""

from operations.management.backfill_command import BackfillCommand


class Command(BackfillCommand):
    """Put running totals right that something changed past the services."""

    help = "Put running totals right from their allocations. A dry run unless --execute is given."
    backfill = "allocation_totals"
