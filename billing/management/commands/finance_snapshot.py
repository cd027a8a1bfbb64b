"""`manage.py finance_snapshot --out F | --compare F`: the figures before and after a migration.

Exit 0: written, or equal; 1: differs from --compare; 2: refused.
"""

import json
from argparse import ArgumentParser
from collections.abc import Iterable, Iterator
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import Any

from django.core.management import BaseCommand
from django.utils import timezone

from accounts.words import counted
from billing.selectors.finance_snapshot import Totals, differing_lines, differing_totals, invoice_lines
from operations.backfill.sql import read_only
from operations.backup.files import whole_or_nothing
from operations.management.targets import (
    Refused,
    add_database_argument,
    add_tenant_argument,
    require_database,
    require_tenant,
)

MOST_SHOWN = 40


class Command(BaseCommand):
    """Writes every invoice's money down, or holds the books against what was written down before."""

    help = "What is paid and left of every invoice, with totals: write it to a file, or compare with such a file."

    def add_arguments(self, parser: ArgumentParser) -> None:
        add_database_argument(parser)
        what = parser.add_mutually_exclusive_group(required=True)
        what.add_argument("--out", type=Path, metavar="F", help="Write the figures to this file.")
        what.add_argument("--compare", type=Path, metavar="F", help="Compare with the figures in this file.")
        add_tenant_argument(parser)
        parser.add_argument("--json", action="store_true", help="Print one JSON object and nothing else.")

    def handle(self, *args: Any, **options: Any) -> None:
        using = require_database(options["database"])
        if options["out"]:
            self.write(options["out"], options["tenant"], using, options["json"])
        elif self.compare(options["compare"], options["tenant"], using, options["json"]):
            raise SystemExit(1)

    def write(self, path: Path, slug: str | None, using: str, as_json: bool) -> None:
        """Write the figures as they are now."""
        now, totals, count = timezone.now(), Totals(), 0
        tenant = require_tenant(slug, using=using)
        try:
            with read_only(using), whole_or_nothing(path) as partial, partial.open("w", encoding="utf-8") as file:
                file.write(json.dumps({"as_of": now.isoformat(), "tenant": slug}) + "\n")
                for line in totals.passing(invoice_lines(tenant=tenant, as_of=now, using=using)):
                    file.write(json.dumps(line) + "\n")
                    count += 1
                file.write(json.dumps({"totals": totals.as_json()}) + "\n")
        except OSError as error:
            raise Refused(
                f"{path} cannot be written: {error}. Name a file in a folder that you may write to."
            ) from error
        if as_json:
            self.stdout.write(json.dumps({"as_of": now.isoformat(), "invoices": count, "totals": totals.as_json()}))
            return
        self.tell(totals.as_json())
        self.stdout.write(
            f"\n{counted(count, 'invoices')} written to {path}.\nLater: manage.py finance_snapshot --compare {path}"
        )

    def compare(self, path: Path, slug: str | None, using: str, as_json: bool) -> bool:
        """Hold the books against a file; returns whether they differ."""
        head, before = read(path)
        slug = slug or head["tenant"]
        tenant, totals, then = require_tenant(slug, using=using), Totals(), Totals()
        as_of = datetime.fromisoformat(head["as_of"])
        with read_only(using):
            after = totals.passing(invoice_lines(tenant=tenant, as_of=as_of, using=using))
            found = differing_lines(then.passing(_of(slug, before)), after)
            shown = list(islice(found, MOST_SHOWN))
            others = sum(1 for _ in found)
        differences = [*differing_totals(then.as_json(), totals.as_json()), *shown]
        if as_json:
            self.stdout.write(json.dumps({"differences": differences, "more": others, "totals": totals.as_json()}))
        elif differences:
            self.tell_differences(differences, others)
        else:
            number = sum(row["invoices"] for name, row in totals.as_json().items() if name.count(" ") == 1)
            self.stdout.write(
                self.style.SUCCESS(f"Equal: {counted(number, 'invoices')}, every total and every balance.")
            )
        return bool(differences)

    def tell(self, totals: dict[str, dict[str, int]]) -> None:
        """Print the totals, a line for each."""
        lines: list[tuple[str, ...]] = [("", "invoices", "total", "paid", "balance")]
        lines += [(name, *(f"{cents:,}" for cents in sums.values())) for name, sums in totals.items()]
        self._table(lines)

    def tell_differences(self, differences: list[dict[str, Any]], others: int) -> None:
        """Print where it differs."""
        self.stdout.write(self.style.WARNING("The figures differ:\n"))
        self._table([("where", "figure", "before", "after"), *(tuple(map(str, each.values())) for each in differences)])
        if others:
            self.stdout.write(f"  … and {counted(others, 'more differences')}")
        self.stdout.write("\nNext: look for who changed them: manage.py backfill_runs list, and each invoice's history")

    def _table(self, lines: list[tuple[str, ...]]) -> None:
        widths = [max(len(line[column]) for line in lines) for column in range(len(lines[0]))]
        for first, *rest in lines:
            cells = "  ".join(f"{cell:>{width}}" for cell, width in zip(rest, widths[1:], strict=True))
            self.stdout.write(f"  {first:<{widths[0]}}  {cells}")


def read(path: Path) -> tuple[dict[str, Any], Iterator[dict[str, Any]]]:
    """The head of a snapshot and its invoices, read as they are asked for. *Raises* Refused."""
    try:
        with path.open(encoding="utf-8") as file:
            head = json.loads(file.readline())
            last = "{}"
            for last in file:  # noqa: B007 - to the end: a snapshot that was cut off must not look like lost invoices
                pass
        datetime.fromisoformat(head["as_of"])
        is_whole = "totals" in json.loads(last)
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise Refused(f"{path} cannot be read as a finance snapshot: {error}. Write one with --out.") from error
    if not is_whole:
        raise Refused(f"{path} ends too early: its totals are missing. Write it again with --out.")
    return {"tenant": None, **head}, _lines(path)


def _lines(path: Path) -> Iterator[dict[str, Any]]:
    with path.open(encoding="utf-8") as file:
        file.readline()
        for text in file:
            line = json.loads(text)
            if "totals" not in line:
                yield line


def _of(slug: str | None, lines: Iterable[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    return (line for line in lines if slug is None or line["tenant"] == slug)
