"""`manage.py check_books`: are the books right? Exit 0: every rule holds; 1: one is broken; 2: could not check."""

import json
from argparse import ArgumentParser
from typing import Any

from django.core.management import BaseCommand
from django.utils import timezone

from accounts.words import counted
from operations.management.targets import (
    Refused,
    add_database_argument,
    add_tenant_argument,
    require_database,
    require_tenant,
)
from operations.models import BooksCheck
from operations.services import check_books

SHOWN = 10


class Command(BaseCommand):
    """Runs every rule of the books and shows each violation with its numbers."""

    help = "Check every rule of the books; shows each violation with its numbers. Changes nothing but the kept result."

    def add_arguments(self, parser: ArgumentParser) -> None:
        add_database_argument(parser)
        add_tenant_argument(parser)
        parser.add_argument("--json", action="store_true", help="Print one JSON object and nothing else.")

    def handle(self, *args: Any, **options: Any) -> None:
        """Guards, one call, words."""
        try:
            self.check_and_tell(options)
        except Refused as refused:
            if not options["json"]:
                raise
            self.stdout.write(json.dumps(as_json_error(str(refused))))
            raise SystemExit(refused.returncode) from refused

    def check_and_tell(self, options: dict[str, Any]) -> None:
        """Check the books of the database and tenant that were asked for, and print the answer."""
        using = require_database(options["database"])
        tenant = require_tenant(options["tenant"], using=using)
        check = check_books(using=using, tenant=tenant, now=timezone.now())
        if options["json"]:
            self.stdout.write(json.dumps(as_json(check, using)))
        else:
            self.tell(check, using)
        if not check.all_hold:
            raise SystemExit(1)

    def tell(self, check: BooksCheck, using: str) -> None:
        """Print one line per rule, the numbers of what is broken, and what to do next."""
        whose = f"of {check.tenant.name}" if check.tenant else "of all tenants"
        self.stdout.write(f"Books {whose} in database '{using}', {check.started_at:%Y-%m-%d %H:%M %Z}\n\n")
        width = max((len(result["part"]) for result in check.results), default=0)
        for result in check.results:
            word = self.style.SUCCESS("holds ") if result["holds"] else self.style.ERROR("BROKEN")
            self.stdout.write(f"  {result['part']:<{width}}  {word}  {result['name']}")
            for line in _evidence(result):
                self.stdout.write(f"  {'':<{width}}          {line}")
        for line in _ending(check):
            self.stdout.write(line)


def as_json(check: BooksCheck, using: str) -> dict[str, Any]:
    """Make the answer of `--json`."""
    return {
        "database": using,
        "tenant": check.tenant.slug if check.tenant else None,
        "all_hold": check.all_hold,
        "checked_at": check.started_at.isoformat(),
        "duration_seconds": check.duration_seconds,
        "check_id": str(check.pk),
        "violations": sum(result["violations"] for result in check.results),
        "results": check.results,
    }


def as_json_error(message: str) -> dict[str, Any]:
    """Make the answer of `--json` when the books could not be checked, in the shape of the other commands."""
    return {"status": "error", "error": {"code": "refused", "message": message}, "errors": [message]}


def _evidence(result: dict[str, Any]) -> list[str]:
    if result["error"]:
        return [f"could not be checked: {result['error']}"]
    shown = result["examples"][:SHOWN]
    lines = [f"{example['where']}: {_in_words(example['numbers'])}" for example in shown]
    hidden = result["violations"] - len(shown)
    return [*lines, f"… and {hidden:,} more, {result['violations']:,} in all"] if hidden > 0 else lines


def _in_words(numbers: dict[str, Any]) -> str:
    return ", ".join(f"{name} {_value(value)}" for name, value in numbers.items())


def _value(value: Any) -> str:
    if isinstance(value, dict):
        return f"({_in_words(value)})"
    return "nothing" if value is None else str(value)


def _ending(check: BooksCheck) -> list[str]:
    broken = [result for result in check.results if not result["holds"]]
    rules, seconds = len(check.results), f"{check.duration_seconds:.1f} s"
    if not broken:
        return ["", f"All {rules} rules hold. Checked in {seconds}. Nothing to do."]
    violations = sum(result["violations"] for result in broken)
    return [
        "",
        f"{len(broken)} of {rules} rules broken, {counted(violations, 'violations')}. Checked in {seconds}.",
        "Next: look the rows up in the admin, correct them there or by a backfill, then run check_books again.",
        "      `check_books --json` lists up to 100 violations of each rule.",
    ]
