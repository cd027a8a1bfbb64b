"""Findings: rows for a person, recorded in the batch that saw them, before it changes anything."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db.models import BooleanField, Case, F, Q, QuerySet, Value, When

from operations.backfill.definition import FindingKind, Unclear
from operations.backfill.plan import Plan
from operations.models import BackfillFinding, BackfillRun

QUARANTINED = "quarantined"
EVIDENCE = "evidence_"


def record_unclear(
    plan: Plan, run: BackfillRun, keys: Sequence[Any], decisions: Mapping[Any, Unclear] | None = None
) -> int:
    """Record these candidates that are not written: the unclear ones wait for a person, the noted ones inform."""
    if not keys:
        return 0
    candidates = plan.candidates().filter(pk__any_of=keys)
    verdict = [] if plan.backfill.decides_in_python else ["verdict"]
    findings = []
    for row in with_evidence(plan, candidates, *verdict):
        decision = (decisions or {}).get(row["pk"])
        kind = decision.reason if decision else row["verdict"]
        detail = {**evidence_of(row), **(decision.detail if decision else {})}
        waits = decision is not None or kind in plan.backfill.unclear_verdicts
        findings.append(_finding(plan, run, row["pk"], kind, detail, row["of_tenant"], needs_decision=waits))
    return _insert(plan, findings)


def record_kinds(plan: Plan, run: BackfillRun, window: Mapping[str, Any]) -> int:
    """Record the backfill's other findings within a window of keys."""
    findings = [
        _finding(plan, run, key, kind.kind, detail, tenant_id, needs_decision=kind.needs_decision)
        for key, kind, detail, tenant_id in found(plan, window)
    ]
    return _insert(plan, findings)


def found(plan: Plan, window: Mapping[str, Any] | None = None) -> Iterator[tuple[Any, FindingKind, dict, Any]]:
    """The findings besides unclear candidates: (key, kind, evidence, tenant id), in one pass over the rows."""
    kinds = plan.backfill.finding_kinds()
    if not kinds:
        return
    flags = {f"is_{kind.kind}": flag(kind.where) for kind in kinds}
    rows = plan.within_scope(plan.model._base_manager.all()).filter(plan.finding_filter(), **(window or {}))
    for row in with_evidence(plan, rows.annotate(**flags), *flags).iterator(chunk_size=2000):
        for kind in kinds:
            if row[f"is_{kind.kind}"]:
                yield row["pk"], kind, evidence_of(row), row["of_tenant"]


def with_evidence(plan: Plan, rows: QuerySet, *names: str) -> QuerySet:
    """These rows as dictionaries of key, tenant, the evidence a person needs, and these annotations."""
    evidence = {
        f"{EVIDENCE}{name}": F(value) if isinstance(value, str) else value
        for name, value in plan.backfill.evidence().items()
    }
    return rows.annotate(**evidence, of_tenant=plan.tenant_id()).values("pk", "of_tenant", *evidence, *names)


def evidence_of(row: Mapping[str, Any]) -> dict[str, Any]:
    """The evidence in a row of `with_evidence`, ready for JSON."""
    return {name.removeprefix(EVIDENCE): as_json(value) for name, value in row.items() if name.startswith(EVIDENCE)}


def as_json(value: Any) -> Any:
    """A value as JSON can hold it: ids as text, times in ISO 8601."""
    if isinstance(value, datetime):
        return value.isoformat()
    return value if value is None or isinstance(value, int | str | bool) else str(value)


def flag(where: Q) -> Case:
    """A condition as a yes/no column."""
    return Case(When(where, then=Value(True)), default=Value(False), output_field=BooleanField())


def record_quarantined(plan: Plan, run: BackfillRun, key: Any, error: BaseException) -> None:
    """Record a row that could not be written, with the database's or the rule's own words."""
    row = plan.model._base_manager.using(plan.scope.using).filter(pk=key).annotate(of_tenant=plan.tenant_id()).first()
    detail = {"error": f"{type(error).__name__}: {error}".strip()[:2000]}
    tenant_id = row.of_tenant if row is not None else None
    _insert(plan, [_finding(plan, run, key, QUARANTINED, detail, tenant_id, needs_decision=True)])


def _finding(
    plan: Plan,
    run: BackfillRun,
    key: Any,
    kind: str,
    detail: Mapping[str, Any],
    tenant_id: Any,
    *,
    needs_decision: bool,
) -> BackfillFinding:
    return BackfillFinding(
        run=run,
        backfill=plan.backfill.name,
        tenant_id=tenant_id,
        kind=kind,
        table=plan.model._meta.db_table,
        row_id=str(key),
        detail=detail,
        needs_decision=needs_decision,
    )


def _insert(plan: Plan, findings: list[BackfillFinding]) -> int:
    BackfillFinding.objects.using(plan.scope.using).bulk_create(findings, batch_size=500, ignore_conflicts=True)
    return len(findings)
