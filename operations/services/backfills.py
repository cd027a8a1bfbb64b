"""What people do with backfills: keep a preview (`previews`), undo a run, decide a finding (`findings`)."""

from dataclasses import replace
from datetime import datetime
from typing import Any

from operations.backfill.request import Request, ask_for_run
from operations.backfill.runs import find_run
from operations.backfill.undo import refuse_unless_undoable, undo_of_run
from operations.models import BackfillRun
from operations.services.findings import decide_finding


def ask_for_undo(*, run_id: Any, request: Request, now: datetime) -> BackfillRun:
    """Record an undo of a run as waiting for a worker.

    *Raises* NoSuchRun, RunIsNotUndoable, PreflightFailed, AnotherRunIsActive.
    """
    run = find_run(run_id, using=request.using, user=request.actor)
    refuse_unless_undoable(run, request.using)
    undo = replace(
        request,
        backfill=undo_of_run(run, request.using),
        tenant=run.tenant,
        reason=request.reason or f"undo of run {run.pk}",
        limit=None,  # an undo takes back the whole run or says what it had to leave
    )
    return ask_for_run(undo, now=now, undoes=run)


__all__ = ["ask_for_undo", "decide_finding"]
