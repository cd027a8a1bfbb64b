"""`manage.py monitor_data_cap_usage [--limit N]`: note who has used how much of their data cap, and tell them.

Exit 0: done; 1: some subscriptions could not be checked, or not told, and a person must look; 2: refused.
"""

import json
from argparse import ArgumentParser
from typing import Any

from django.core.management import BaseCommand
from django.db import DEFAULT_DB_ALIAS
from django.utils import timezone

from operations.management.refusals import refusing
from operations.management.targets import require_database, require_tenant
from subscriptions.rules.reasons import WORDS
from subscriptions.services.cap_alerts import CapsWatched, watch_caps
from subscriptions.services.cap_alerts.watching import BATCH_SIZE


class Command(BaseCommand):
    """Watches data caps, as often as anybody likes; the twin of `services.monitor_data_cap_usage`."""

    help = "Note which thresholds of their data caps customers have reached, and tell them. Safe to run again."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--limit", type=int, metavar="N", help="Only the next N subscriptions (default: all).")
        parser.add_argument("--batch-size", type=int, metavar="N", default=BATCH_SIZE, help="How many at once.")
        parser.add_argument("--tenant", metavar="SLUG", help="Only this business (default: all).")
        parser.add_argument("--json", action="store_true", help="Print one JSON object and nothing else.")

    def handle(self, *args: Any, **options: Any) -> None:
        """Guards, one call, words."""
        tenant = require_tenant(options["tenant"], using=require_database(DEFAULT_DB_ALIAS))
        asked = {"limit": options["limit"], "batch_size": options["batch_size"], "tenant": tenant}
        with refusing():
            watched = watch_caps(actor=None, now=timezone.now(), **asked)
        self.stdout.write(json.dumps(watched.as_answer()) if options["json"] else in_words(watched))
        if watched.failed or watched.not_told:
            raise SystemExit(1)


def in_words(watched: CapsWatched) -> str:
    """What was found, a line for each number."""
    lines = [
        f"Processed {watched.processed:,} subscriptions: {watched.checked:,} checked, {watched.skipped:,} skipped, "
        f"{watched.failed:,} failed; {watched.remaining:,} remaining.",
        f"Alerts: {watched.alerts_created:,} created, {watched.alerts_reopened:,} reopened, "
        f"{watched.alerts_resolved:,} resolved; {watched.told:,} customers told, {watched.not_told:,} could not be told.",
    ]
    reasons = watched.skipped_by_reason.most_common()
    return "\n".join([*lines, *(f"  {count:>9,}  {WORDS.get(name, name)} ({name})" for name, count in reasons)])
