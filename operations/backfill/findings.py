"""Findings: rows for a person, recorded in the batch that saw them, before it changes anything."""

import json
from collections.abc import Iterator, Mapping
from datetime import datetime
from functools import cached_property
from typing import Any

from django.db.models import (
    BooleanField,
    Case,
    CharField,
    DateTimeField,
    F,
    JSONField,
    Q,
    QuerySet,
    TextField,
    UUIDField,
    Value,
    When,
)
from django.db.models.functions import Cast, JSONObject

from operations.backfill.compiled import Given, Keys, Slot, Statement, insert_select, select
from operations.backfill.definition import FindingKind, Unclear
from operations.backfill.images import Readable
from operations.backfill.plan import Plan, within_window
from operations.models import BackfillFinding, BackfillRun

QUARANTINED = "quarantined"
EVIDENCE = "evidence_"
TAKEN_BACK = (
    "This run wrote the row, and somebody has taken that back while it went on. A later run would write it again."
)


COLUMNS = (
    *("run_id", "backfill", "tenant_id", "kind", "table", "row_id", "detail"),
    *("needs_decision", "decision_detail", "decision_reason", "created_at"),
)


class FindingStatements:
    """What a batch sends to record findings, compiled once.

    Slots: `start` and `end` of the window, `rows`, `kinds` (of these rows), `run`, `now`.
    """

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.kinds = plan.backfill.finding_kinds()

    @cached_property
    def look(self) -> Statement:
        """The window's rows that are findings of any kind: (row id, is it of the first kind, of the second, …)."""
        flags = {f"is_{kind.kind}": flag(kind.where) for kind in self.kinds}
        rows = self.plan.within_scope(self.plan.model._base_manager.all()).filter(self.plan.finding_filter())
        found = within_window(rows, self.plan.key).annotate(**flags)
        return select(found.values_list(self.plan.row_id(), *flags), self.plan.scope.using)

    @cached_property
    def record(self) -> Statement:
        """Write one finding for each of these rows, of its kind, with the evidence as the rows now are."""
        plan = self.plan
        evidence = {name: Readable(value) for name, value in plan.backfill.evidence().items()}
        tenant = plan.tenant_id()
        rows = plan.model._base_manager.using(plan.scope.using).order_by().filter(pk__any_of=Keys("rows"))
        selected = rows.annotate(finding_kind=Given("kinds", plan.row_id())).values_list(
            Slot("run", UUIDField()),
            Value(plan.backfill.name, CharField()),
            Cast(tenant, UUIDField()) if isinstance(tenant, Value) else tenant,
            "finding_kind",
            Value(plan.model._meta.db_table, CharField()),
            plan.row_id(),
            JSONObject(**evidence),
            flag(Q(finding_kind__in=self._waiting_for_a_person())),
            Value({}, JSONField()),
            Value("", TextField()),
            Slot("now", DateTimeField()),
        )
        return insert_select(BackfillFinding, COLUMNS, selected, plan.scope.using, ignore_conflicts=True)

    def _waiting_for_a_person(self) -> list[str]:
        decided = {kind.kind for kind in self.kinds if kind.needs_decision}
        return sorted(decided | self.plan.backfill.unclear_verdicts)


Kinds = dict[str, list[str]]  # row id -> what it is a finding for


def kinds_in_window(statements: FindingStatements, given: Mapping[str, Any]) -> Kinds:
    """The backfill's findings besides unclear candidates within a window, in one pass."""
    if not statements.kinds:
        return {}
    return {
        row_id: [kind.kind for kind, is_one in zip(statements.kinds, flags, strict=True) if is_one]
        for row_id, *flags in statements.look.rows(**given)
    }


def kinds_of_left(plan: Plan, verdicts: Mapping[str, str]) -> Kinds:
    """The candidates (row id -> verdict) that are findings: unclear ones wait for a person, noted ones inform."""
    listed = plan.backfill.unclear_verdicts | plan.backfill.noted_verdicts
    return {row_id: [verdict] for row_id, verdict in verdicts.items() if verdict in listed}


def record(statements: FindingStatements, kinds: Kinds, given: Mapping[str, Any]) -> int:
    """Record these findings, one statement for all that are a row's first, one for all that are its second, …"""
    recorded = 0
    for turn in range(max(map(len, kinds.values()), default=0)):
        one_each = {row_id: of_row[turn] for row_id, of_row in kinds.items() if len(of_row) > turn}
        recorded += statements.record.count(**given, rows=one_each, kinds=json.dumps(one_each))
    return recorded


def record_unclear(plan: Plan, run: BackfillRun, decisions: Mapping[Any, Unclear]) -> int:
    """Record the candidates that the author's `decide` left to a person, with what it says about each."""
    seen = {key: (unclear.reason, unclear.detail) for key, unclear in decisions.items()}
    return _record_decided(plan, run, seen, needs_decision=True)


def record_noted(plan: Plan, run: BackfillRun, noted: Mapping[Any, tuple[str, Mapping[str, Any]]]) -> int:
    """Record what the author's `decide` lists for information: key -> (kind, detail)."""
    return _record_decided(plan, run, noted, needs_decision=False)


def _record_decided(
    plan: Plan, run: BackfillRun, seen: Mapping[Any, tuple[str, Mapping[str, Any]]], *, needs_decision: bool
) -> int:
    if not seen:
        return 0
    findings = []
    for row in with_evidence(plan, plan.candidates().filter(pk__any_of=list(seen)).order_by("pk")):
        kind, said = seen[row["pk"]]
        detail = {**evidence_of(row), **said}
        findings.append(
            new_finding(plan, run, row["pk"], kind, detail, row["of_tenant"], needs_decision=needs_decision)
        )
    BackfillFinding.objects.using(plan.scope.using).bulk_create(findings, batch_size=500, ignore_conflicts=True)
    return len(findings)


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
    """Record a row that could not be written, with the database's or the rule's own words, or ours for what we know."""
    row = plan.model._base_manager.using(plan.scope.using).filter(pk=key).annotate(of_tenant=plan.tenant_id()).first()
    was_written = run.changes.filter(table=plan.model._meta.db_table, row_id=str(key)).exists()
    words = TAKEN_BACK if was_written else f"{type(error).__name__}: {error}".strip()[:2000]
    tenant_id = row.of_tenant if row is not None else None
    finding = new_finding(plan, run, key, QUARANTINED, {"error": words}, tenant_id, needs_decision=True)
    BackfillFinding.objects.using(plan.scope.using).bulk_create([finding], ignore_conflicts=True)


def new_finding(
    plan: Plan,
    run: BackfillRun,
    key: Any,
    kind: str,
    detail: Mapping[str, Any],
    tenant_id: Any,
    *,
    needs_decision: bool,
) -> BackfillFinding:
    """Make the finding of a row, not stored yet."""
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
