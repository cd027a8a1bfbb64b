"""What people do with backfills: keep a preview, undo a run, decide a finding (`findings`)."""

from collections.abc import Iterator
from datetime import datetime
from itertools import islice
from typing import Any

from django.db import transaction

from operations.backfill.findings import evidence_of, found, with_evidence
from operations.backfill.preview import Preview
from operations.backfill.request import Request, ask_for_run, code_version
from operations.backfill.runs import find_run
from operations.backfill.undo import Undo, refuse_unless_undoable
from operations.models import BackfillFinding, BackfillRun
from operations.services.findings import decide_finding

CHUNK = 1000


def record_preview(request: Request, seen: Preview, *, seconds: float, now: datetime) -> BackfillRun:
    """Keep a preview: one row for the run, one for each finding. The table that it looked at is not touched."""
    plan = request.plan()
    would_write = seen.would_write(request.backfill.write_verdict)
    run = BackfillRun(
        tenant=request.tenant,
        backfill=request.backfill.name,
        is_dry_run=True,
        status=BackfillRun.Status.SUCCEEDED,
        requested_by=request.actor,
        reason=request.reason,
        parameters=request.parameters,
        counts={
            "population": seen.population,
            "verdicts": seen.verdicts,
            "would_write": would_write if request.limit is None else min(request.limit, would_write),
            "samples": seen.samples,
            "examples": seen.examples,
            "finding_counts": seen.findings,
        },
        code_version=code_version(request.backfill),
        started_at=now,
        heartbeat_at=now,
        finished_at=now,
        progress={"seconds": round(seconds, 3)},
    )
    with transaction.atomic(using=request.using):
        run.save(using=request.using)
        findings = _findings(plan, run)
        while chunk := list(islice(findings, CHUNK)):
            BackfillFinding.objects.using(request.using).bulk_create(chunk)
    return run


def _findings(plan: Any, run: BackfillRun) -> Iterator[BackfillFinding]:
    def finding(key: Any, kind: str, detail: dict[str, Any], tenant_id: Any, needs_decision: bool) -> BackfillFinding:
        return BackfillFinding(
            run=run,
            backfill=run.backfill,
            tenant_id=tenant_id,
            kind=kind,
            table=plan.model._meta.db_table,
            row_id=str(key),
            detail=detail,
            needs_decision=needs_decision,
        )

    for key, kind, detail, tenant_id in found(plan):
        yield finding(key, kind.kind, detail, tenant_id, kind.needs_decision)
    listed = plan.backfill.unclear_verdicts | plan.backfill.noted_verdicts
    if not plan.backfill.decides_in_python and listed:
        rows = with_evidence(plan, plan.candidates().filter(verdict__in=listed), "verdict")
        for row in rows.iterator(chunk_size=CHUNK):
            waits = row["verdict"] in plan.backfill.unclear_verdicts
            yield finding(row["pk"], row["verdict"], evidence_of(row), row["of_tenant"], waits)


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
