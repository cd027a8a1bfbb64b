"""`manage.py smoke_test`: does the live system work? Writes nothing that stays. Exit 0: it does; 1: not; 2: refused."""

import json
import logging
import time
from argparse import ArgumentParser
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.core.management import BaseCommand
from django.db import DEFAULT_DB_ALIAS
from django.utils import timezone

from operations.management.smoke import CHECKS, Asked, Found
from operations.management.smoke.found import FAILED, OK, SKIPPED
from operations.management.targets import add_tenant_argument, require_database, require_tenant


class Command(BaseCommand):
    """Looks at every part of a live system, one line for each."""

    help = "Check a live system, part by part; whatever it writes is taken back. Exit 0: all well; 1: not."

    def add_arguments(self, parser: ArgumentParser) -> None:
        add_tenant_argument(parser)
        parser.add_argument("--json", action="store_true", help="Print one JSON object and nothing else.")
        parser.add_argument("--fast", action="store_true", help="Ask the last proof of the books instead of a new one.")
        parser.add_argument("--base-url", default="", metavar="URL", help="Also call the running site there.")
        parser.add_argument(
            "--wait", type=float, default=10, metavar="S", help="For a worker or the site (default 10 s)."
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Make the checks, one after another."""
        require_database(DEFAULT_DB_ALIAS, migrated=False)
        asked = Asked(
            now=timezone.now(),
            tenant=require_tenant(options["tenant"], using=DEFAULT_DB_ALIAS),
            is_fast=options["fast"],
            base_url=options["base_url"],
            wait_seconds=options["wait"],
        )
        found = {}
        with quiet():
            for name, check in CHECKS.items():
                began = time.monotonic()
                found[name] = made(check, asked)
                if not options["json"]:
                    self.tell(name, found[name], time.monotonic() - began)
        failed = [name for name, result in found.items() if result.status == FAILED]
        if options["json"]:
            self.stdout.write(json.dumps(as_json(found, asked)))
        else:
            self.stdout.write(ending(failed, len(found)))
        if failed:
            raise SystemExit(1)

    def tell(self, name: str, result: Found, seconds: float) -> None:
        """One line for a check."""
        style = {OK: self.style.SUCCESS, FAILED: self.style.ERROR, SKIPPED: self.style.WARNING}[result.status]
        self.stdout.write(f"  {name:<12} {style(f'{result.status:<8}')} {result.detail} ({seconds:.1f} s)")


def made(check: Any, asked: Asked) -> Found:
    """Make a check; one that breaks off has failed, and the others are made all the same."""
    try:
        return check(asked)
    except Exception as error:
        return Found(FAILED, f"broke off: {type(error).__name__}: {' '.join(str(error).split())[:300]}")


@contextmanager
def quiet() -> Iterator[None]:
    """Keep the refusals that are expected (a role that may not read) out of the log."""
    loggers = [logging.getLogger(name) for name in ("django.request", "roundsman")]
    before = [logger.level for logger in loggers]
    for logger in loggers:
        logger.setLevel(logging.ERROR)
    try:
        yield
    finally:
        for logger, level in zip(loggers, before, strict=True):
            logger.setLevel(level)


def as_json(found: dict[str, Found], asked: Asked) -> dict[str, Any]:
    """The answer of `--json`."""
    return {
        "is_well": all(result.status != FAILED for result in found.values()),
        "checked_at": asked.now.isoformat(),
        "tenant": asked.tenant.slug if asked.tenant else None,
        "checks": {name: {"status": result.status.lower(), "detail": result.detail} for name, result in found.items()},
    }


def ending(failed: list[str], checks: int) -> str:
    """What it comes to, and what to do next."""
    if not failed:
        return f"\nAll well: {checks} checks, nothing failed, nothing was written. Nothing to do."
    return f"\nNot well: {', '.join(failed)}. Nothing was written.\nNext: do what the line says, then run smoke_test again."
