"""`manage.py process_usage_billing [--limit N]`: bill what was used beyond the cap, each closed period once.

Exit 0: done; 1: some subscriptions failed and a person must look; 2: refused. The background job `services.process_usage_billing`
does the same.
"""

import json
import sys
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand
from django.db import DEFAULT_DB_ALIAS
from django.utils import timezone

from operations.management.refusals import refusing
from operations.management.targets import Refused, add_tenant_argument, require_database, require_tenant
from subscriptions.rules.reasons import WORDS, WORST_FIRST
from subscriptions.services.usage_billing import SUBSCRIPTIONS_AT_ONCE, UsageBilled, bill_usage

DONE, LOOK = 0, 1


class Command(BaseCommand):
    """Bills usage; what is billed already is not billed again."""

    help = "Bill what was used beyond the cap in every closed period. Run again, it bills nothing twice."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--limit", type=int, metavar="N", help="only the next N subscriptions (default: all)")
        parser.add_argument(
            "--batch-size", type=int, metavar="N", default=SUBSCRIPTIONS_AT_ONCE, help="subscriptions a commit"
        )
        add_tenant_argument(parser)
        parser.add_argument("--json", action="store_true", help="print one JSON object and nothing else")

    def handle(self, **options: Any) -> None:
        """Guards, one call, words."""
        require_database(DEFAULT_DB_ALIAS)
        tenant = require_tenant(options["tenant"], using=DEFAULT_DB_ALIAS)
        with refusing():
            billed = bill_usage(
                actor=None,
                now=timezone.now(),
                limit=_at_least_one(options["limit"], "--limit"),
                batch_size=_at_least_one(options["batch_size"], "--batch-size") or SUBSCRIPTIONS_AT_ONCE,
                tenant=tenant,
            )
        self.stdout.write(json.dumps(billed.as_entry()) if options["json"] else words_of(billed))
        sys.exit(LOOK if billed.failed else DONE)


def words_of(billed: UsageBilled) -> str:
    """What a call did, for a person."""
    skipped = billed.skipped_by_reason
    reasons = [f"    {WORDS[reason]} ({reason}): {skipped[reason]:,}" for reason in WORST_FIRST if skipped.get(reason)]
    return "\n".join(
        [
            f"Subscriptions processed: {billed.processed:,}",
            f"  Invoices created: {billed.invoices_created:,}",
            f"  Skipped: {billed.skipped:,}",
            *reasons,
            f"  Failed: {billed.failed:,}",
            f"Remaining: {billed.remaining:,}",
        ]
    )


def _at_least_one(number: int | None, option: str) -> int | None:
    if number is not None and number < 1:
        raise Refused(f"{option} is {number}: give a whole number from 1.")
    return number
