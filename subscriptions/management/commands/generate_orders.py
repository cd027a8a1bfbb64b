"""`manage.py generate_orders --tenant SLUG --date D`: make the orders of a day agree with the standing orders.

Exit 0: done; 1: some standing orders were left out and a person must look; 2: refused.
"""

import json
from argparse import ArgumentParser
from dataclasses import asdict
from typing import Any

from django.core.management import BaseCommand
from django.core.serializers.json import DjangoJSONEncoder
from django.db import DEFAULT_DB_ALIAS
from django.utils import timezone

from accounts.words import counted
from operations.management.refusals import refusing
from operations.management.targets import require_database, require_tenant
from subscriptions.management.targets import require_day, require_round
from subscriptions.selectors.orders_of_day import GeneratedDay
from subscriptions.services import generate_orders, preview_generation

SHOWN = 10
WORDS = {
    "created": ("created", "to create"),
    "changed": ("changed", "to change"),
    "withdrawn": ("withdrawn", "to withdraw"),
    "unchanged": ("as they should be", "as they should be"),
    "delivered": ("delivered, left alone", "delivered, left alone"),
    "not_delivered": ("not delivered, left alone", "not delivered, left alone"),
}


class Command(BaseCommand):
    """Generates the orders of a day, as often as anybody likes."""

    help = (
        "Make the orders of a day agree with the standing orders. What is delivered is left alone. Safe to run again."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--tenant", metavar="SLUG", required=True, help="Whose orders.")
        parser.add_argument("--date", metavar="D", required=True, help="The day of delivery, such as 2026-01-13.")
        parser.add_argument("--round", metavar="NAME", help="Only this round (default: all).")
        parser.add_argument("--slot", metavar="SLOT", help="Only this part of the day (default: all).")
        parser.add_argument("--dry-run", action="store_true", help="Say what would be done, and do nothing.")
        parser.add_argument("--json", action="store_true", help="Print one JSON object and nothing else.")

    def handle(self, *args: Any, **options: Any) -> None:
        """Guards, one call, words."""
        tenant = require_tenant(options["tenant"], using=require_database(DEFAULT_DB_ALIAS))
        assert tenant is not None, "--tenant is required"
        day = require_day(options["date"], option="--date")
        on_round = require_round(options["round"], tenant=tenant)
        asked = {"tenant": tenant, "day": day, "round": on_round, "slot": options["slot"], "now": timezone.now()}
        with refusing():
            if options["dry_run"]:
                done = preview_generation(actor=None, **asked)
            else:
                done = generate_orders(actor=None, told=None if options["json"] else self.progress, **asked)
        if options["json"]:
            head = {"tenant": tenant.slug, "date": day, "round": options["round"], "slot": options["slot"]}
            said = head | {"dry_run": options["dry_run"]} | asdict(done)
            self.stdout.write(json.dumps(said, cls=DjangoJSONEncoder))
        else:
            self.tell(done, f"Orders of {tenant.name} for {day:%A %-d %B %Y}", dry_run=options["dry_run"])
        if done.left_out:
            raise SystemExit(1)

    def progress(self, written: int) -> None:
        """One line for each window of a long day."""
        if written:
            self.stderr.write(f"  {counted(written, 'orders')} written")

    def tell(self, done: GeneratedDay, title: str, *, dry_run: bool) -> None:
        """Print a line for each count, and the standing orders that got no order."""
        self.stdout.write(f"{title}{', a dry run: nothing is written' if dry_run else ''}\n\n")
        for name, words in WORDS.items():
            if (count := getattr(done, name)) or name == "created":
                self.stdout.write(f"  {count:>9,}  {words[dry_run]}")
        for reason, count in done.left_out.items():
            self.stdout.write(self.style.WARNING(f"  {count:>9,}  standing orders left out: {reason}"))
        for row in done.examples[:SHOWN]:
            what = f"{row['customer']}, {row['quantity'].normalize():f} {row['product']}"
            self.stdout.write(f"             {what}: {row['reason']}")
        if (hidden := sum(done.left_out.values()) - SHOWN) > 0:
            self.stdout.write(f"             … and {hidden:,} more")
