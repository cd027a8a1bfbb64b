"""What is used on lines: accounting records taken, each counted once, and those that cannot be counted kept aside."""

from subscriptions.services.usage.ingest import NO_SUCH_LINE, Rejection, Unreadable, UsageIngested, ingest_usage
from subscriptions.services.usage.quarantine import retry_rejected

__all__ = ["NO_SUCH_LINE", "Rejection", "Unreadable", "UsageIngested", "ingest_usage", "retry_rejected"]
