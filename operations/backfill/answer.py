"""The answer of a preview or a run: one dictionary for `--json`, the API and the admin, all keys on every path."""

from collections.abc import Mapping
from typing import Any

from django.db.models import Count

from operations.backfill.definition import Backfill
from operations.backfill.plan import Plan
from operations.backfill.preview import Preview, rows_of_kind
from operations.backfill.registry import backfill_named
from operations.backfill.runs import backfill_of
from operations.backfill.verify import not_seen
from operations.models import BackfillFinding, BackfillRun

MOST_LISTED = 100


def answer_of_preview(
    plan: Plan, preview: Preview, *, seconds: float, run: BackfillRun | None = None, limit: int | None = None
) -> dict[str, Any]:
    """What an execution would do now."""
    backfill = plan.backfill
    would_write = preview.would_write(backfill.write_verdict)
    would_write = would_write if limit is None else min(limit, would_write)
    facts = {
        "dry_run": True,
        "population": preview.population,
        "verdicts": preview.verdicts,
        "labels": preview.labels,
        "findings": preview.findings,
        "written": 0,
        "would_write": would_write,
        "decided": max(0, preview.population.get("candidates", 0) - sum(preview.verdicts.values())),
        "rows_of": {kind.kind: rows_of_kind(plan, kind.where, MOST_LISTED) for kind in listed_kinds(backfill)},
    }
    return {
        "status": "success",
        "backfill": backfill.name,
        "dry_run": True,
        **backfill.answer(facts),
        "message": f"Preview {would_write} {backfill.noun}",
        "left": left(backfill, preview.verdicts),
        "findings": preview.findings,
        "samples": preview.samples,
        "verification": [],
        "errors": [],
        "duration_seconds": round(seconds, 3),
        "run_id": str(run.pk) if run else None,
    }


def answer_of_run(run: BackfillRun, using: str) -> dict[str, Any]:
    """What a run did, or has done so far."""
    backfill = backfill_of(run, using)
    findings = finding_counts(run, using)
    written = run.counts.get("written", 0)
    facts = {
        "dry_run": run.is_dry_run,
        "population": run.counts.get("population", {}),
        "verdicts": run.counts.get("verdicts", {}),
        "labels": run.counts.get("labels", {}),
        "findings": findings,
        "written": written,
        "would_write": run.counts.get("would_write", 0),
        "quarantined": run.counts.get("quarantined", 0),
        "decided": run.counts.get("decided", 0),
        "gone": run.counts.get("gone", 0),
        "unreached": unreached(run),
        "rows_of": {kind.kind: listed_rows(run, kind.kind, using) for kind in listed_kinds(backfill)},
    }
    number = facts["would_write"] if run.is_dry_run else written
    return {
        "status": "error" if run.status == BackfillRun.Status.FAILED else "success",
        "backfill": backfill.name,
        "dry_run": run.is_dry_run,
        **backfill.answer(facts),
        "message": f"{'Preview' if run.is_dry_run else 'Updated'} {number} {backfill.noun}",
        "left": left(backfill, facts["verdicts"]),
        "findings": findings,
        "samples": run.counts.get("samples", []),
        "verification": run.verification,
        "errors": [run.error] if run.error else [],
        "duration_seconds": round(run.duration_seconds, 3),
        "run_id": str(run.pk),
        "run_status": run.status,
        "stop_reason": run.stop_reason,
    }


def empty_answer(name: str, *, dry_run: bool) -> dict[str, Any]:
    """Every key of an answer, for a request that was refused before it counted anything."""
    backfill = backfill_named(name)
    nothing = {
        "dry_run": True,
        "population": {},
        "verdicts": {},
        "labels": {},
        "findings": {},
        "written": 0,
        "would_write": 0,
        "rows_of": {},
    }
    return {
        "status": "error",
        "backfill": backfill.name,
        "dry_run": dry_run,
        **backfill.answer(nothing),
        "message": "Nothing was done",
        "left": {},
        "findings": {},
        "samples": [],
        "verification": [],
        "errors": [],
        "duration_seconds": 0.0,
        "run_id": None,
    }


def unreached(run: BackfillRun) -> int:
    """Candidates that a run has not come to yet, or did not come to before it was stopped."""
    if run.is_dry_run or run.status in {BackfillRun.Status.SUCCEEDED, BackfillRun.Status.UNDONE}:
        return 0
    return not_seen(run.counts)


def left(backfill: Backfill, verdicts: Mapping[str, int]) -> dict[str, int]:
    """Candidates that were not written, by reason."""
    return {name: number for name, number in verdicts.items() if name != backfill.write_verdict}


def listed_kinds(backfill: Backfill) -> list[Any]:
    """The kinds of findings whose first rows stand in the answer."""
    return [kind for kind in backfill.finding_kinds() if kind.is_listed]


def listed_rows(run: BackfillRun, kind: str, using: str) -> list[dict[str, Any]]:
    """The first findings of one kind, with their evidence."""
    findings = BackfillFinding.objects.using(using).filter(run=run, kind=kind).order_by("row_id")[:MOST_LISTED]
    return [{"row_id": finding.row_id, **finding.detail} for finding in findings]


def finding_counts(run: BackfillRun, using: str) -> dict[str, int]:
    """How many findings of each kind a run recorded."""
    findings = BackfillFinding.objects.using(using).filter(run=run).order_by()
    return dict(findings.values_list("kind").annotate(rows=Count("pk")))


def waits_for_a_person(run: BackfillRun, using: str) -> int:
    """How many of a run's findings nobody has decided, of those that need it."""
    return BackfillFinding.objects.using(using).filter(run=run, needs_decision=True).undecided().count()
