"""The terminal door of every backfill. A command is two lines: `class Command(BackfillCommand): backfill = "…"`."""

import json
import sys
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError
from django.utils import timezone

from accounts.errors import DomainError
from operations.backfill import report
from operations.backfill.answer import answer_of_run, empty_answer, waits_for_a_person
from operations.backfill.meter import Meter
from operations.backfill.preview import OnDecision
from operations.backfill.registry import backfill_named
from operations.backfill.request import Request, ask_for_run
from operations.backfill.runner import OnBatch
from operations.backfill.runs import NoSuchRun, work_on
from operations.management.asking import may_ask, says_yes
from operations.management.targets import Refused, require_database, require_tenant
from operations.models import BackfillRun
from operations.services.previews import look

DONE, LOOK, REFUSED = 0, 1, 2


class BackfillCommand(BaseCommand):
    """Previews by default; writes only with --execute."""

    backfill: str

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.description = backfill_named(self.backfill).description
        what = parser.add_mutually_exclusive_group()
        what.add_argument("--dry-run", action="store_true", help="only look (the default); nothing can be written")
        what.add_argument(
            "--execute", "--commit", action="store_true", help="write, in small batches that can be undone"
        )
        what.add_argument("--resume", action="store_true", help="go on with the paused or interrupted run")
        parser.add_argument("--json", action="store_true", help="print one JSON object and nothing else")
        parser.add_argument("--no-input", action="store_true", help="do not ask before writing")
        parser.add_argument("--tenant", metavar="SLUG", help="only this business (default: all)")
        parser.add_argument("--database", metavar="ALIAS", default="default", help="which database (default: default)")
        parser.add_argument(
            "--batch-size", type=int, metavar="N", help="rows looked at per batch (default: steered to 0.5 s)"
        )
        parser.add_argument("--limit", type=int, metavar="N", help="write at most N rows")
        parser.add_argument(
            "--nice", type=float, default=0.0, metavar="F", help="rest F times as long as each batch took"
        )
        parser.add_argument("--window", default="", metavar="HH:MM-HH:MM", help="pause outside this time of day")
        parser.add_argument("--max-minutes", type=float, metavar="N", help="pause after N minutes")
        parser.add_argument("--record", action="store_true", help="keep the preview and its findings")
        parser.add_argument(
            "--reason", default="", metavar="TEXT", help="why, or a ticket; kept with the run and in history"
        )
        for option in backfill_named(self.backfill).options:
            parser.add_argument(f"--{option.name}", choices=option.answers, default=option.default, help=option.help)

    def handle(self, **options: Any) -> None:
        """Guards, one call, words."""
        try:
            sys.exit(self._run(options))
        except DomainError as error:
            self._refuse(options, error.message, error.code)
        except Refused as error:
            self._refuse(options, str(error), "refused")
        except DatabaseError as error:
            where = options["database"]
            cure = "Check DATABASE_URL and that the server runs; a missing table means `manage.py migrate`."
            self._refuse(options, f"Database '{where}': {str(error).strip()}. {cure}", "database_error")

    def _run(self, options: dict[str, Any]) -> int:
        request = self._request(options).checked()
        if options["resume"]:
            return self._work(self._paused_run(request).pk, request, options)
        if options["execute"]:
            return self._execute(request, options)
        return self._preview(request, options)

    def _request(self, options: dict[str, Any]) -> Request:
        using = options["database"]
        require_database(using)
        backfill = backfill_named(self.backfill)
        names = ("reason", "batch_size", "limit", "nice", "window", "max_minutes")
        return Request(
            backfill,
            require_tenant(options["tenant"], using=using),
            using,
            options={option.name: options[option.name] for option in backfill.options},
            **{name: options[name] for name in names},
        )

    def _preview(self, request: Request, options: dict[str, Any]) -> int:
        looked = look(request, now=timezone.now(), is_kept=options["record"], on_decision=self.on_decision(options))
        self._print(options, looked.answer, lambda: report.preview_text(request, looked.seen, looked.answer))
        return LOOK if any(looked.seen.verdicts.get(name) for name in request.backfill.unclear_verdicts) else DONE

    def _execute(self, request: Request, options: dict[str, Any]) -> int:
        if may_ask(options):
            looked = look(request, now=timezone.now(), is_kept=False)
            self.stdout.write(report.preview_text(request, looked.seen, looked.answer, with_next_step=False))
            message = report.message_in_words(request.backfill, looked.answer)
            if not says_yes(f"{message.replace('Preview', 'Write')}?"):
                self.stdout.write("Nothing was written.")
                return DONE
        run = ask_for_run(request, now=timezone.now())
        return self._work(run.pk, request, options)

    def _work(self, run_id: Any, request: Request, options: dict[str, Any]) -> int:
        with Meter.on(sys.stderr, quiet=options["json"]) as meter:
            run = work_on(run_id, using=request.using, clock=timezone.now, on_batch=self.on_batch(meter, options))
        answer = answer_of_run(run, request.using)
        self._print(options, answer, lambda: report.run_text(run, answer, request.using))
        return exit_code(run, request.using)

    def on_decision(self, options: dict[str, Any]) -> OnDecision | None:
        """What hears of each decision of a preview; a command that keeps a file of its own overrides this."""
        return None

    def on_batch(self, meter: Meter, options: dict[str, Any]) -> OnBatch:
        """What hears of each committed batch."""
        return meter.update

    def _paused_run(self, request: Request) -> BackfillRun:
        runs = BackfillRun.objects.using(request.using).filter(backfill=request.backfill.name, is_dry_run=False)
        run = runs.filter(status__in=[*BackfillRun.ACTIVE, BackfillRun.Status.FAILED]).order_by("-created_at").first()
        if run is None:
            raise NoSuchRun(
                f"No run of {request.backfill.name} waits to be resumed. `backfill_runs list` shows all runs."
            )
        return run

    def _print(self, options: dict[str, Any], answer: dict[str, Any], words: Any) -> None:
        self.stdout.write(json.dumps(answer, default=str) if options["json"] else words())

    def _refuse(self, options: dict[str, Any], message: str, code: str) -> None:
        if options["json"]:
            error = {"status": "error", "error": {"code": code, "message": message}, "errors": [message]}
            nothing = empty_answer(self.backfill, dry_run=not (options["execute"] or options["resume"]))
            self.stdout.write(json.dumps({**nothing, **error}))
            sys.exit(REFUSED)
        raise CommandError(message, returncode=REFUSED)


def exit_code(run: BackfillRun, using: str) -> int:
    """0 done, 1 a person or a later run must go on, 2 failed."""
    if run.status == BackfillRun.Status.FAILED:
        return REFUSED
    if run.status != BackfillRun.Status.SUCCEEDED or waits_for_a_person(run, using):
        return LOOK
    return DONE
