"""`manage.py database_state`: rows and money of every table. Exit 0: told, or equal; 1: differs from --compare; 2: refused."""

import json
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management import BaseCommand
from django.utils import timezone

from accounts.words import counted
from operations.backup.files import write_whole
from operations.management.refusals import refusing
from operations.management.targets import Refused, add_database_argument, require_database
from operations.services.backup import compare_states, database_state


class Command(BaseCommand):
    """Counts rows and sums money, writes the figures down, or holds them against figures written down before."""

    help = "Rows and money totals of every table: print them, write them to a file, or compare with such a file."

    def add_arguments(self, parser: ArgumentParser) -> None:
        add_database_argument(parser)
        parser.add_argument("--out", type=Path, metavar="F", help="Write the figures to this file.")
        parser.add_argument("--compare", type=Path, metavar="F", help="Compare with the figures in this file.")
        parser.add_argument("--json", action="store_true", help="Print one JSON object and nothing else.")

    def handle(self, *args: Any, **options: Any) -> None:
        before = read_state(options["compare"]) if options["compare"] else None
        using = require_database(options["database"], migrated=False)
        with refusing():
            state = database_state(using=using, now=timezone.now())
            if options["out"]:
                write_whole(options["out"], json.dumps(state, indent=2) + "\n")
        changes = compare_states(before, state) if before is not None else None
        if options["json"]:
            self.stdout.write(json.dumps(state if changes is None else {**state, "differences": changes}))
        else:
            self.tell(state, before, changes, options["out"])
        if changes:
            raise SystemExit(1)

    def tell(self, state: dict[str, Any], before: dict[str, Any] | None, changes: Any, out: Path | None) -> None:
        """Print the figures, or where they differ, and what to do next."""
        if changes is None:
            self.tell_state(state)
        elif changes:
            self.tell_changes(before or {}, state, changes)
        else:
            rows = sum(content["rows"] for content in state["tables"].values())
            tables = counted(len(state["tables"]), "tables")
            self.stdout.write(self.style.SUCCESS(f"Equal: {tables}, {counted(rows, 'rows')}, every money total."))
        if out:
            self.stdout.write(f"\nWritten to {out}. Later: manage.py database_state --compare {out}")
        elif changes is None:
            self.stdout.write("\nNext: --out FILE writes these figures down, --compare FILE holds them against it.")

    def tell_state(self, state: dict[str, Any]) -> None:
        """Print a line for each table, and one below it for each money total."""
        self.stdout.write(f"Database '{state['database']}', {state['taken_at'][:16].replace('T', ' ')} UTC\n\n")
        width = max(len(name) for name in state["tables"]) if state["tables"] else 0
        for name, content in state["tables"].items():
            self.stdout.write(f"  {name:<{width}}  {content['rows']:>14,} rows")
            for column, cents in content["money"].items():
                self.stdout.write(f"  {'':<{width}}  {cents:>14,} {column}")

    def tell_changes(self, before: dict[str, Any], state: dict[str, Any], changes: list[dict[str, Any]]) -> None:
        """Print a table of differences."""
        then, today = (moment.get("taken_at", "?")[:16].replace("T", " ") for moment in (before, state))
        lines = [("table", "figure", then, today, "change")]
        lines += [
            (c["table"], c["figure"], f"{c['before']:,}", f"{c['after']:,}", f"{c['change']:+,}") for c in changes
        ]
        widths = [max(len(line[column]) for line in lines) for column in range(5)]
        differ = counted(len(changes), "figures differ", "figure differs")
        self.stdout.write(self.style.WARNING(f"{differ} in database '{state['database']}':\n"))
        for line in lines:
            left = "  ".join(f"{cell:<{width}}" for cell, width in zip(line[:2], widths[:2], strict=True))
            right = "  ".join(f"{cell:>{width}}" for cell, width in zip(line[2:], widths[2:], strict=True))
            self.stdout.write(f"  {left}  {right}")
        self.stdout.write(
            "\nNext: if these are not the changes you made, look for who made them: manage.py backfill_runs list"
        )


def read_state(path: Path) -> dict[str, Any]:
    """Read figures written by `--out`, or refuse."""
    try:
        state = json.loads(path.read_text(encoding="utf-8"))
        compare_states(state, state)
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise Refused(f"{path} cannot be read as figures of database_state: {error}. Write one with --out.") from error
    return dict(state)
