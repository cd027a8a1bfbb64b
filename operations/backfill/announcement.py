"""What is announced before and after a backfill, filled in from a run: a kept preview before, an execution after."""

from collections.abc import Iterable, Mapping
from typing import Any

from accounts.words import counted
from operations.backfill.answer import waits_for_a_person
from operations.backfill.definition import Backfill
from operations.backfill.runs import backfill_of
from operations.models import BackfillRun


def announcement(run: BackfillRun, answer: Mapping[str, Any], using: str) -> str:
    """Words to send to everybody who has to do with it."""
    backfill = backfill_of(run, using)
    lines = _before(run, backfill) if run.is_dry_run else _after(run, backfill, using)
    return "\n".join([*lines, *_left(backfill, answer["left"]), *_where_to_ask(run)])


def _before(run: BackfillRun, backfill: Backfill) -> Iterable[str]:
    yield f"PLANNED WORK: {backfill.title}, starting at [TIME]"
    yield ""
    yield f"{counted(run.counts.get('would_write', 0), backfill.noun)} will be updated. {backfill.description}"
    yield ""
    yield "Expected impact: none on what you do. Rows are held for half a second at a time; no service stops."
    yield "We will say when it is done. A preview said what stays as it is:"


def _after(run: BackfillRun, backfill: Backfill, using: str) -> Iterable[str]:
    done = run.status == BackfillRun.Status.SUCCEEDED
    waiting = waits_for_a_person(run, using)
    yield f"{'COMPLETE' if done else run.get_status_display().upper()}: {backfill.title}"
    yield ""
    yield f"- {counted(run.counts.get('written', 0), backfill.noun)} updated in {run.duration_seconds:.1f} s"
    for check in run.verification:
        yield f"- {check['check']}: {'holds' if check['holds'] else 'BROKEN'}"
    yield f"- {counted(waiting, 'rows wait', 'row waits')} for a person to decide"
    yield "What stays as it was:"


def _left(backfill: Backfill, left: Mapping[str, int]) -> Iterable[str]:
    for reason, number in sorted(left.items()):
        yield f"- {backfill.label_of(reason)}: {number:,}"
    if not left:
        yield "- nothing"


def _where_to_ask(run: BackfillRun) -> Iterable[str]:
    yield ""
    yield f"Questions to [CONTACT], with the run's number: {run.pk}."
