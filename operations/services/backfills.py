"""What people do with backfills: keep a preview (`previews`), undo a run, decide a finding (`findings`)."""

from datetime import datetime
from typing import Any

from operations.backfill.request import Request, ask_for_run
from operations.backfill.runs import find_run
from operations.backfill.undo import Undo, refuse_unless_undoable
from operations.models import BackfillRun
from operations.services.findings import decide_finding
from operations.services.previews import record_preview


def ask_for_undo(*, run_id: Any, request: Request, now: datetime) -> BackfillRun:
    """Record an undo of a run as waiting for a worker.

    *Raises* NoSuchRun, RunIsNotUndoable, PreflightFailed, AnotherRunIsActive.
    """
    run = find_run(run_id, using=request.using, user=request.actor)
    refuse_unless_undoable(run, request.using)
    undo = Request(
        Undo(run, request.using),
        run.tenant,
        request.using,
        request.actor,
        request.reason or f"undo of run {run.pk}",
        request.batch_size,
        None,
        request.nice,
        request.window,
        request.max_minutes,
    )
    return ask_for_run(undo, now=now, undoes=run)


__all__ = ["ask_for_undo", "decide_finding", "record_preview"]
