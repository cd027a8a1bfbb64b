"""The dry run: the same selection and the same values as an execution, read where nothing can be written."""

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
from typing import Any

from django.db.models import Count, Q

from operations.backfill.decided import read_candidates
from operations.backfill.definition import Change, Leave, Occasion, Unclear
from operations.backfill.findings import as_json, evidence_of, with_evidence
from operations.backfill.plan import Plan
from operations.backfill.sql import read_only

SAMPLES = 10
CHUNK = 2000

OnDecision = Callable[[Any, Change | Leave | Unclear], None]


@dataclass(slots=True)
class Preview:
    """What an execution would do now, in numbers and examples."""

    population: dict[str, int] = field(default_factory=dict)
    verdicts: dict[str, int] = field(default_factory=dict)
    labels: dict[str, int] = field(default_factory=dict)
    findings: dict[str, int] = field(default_factory=dict)
    samples: list[dict[str, Any]] = field(default_factory=list)
    examples: dict[str, list[dict[str, Any]]] = field(default_factory=dict)

    def would_write(self, write_verdict: str) -> int:
        """How many rows an execution would write."""
        return self.verdicts.get(write_verdict, 0)


def preview(plan: Plan, *, now: datetime, on_decision: OnDecision | None = None) -> Preview:
    """Look, without being able to write. `on_decision` hears of each row that the author decides in Python."""
    with read_only(plan.scope.using):
        return read_preview(plan, now=now, on_decision=on_decision)


def read_preview(plan: Plan, *, now: datetime, on_decision: OnDecision | None = None) -> Preview:
    """Take the numbers and examples, in whatever view the caller has opened."""
    result = Preview(population=population(plan))
    if plan.backfill.decides_in_python:
        _decide_all(plan, Occasion(now, options=plan.scope.options), result, on_decision)
    else:
        result.verdicts = dict(plan.candidates().values_list("verdict").annotate(rows=Count("pk")))
        result.samples = _samples(plan)
    result.findings = finding_counts(plan)
    result.examples.update(_examples(plan, result))
    return result


def population(plan: Plan) -> dict[str, int]:
    """The author's named counts, in scope, and the number of candidates, those included that a person has decided."""
    counted = {**plan.backfill.population(), "candidates": plan.backfill.candidates()}
    return {name: plan.within_scope(rows, with_decided=True).count() for name, rows in counted.items()}


def finding_counts(plan: Plan) -> dict[str, int]:
    """How many rows each kind of finding has, in one pass."""
    kinds = plan.backfill.finding_kinds()
    if not kinds:
        return {}
    rows = plan.within_scope(plan.model._base_manager.all())
    return rows.aggregate(**{kind.kind: Count("pk", filter=kind.where) for kind in kinds})


def _samples(plan: Plan) -> list[dict[str, Any]]:
    """Some rows before and after."""
    rows = plan.to_write().annotate(sample_before=plan.before(), sample_after=plan.after()).order_by("pk")
    return [
        {"row_id": str(key), "before": _readable(plan, before), "after": _readable(plan, after)}
        for key, before, after in rows.values_list("pk", "sample_before", "sample_after")[:SAMPLES]
    ]


def _readable(plan: Plan, image: dict[str, Any]) -> dict[str, Any]:
    """An image's values as people write them: SQLite stores an id without its dashes."""
    return {column.attname: as_json(_plain(column).to_python(image[column.attname])) for column in plan.columns}


def _plain(column: Any) -> Any:
    return column.target_field if column.is_relation else column


def _examples(plan: Plan, result: Preview) -> dict[str, list[dict[str, Any]]]:
    """Some rows of each class that is not written, with their evidence."""
    examples: dict[str, list[dict[str, Any]]] = {}
    if not plan.backfill.decides_in_python:
        for verdict in result.verdicts:
            if verdict != plan.backfill.write_verdict:
                examples[verdict] = _with_evidence(plan, plan.candidates().filter(verdict=verdict))
    rows = plan.within_scope(plan.model._base_manager.all())
    for kind in plan.backfill.finding_kinds():
        if result.findings.get(kind.kind):
            examples[kind.kind] = _with_evidence(plan, rows.filter(kind.where))
    return examples


def _with_evidence(plan: Plan, rows: Any, most: int = SAMPLES) -> list[dict[str, Any]]:
    return [{"row_id": str(row["pk"]), **evidence_of(row)} for row in with_evidence(plan, rows)[:most]]


def rows_of_kind(plan: Plan, where: Q, most: int) -> list[dict[str, Any]]:
    """The first rows of one kind of finding, with their evidence."""
    rows = plan.within_scope(plan.model._base_manager.all()).filter(where).order_by("pk")
    return _with_evidence(plan, rows, most)


def _decide_all(plan: Plan, occasion: Occasion, result: Preview, on_decision: OnDecision | None) -> None:
    """Let the author decide every candidate in Python, a chunk in memory at a time."""
    counts: Counter = Counter()
    labels: Counter = Counter()
    for chunk in _chunks(plan.candidates().order_by("pk").iterator(chunk_size=CHUNK)):
        read_candidates(plan, chunk, occasion)
        for row in chunk:
            decision = plan.backfill.decide(row)
            verdict = plan.backfill.write_verdict if isinstance(decision, Change) else decision.reason
            counts[verdict] += 1
            if isinstance(decision, Change):
                labels[decision.label] += 1
            _keep_as_example(plan, row, decision, verdict, result)
            if on_decision is not None:
                on_decision(row, decision)
    result.verdicts = dict(counts)
    result.labels = {label: number for label, number in labels.items() if label}


def _chunks(rows: Iterator[Any]) -> Iterator[list[Any]]:
    while chunk := list(islice(rows, CHUNK)):
        yield chunk


def _keep_as_example(plan: Plan, row: Any, decision: Any, verdict: str, result: Preview) -> None:
    if isinstance(decision, Change) and len(result.samples) < SAMPLES:
        before = {column.attname: as_json(getattr(row, column.attname)) for column in plan.columns}
        after = {name: as_json(value) for name, value in decision.values.items()}
        result.samples.append({"row_id": str(row.pk), "before": before, "after": after})
    elif isinstance(decision, Unclear) and len(result.examples.setdefault(verdict, [])) < SAMPLES:
        result.examples[verdict].append({"row_id": str(row.pk), **decision.detail})
