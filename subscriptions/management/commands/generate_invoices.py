"""`manage.py generate_invoices --tenant SLUG --from D --to D`: the invoices of a period for all customers, or of one round.

Exit 0: done; 1: some customers could not be invoiced and a person must look; 2: refused.
"""

import json
import sys
from argparse import ArgumentParser
from typing import Any
from uuid import UUID

from django.core.management.base import BaseCommand
from django.db import DEFAULT_DB_ALIAS
from django.utils import timezone

from accounts.errors import DomainError
from accounts.models import Tenant
from accounts.words import counted
from billing.models import BulkOperation, BulkOperationItem
from billing.money import as_units
from billing.selectors.bulk_operations import items_worst_first, operation_with_items
from operations.management.asking import may_ask, says_yes
from operations.management.refusals import refusing
from operations.management.targets import Refused, require_database, require_tenant
from subscriptions.management.targets import require_day, require_round
from subscriptions.selectors.invoicing_answers import preview_entry
from subscriptions.selectors.invoicing_preview import InvoicingPreview, preview_invoices
from subscriptions.services import run_invoicing, start_invoicing

DONE, LOOK = 0, 1
NAMED = 20


class Command(BaseCommand):
    """Invoices a period; with --dry-run it only looks."""

    help = (
        "Invoice every unbilled delivery and credit sale up to the end of a period. Run again, it bills nothing twice."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--tenant", metavar="SLUG", help="which business")
        parser.add_argument("--from", metavar="D", dest="first", help="first day of the period")
        parser.add_argument("--to", metavar="D", dest="last", help="last day of the period")
        parser.add_argument("--round", metavar="NAME", help="only customers of this round")
        parser.add_argument("--dry-run", action="store_true", help="only look; nothing can be written")
        parser.add_argument("--resume", metavar="ID", help="go on with an operation that was interrupted")
        parser.add_argument("--json", action="store_true", help="print one JSON object and nothing else")
        parser.add_argument("--no-input", action="store_true", help="do not ask before writing")

    def handle(self, **options: Any) -> None:
        """Guards, one call, words."""
        require_database(DEFAULT_DB_ALIAS)
        with refusing():
            sys.exit(self._resume(options) if options["resume"] else self._start(options))

    def _start(self, options: dict[str, Any]) -> int:
        tenant, asked = _asked(options)
        if options["dry_run"] or may_ask(options):
            seen = preview_invoices(tenant, asked["period_start"], asked["period_end"], round=asked["round"])
            self._say(options, preview_entry(seen), preview_text(seen))
            if options["dry_run"] or not says_yes("Write these invoices?"):
                return DONE
        operation = start_invoicing(actor=None, tenant=tenant, now=timezone.now(), **asked)
        return self._work(operation.pk, options)

    def _resume(self, options: dict[str, Any]) -> int:
        return self._work(_uuid(options["resume"]), options)

    def _work(self, operation_id: Any, options: dict[str, Any]) -> int:
        done = run_invoicing(
            operation_id, clock=timezone.now, on_batch=lambda operation: self._progress(operation, options)
        )
        self._say(options, operation_with_items(done), operation_text(done))
        return LOOK if done.items_failed else DONE

    def _progress(self, operation: BulkOperation, options: dict[str, Any]) -> None:
        if not options["json"]:
            answered = operation.items_done + operation.items_skipped + operation.items_failed
            self.stderr.write(f"{answered:,} of {counted(operation.items_total, 'customers')}")

    def _say(self, options: dict[str, Any], answer: dict[str, Any], words: str) -> None:
        self.stdout.write(json.dumps(answer, default=str) if options["json"] else words)


def preview_text(seen: InvoicingPreview) -> str:
    """What would be invoiced, and what is in the way."""
    said = preview_entry(seen)
    lines = [
        f"Would invoice {counted(said['invoices'], 'customers')} for {seen.period.first} to {seen.period.last}: "
        f"{as_units(seen.total_cents, seen.currency)} {seen.currency}",
        f"  Deliveries: {said['deliveries']:,}, of which {said['late_deliveries']:,} are older than the period",
        f"  Credit sales: {said['sales']:,}",
        f"  Already invoiced: {said['already_invoiced']:,}",
    ]
    troubled = [(row, problem) for row in seen.rows for problem in row.problems]
    lines += [f"  {row.name} ({row.number}): {problem.message}" for row, problem in troubled[:NAMED]]
    return "\n".join([*lines, *_and_more(len(troubled))])


def operation_text(operation: BulkOperation) -> str:
    """What became of an operation, and of whom a person must look at."""
    answers = items_worst_first(operation).exclude(outcome=BulkOperationItem.Outcome.DONE)
    lines = [
        f"Invoiced {counted(operation.items_done, 'customers')}, "
        f"skipped {operation.items_skipped:,}, failed {operation.items_failed:,}.",
        *(f"  {item.customer}: {item.message}" for item in answers[:NAMED]),
        *_and_more(operation.items_skipped + operation.items_failed),
    ]
    return "\n".join([*lines, f"Bulk operation {operation.pk}: {operation.get_status_display().lower()}."])


def _and_more(number: int) -> list[str]:
    return [f"  … and {number - NAMED:,} more"] if number > NAMED else []


def _asked(options: dict[str, Any]) -> tuple[Tenant, dict[str, Any]]:
    tenant = require_tenant(options["tenant"], using=DEFAULT_DB_ALIAS)
    if tenant is None or options["first"] is None or options["last"] is None:
        raise Refused("Say of which business and which period: --tenant SLUG --from 2026-01-01 --to 2026-01-31.")
    return tenant, {
        "period_start": require_day(options["first"], option="--from"),
        "period_end": require_day(options["last"], option="--to"),
        "round": require_round(options["round"], tenant=tenant),
    }


def _uuid(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError as error:
        raise DomainError(f"'{text}' is no id of a bulk operation. Copy it from the list.") from error
