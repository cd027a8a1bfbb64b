"""`backfill_runs`: past and present runs of backfills, and what an operator can do with them."""

import json
import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError
from django.utils import timezone

from accounts.errors import DomainError
from accounts.words import counted
from operations.backfill import report
from operations.backfill.announcement import announcement
from operations.backfill.answer import answer_of_run
from operations.backfill.findings_file import write_findings_file
from operations.backfill.meter import Meter
from operations.backfill.registry import backfill_named
from operations.backfill.request import Request
from operations.backfill.runs import backfill_of, cancel_run, find_run, pause_run, work_on
from operations.backfill.sql import read_only
from operations.backfill.verify import verify_now
from operations.management.asking import may_ask, says_yes
from operations.management.backfill_command import DONE, LOOK, REFUSED, exit_code
from operations.management.targets import Refused, require_database, require_tenant
from operations.models import BackfillFinding, BackfillRun
from operations.selectors.findings_csv import csv_lines
from operations.services.backfills import ask_for_undo

SHOWN = 30


class Command(BaseCommand):
    """List, show, undo, resume, pause, cancel and verify runs."""

    help = "Past and present backfill runs: list, show, findings, undo, resume, pause, cancel ID; verify NAME."

    def add_arguments(self, parser: ArgumentParser) -> None:
        verbs = parser.add_subparsers(dest="verb", required=True, metavar="VERB")
        listing = verbs.add_parser("list", help="the latest runs")
        listing.add_argument("--backfill", default="", metavar="NAME", help="only runs of this backfill")
        show = verbs.add_parser("show", help="one run: what it did, what waits, what to do next")
        show.add_argument("--sign-off", action="store_true", help="the runbook's sign-off form, filled in")
        show.add_argument(
            "--announce", action="store_true", help="the announcement before (a kept preview) or after it"
        )
        findings = verbs.add_parser("findings", help="the run's findings as a CSV file")
        findings.add_argument("--out", default="-", metavar="FILE", help="where to write it (default: the terminal)")
        for verb, meaning in {
            "undo": "put back what the run wrote, where nobody has edited it since",
            "resume": "go on with a paused, interrupted or failed run",
            "pause": "let the run stop after its current batch",
            "cancel": "end the run after its current batch; what it wrote stays",
        }.items():
            verbs.add_parser(verb, help=meaning)
        verbs.add_parser("verify", help="run a backfill's checks now, without a run")
        for name, subparser in verbs.choices.items():
            if name == "verify":
                subparser.add_argument("name", metavar="NAME")
            elif name != "list":
                subparser.add_argument("run_id", metavar="ID")
            subparser.add_argument("--database", metavar="ALIAS", default="default")
            subparser.add_argument("--json", action="store_true", help="print JSON and nothing else")
        verbs.choices["verify"].add_argument("--tenant", metavar="SLUG", help="only this business (default: all)")
        undo = verbs.choices["undo"]
        undo.add_argument("--reason", default="", metavar="TEXT")
        undo.add_argument("--no-input", action="store_true", help="do not ask before writing")

    def handle(self, **options: Any) -> None:
        """Guards, one call, words."""
        try:
            require_database(options["database"])
            sys.exit(getattr(self, f"_{options['verb']}")(options, options["database"]))
        except DomainError as error:
            self._refuse(options, error.message)
        except Refused as error:
            self._refuse(options, str(error))
        except DatabaseError as error:
            self._refuse(options, f"Database '{options['database']}': {str(error).strip()}. Check DATABASE_URL.")

    def _list(self, options: dict[str, Any], using: str) -> int:
        runs = BackfillRun.objects.using(using).select_related("tenant", "requested_by")
        if options["backfill"]:
            runs = runs.filter(backfill=backfill_named(options["backfill"]).name)
        shown = list(runs[:SHOWN])
        if options["json"]:
            self.stdout.write(json.dumps([answer_of_run(run, using) for run in shown], default=str))
            return DONE
        self.stdout.write(_table(shown) if shown else "No backfill has run here yet. Start with a preview.")
        return DONE

    def _show(self, options: dict[str, Any], using: str) -> int:
        run = find_run(options["run_id"], using=using)
        if options["sign_off"]:
            self.stdout.write(report.sign_off_text(run, using))
        elif options["announce"]:
            self.stdout.write(announcement(run, answer_of_run(run, using), using))
        else:
            self._tell(options, run, using)
        return DONE

    def _findings(self, options: dict[str, Any], using: str) -> int:
        run = find_run(options["run_id"], using=using)
        findings = BackfillFinding.objects.using(using).filter(run=run).order_by("pk")
        lines = csv_lines(findings, tuple(backfill_of(run, using).evidence()))
        if options["out"] == "-":
            for line in lines:
                self.stdout.write(line, ending="")
            return DONE
        count = write_findings_file(lines, Path(options["out"]))
        self.stdout.write(f"{counted(count, 'findings')} of run {run.pk} written to {options['out']}.")
        return DONE

    def _undo(self, options: dict[str, Any], using: str) -> int:
        run = find_run(options["run_id"], using=using)
        rows = counted(run.counts.get("written", 0), "rows")
        if may_ask(options) and not says_yes(f"Put back {rows} that run {run.pk} wrote?"):
            self.stdout.write("Nothing was written.")
            return DONE
        request = Request(backfill_named(run.backfill), run.tenant, using, reason=options["reason"])
        undo = ask_for_undo(run_id=run.pk, request=request, now=timezone.now())
        return self._work(options, undo.pk, using)

    def _resume(self, options: dict[str, Any], using: str) -> int:
        return self._work(options, find_run(options["run_id"], using=using).pk, using)

    def _work(self, options: dict[str, Any], run_id: Any, using: str) -> int:
        with Meter.on(sys.stderr, quiet=options["json"]) as meter:
            run = work_on(run_id, using=using, clock=timezone.now, on_batch=meter.update)
        self._tell(options, run, using)
        return exit_code(run, using)

    def _pause(self, options: dict[str, Any], using: str) -> int:
        self._tell(options, pause_run(run_id=options["run_id"], using=using, actor=None, now=timezone.now()), using)
        return DONE

    def _cancel(self, options: dict[str, Any], using: str) -> int:
        self._tell(options, cancel_run(run_id=options["run_id"], using=using, actor=None, now=timezone.now()), using)
        return DONE

    def _verify(self, options: dict[str, Any], using: str) -> int:
        tenant = require_tenant(options["tenant"], using=using)
        plan = Request(backfill_named(options["name"]), tenant, using).plan()
        with read_only(using):
            results = verify_now(plan)
        if options["json"]:
            self.stdout.write(json.dumps([result.as_json() for result in results]))
        for result in [] if options["json"] else results:
            mark = "holds" if result.holds else f"BROKEN: found {result.found}, expected {result.expected}"
            self.stdout.write(f"{result.check}: {mark}")
        return DONE if all(result.holds for result in results) else LOOK

    def _tell(self, options: dict[str, Any], run: BackfillRun, using: str) -> None:
        answer = answer_of_run(run, using)
        self.stdout.write(json.dumps(answer, default=str) if options["json"] else report.run_text(run, answer, using))

    def _refuse(self, options: dict[str, Any], message: str) -> None:
        if options["json"]:
            self.stdout.write(json.dumps({"status": "error", "errors": [message]}))
            sys.exit(REFUSED)
        raise CommandError(message, returncode=REFUSED)


def _table(runs: list[BackfillRun]) -> str:
    rows = [("ID", "BACKFILL", "STATUS", "WRITTEN", "STARTED (UTC)", "BY", "WHY")]
    for run in runs:
        name = f"undo of {run.backfill}" if run.undoes_id else run.backfill
        rows.append(
            (
                str(run.pk),
                f"{name} (preview)" if run.is_dry_run else name,
                run.get_status_display(),
                f"{run.counts.get('written', 0):,}",
                f"{(run.started_at or run.created_at):%Y-%m-%d %H:%M}",
                str(run.requested_by or "terminal"),
                run.reason[:40],
            )
        )
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows
    )
