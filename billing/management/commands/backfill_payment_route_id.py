"""`backfill_payment_route_id`: previews by default; `--execute` writes."""

from operations.management.backfill_command import BackfillCommand


class Command(BackfillCommand):
    """Give payments without a route the route of their sale."""

    help = "Give payments from before 2026-01-13 the route of their sale. A dry run unless --execute is given."
    backfill = "payment_route_id"
