"""`backfill_payment_allocations`: previews by default; `--execute` writes."""

from operations.management.backfill_command import BackfillCommand


class Command(BackfillCommand):
    """Give invoices of the old system the allocations that say which money paid for them."""

    help = "Give invoices of the old system their allocations. A dry run unless --execute is given."
    backfill = "payment_allocations"
