"""`manage.py ingest_usage FILE|-|--kept-aside --tenant SLUG`: count accounting records, each once.

From a file, or again those that were kept aside because their line was unknown.

Exit 0: all are counted, now or before; 1: some were kept aside and a person must look; 2: refused.
"""

import json
import sys
from argparse import ArgumentParser
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any, BinaryIO

from django.core.management.base import BaseCommand
from django.utils import timezone

from accounts.models import Tenant
from accounts.words import counted
from operations.management.refusals import refusing
from operations.management.targets import Refused, add_database_argument, require_database, require_tenant
from subscriptions.management.usage_file import entries_of
from subscriptions.services.usage import UsageIngested, ingest_usage, retry_rejected

DONE, LOOK = 0, 1
NAMED = 20


class Command(BaseCommand):
    """Takes usage; the same file again changes nothing."""

    help = "Count the accounting records of a file (JSON lines, or CSV with names) or of standard input (-), each once."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", metavar="FILE", nargs="?", help="where the records are; - is standard input")
        parser.add_argument(
            "--kept-aside",
            action="store_true",
            help="instead of FILE: what was kept aside because its line was unknown",
        )
        parser.add_argument("--tenant", metavar="SLUG", required=True, help="whose lines")
        add_database_argument(parser)
        parser.add_argument("--json", action="store_true", help="print one JSON object and nothing else")

    def handle(self, **options: Any) -> None:
        """Guards, one call, words."""
        using = require_database(options["database"])
        tenant = require_tenant(options["tenant"], using=using)
        assert tenant is not None, "--tenant is required"
        with refusing():
            done = self.taken(options, tenant, using)
        self.stdout.write(json.dumps(asdict(done), default=str) if options["json"] else words_of(done))
        sys.exit(LOOK if done.rejected else DONE)

    def taken(self, options: dict[str, Any], tenant: Tenant, using: str) -> UsageIngested:
        """Take a file, or what was kept aside."""
        whose: dict[str, Any] = {"actor": None, "tenant": tenant, "now": timezone.now(), "using": using}
        if options["kept_aside"] == bool(options["file"]):
            raise Refused("Name a FILE (- is standard input), or say --kept-aside: one of both.")
        if options["kept_aside"]:
            return retry_rejected(**whose)
        with _opened(options["file"]) as file:
            told = None if options["json"] else self.progress
            return ingest_usage(**whose, entries=entries_of(file), origin=options["file"], told=told, read_ahead=True)

    def progress(self, done: UsageIngested) -> None:
        """One line for each batch of a long file."""
        self.stderr.write(f"{done.received:,} records read")


@contextmanager
def _opened(name: str) -> Iterator[BinaryIO]:
    if name == "-":
        yield sys.stdin.buffer
        return
    with ExitStack() as files:
        try:
            file = files.enter_context(Path(name).open("rb"))
        except OSError as error:
            raise Refused(f"{name} cannot be read: {error.strerror}. Name a file, or - for standard input.") from error
        yield file


def words_of(done: UsageIngested) -> str:
    """What became of the records, for a person."""
    lines = [
        f"{counted(done.received, 'records')}: {done.taken:,} taken, {done.repeated:,} counted before, "
        f"{done.rejected:,} kept aside"
    ]
    lines += [f"  {count:>9,}  {code}" for code, count in sorted(done.rejected_by_code.items())]
    lines += [f"  record {one.position:,}: {one.message}" for one in done.rejections[:NAMED]]
    if done.rejected > NAMED:
        lines.append(f"  … and {done.rejected - NAMED:,} more")
    return "\n".join(lines)
