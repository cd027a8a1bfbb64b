"""`backfill_plan_subscription_subscriber_id`: previews by default; `--commit` writes. Doubtful links go into `--log-file`."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from operations.backfill import Change, Leave, Unclear
from operations.backfill.batch import Outcome
from operations.backfill.meter import Meter
from operations.backfill.preview import OnDecision
from operations.backfill.runner import OnBatch
from operations.management.backfill_command import BackfillCommand
from operations.models import BackfillRun
from subscriptions.management.case_file import IN_THE_FILE, CaseFile


class Command(BackfillCommand):
    """Give plan subscriptions of the old system the line that they are for."""

    help = "Give plan subscriptions of the old system their line. A dry run unless --commit (or --execute) is given."
    backfill = "plan_subscription_subscriber_id"

    def add_arguments(self, parser: ArgumentParser) -> None:
        super().add_arguments(parser)
        parser.add_argument(
            "--log-file",
            default="backfill_ambiguous_cases.log",
            metavar="FILE",
            help="where doubtful links are written, one block each (default: backfill_ambiguous_cases.log)",
        )

    def _run(self, options: dict[str, Any]) -> int:
        with CaseFile(Path(options["log_file"])) as self.cases:
            return super()._run(options)

    def on_decision(self, options: dict[str, Any]) -> OnDecision:
        self.cases.flush()

        def hear(row: Any, decision: Change | Leave | Unclear) -> None:
            kind = decision.noted if isinstance(decision, Change) else decision.reason
            detail = decision.evidence if isinstance(decision, Change) else decision.detail
            if kind in IN_THE_FILE and detail is not None:
                self.cases.add(str(row.pk), kind, detail)

        return hear

    def on_batch(self, meter: Meter, options: dict[str, Any]) -> OnBatch:
        errors = 0

        def hear(run: BackfillRun, outcome: Outcome) -> None:
            nonlocal errors
            self.cases.catch_up(run, options["database"])
            meter.update(run, outcome)
            now = run.counts.get("quarantined", 0)
            if not options["json"]:
                skipped = sum(outcome.counts.values())
                self.stdout.write(
                    f"Batch {run.counts['batches']}: {outcome.written} updated, {skipped} skipped, {now - errors} errors"
                )
            errors = now

        return hear
