"""Previews that are kept: a small table is looked at while the person waits, a large one by a background worker.

A preview of a million payments reads for many seconds, and nobody should sit before a page that does not answer. So it waits for
a worker like an execution does, with the same page to watch it. It locks no table and hinders no execution: it only looks.
"""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import Any

from django.db import transaction

from accounts.errors import Conflict
from operations.backfill import Backfill
from operations.backfill.answer import answer_of_preview
from operations.backfill.findings import evidence_of, found, new_finding, with_evidence
from operations.backfill.plan import Plan
from operations.backfill.preview import OnDecision, Preview, preview
from operations.backfill.request import Request, code_version
from operations.backfill.runs import find_run, is_alive, request_of, this_worker
from operations.models import BackfillFinding, BackfillRun

WHILE_ONE_WAITS_ROWS = 100_000  # about a second of looking
CHUNK = 1000

Status = BackfillRun.Status


class PreviewIsNotWaiting(Conflict):
    """Nobody has to prepare this preview: it is ready, cancelled, or a worker is at it."""

    code = "preview_is_not_waiting"


def takes_long(backfill: Backfill, using: str) -> bool:
    """Whether a preview should go to a worker: its table has more rows than are looked at while one waits."""
    rows = backfill.model._base_manager.using(using).order_by()
    return rows.values("pk")[: WHILE_ONE_WAITS_ROWS + 1].count() > WHILE_ONE_WAITS_ROWS


@dataclass(frozen=True, slots=True)
class Looked:
    """A preview that was just made: what was seen, what is answered of it, and its run where it was kept."""

    seen: Preview
    answer: dict[str, Any]
    run: BackfillRun | None


def look(request: Request, *, now: datetime, is_kept: bool, on_decision: OnDecision | None = None) -> Looked:
    """Look while the person waits, and keep what was seen if that is wanted."""
    began, plan = time.perf_counter(), request.plan()
    seen = preview(plan, now=now, on_decision=on_decision)
    seconds = time.perf_counter() - began
    run = record_preview(request, seen, seconds=seconds, now=now) if is_kept else None
    return Looked(seen, answer_of_preview(plan, seen, seconds=seconds, run=run, limit=request.limit), run)


def record_preview(request: Request, seen: Preview, *, seconds: float, now: datetime) -> BackfillRun:
    """Keep a preview: one row for the run, one for each finding. The table that it looked at is not touched."""
    run = _asked(request)
    run.started_at = run.heartbeat_at = now
    with transaction.atomic(using=request.using):
        _keep(run, request, seen, seconds=seconds, now=now)
    return run


def ask_for_preview(request: Request, *, now: datetime) -> BackfillRun:
    """Record a preview that waits for a worker; who asks again for the same meanwhile is given the one that waits."""
    waiting = BackfillRun.objects.using(request.using).filter(
        backfill=request.backfill.name, tenant=request.tenant, is_dry_run=True, requested_by=request.actor
    )
    active = waiting.filter(status__in=BackfillRun.ACTIVE).order_by("-created_at").first()
    if active is not None and (active.status == Status.PENDING or is_alive(active, now)):
        return active
    run = _asked(request)
    run.save(using=request.using)
    return run


def prepare_preview(run_id: Any, *, using: str, clock: Callable[[], datetime]) -> BackfillRun:
    """Look, as the worker of a waiting preview, and keep what was seen. One that was cancelled meanwhile stays cancelled.

    *Raises* PreviewIsNotWaiting, NoSuchRun.
    """
    run = _claim(run_id, using, clock())
    request, began = request_of(run, using), time.perf_counter()
    try:
        seen = preview(request.plan(), now=clock())
        seconds = time.perf_counter() - began
        with transaction.atomic(using=using):
            held = _still_ours(run, using)
            if held is not None:
                _keep(held, request, seen, seconds=seconds, now=clock())
    except Exception as error:
        _fail(run, using, error, clock())
        raise
    return find_run(run.pk, using=using)


def _asked(request: Request) -> BackfillRun:
    return BackfillRun(
        tenant=request.tenant,
        backfill=request.backfill.name,
        is_dry_run=True,
        requested_by=request.actor,
        reason=request.reason,
        parameters=request.parameters,
        code_version=code_version(request.backfill),
    )


def _claim(run_id: Any, using: str, now: datetime) -> BackfillRun:
    find_run(run_id, using=using)
    with transaction.atomic(using=using):
        run = BackfillRun.objects.using(using).select_for_update().get(pk=run_id)
        is_orphan = run.status == Status.RUNNING and not is_alive(run, now)
        if not run.is_dry_run or not (run.status == Status.PENDING or is_orphan):
            raise PreviewIsNotWaiting(
                f"Run {run.pk} is {run.get_status_display().lower()}: there is nothing to prepare."
            )
        run.status, run.generation = Status.RUNNING, run.generation + 1
        run.worker = this_worker()
        run.started_at = run.heartbeat_at = now
        run.save(using=using)
    return run


def _still_ours(run: BackfillRun, using: str) -> BackfillRun | None:
    """Lock the preview; None when it was cancelled, or taken over by another worker."""
    ours = BackfillRun.objects.using(using).filter(generation=run.generation, status=Status.RUNNING)
    return ours.select_for_update().filter(pk=run.pk).first()


def _fail(run: BackfillRun, using: str, error: Exception, now: datetime) -> None:
    ours = BackfillRun.objects.using(using).filter(pk=run.pk, generation=run.generation, status=Status.RUNNING)
    words = (
        f"The preview broke off ({type(error).__name__}: {str(error).strip()[:500]}). It wrote nothing. Preview again."
    )
    ours.update(status=Status.FAILED, error=words, finished_at=now)


def _keep(run: BackfillRun, request: Request, seen: Preview, *, seconds: float, now: datetime) -> None:
    would_write = seen.would_write(request.backfill.write_verdict)
    run.counts = {
        "population": seen.population,
        "verdicts": seen.verdicts,
        "labels": seen.labels,
        "would_write": would_write if request.limit is None else min(request.limit, would_write),
        "samples": seen.samples,
        "examples": seen.examples,
        "finding_counts": seen.findings,
    }
    run.progress = {"seconds": round(seconds, 3)}
    run.status, run.heartbeat_at, run.finished_at = Status.SUCCEEDED, now, now
    run.save(using=request.using)
    findings = _findings(request.plan(), run)
    while chunk := list(islice(findings, CHUNK)):
        BackfillFinding.objects.using(request.using).bulk_create(chunk)


def _findings(plan: Plan, run: BackfillRun) -> Iterator[BackfillFinding]:
    for key, kind, detail, tenant_id in found(plan):
        yield new_finding(plan, run, key, kind.kind, detail, tenant_id, needs_decision=kind.needs_decision)
    listed = plan.backfill.unclear_verdicts | plan.backfill.noted_verdicts
    if not plan.backfill.decides_in_python and listed:
        rows = with_evidence(plan, plan.candidates().filter(verdict__in=listed), "verdict")
        for row in rows.iterator(chunk_size=CHUNK):
            verdict, waits = row["verdict"], row["verdict"] in plan.backfill.unclear_verdicts
            yield new_finding(plan, run, row["pk"], verdict, evidence_of(row), row["of_tenant"], needs_decision=waits)
