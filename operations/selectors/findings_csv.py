"""Findings as a CSV file, line by line, so that a million of them need no memory."""

import csv
import json
from collections.abc import Iterator
from typing import Any

from django.db.models import QuerySet

from operations.models import BackfillFinding

COLUMNS = (
    "id",
    "run_id",
    "backfill",
    "kind",
    "table",
    "row_id",
    "needs_decision",
    "decision",
    "decision_reason",
    "decided_by",
    "decided_at",
)
CHUNK = 2000
STARTS_A_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def csv_lines(findings: QuerySet[BackfillFinding], evidence: tuple[str, ...] = ()) -> Iterator[str]:
    """Yield the head line and one line per finding; `evidence` names the details that get a column of their own."""
    writer = csv.writer(Line())
    yield writer.writerow([*COLUMNS, *evidence, "other"])
    for finding in findings.select_related("decided_by").iterator(chunk_size=CHUNK):
        yield writer.writerow([safe_cell(value) for value in _cells(finding, evidence)])


def safe_cell(value: Any) -> str:
    """A value as a cell that no spreadsheet takes for a formula.

    >>> safe_cell("=1+1"), safe_cell(-5), safe_cell(None)
    ("'=1+1", '-5', '')
    """
    text = "" if value is None else str(value)
    is_number = isinstance(value, int)
    return f"'{text}" if text.startswith(STARTS_A_FORMULA) and not is_number else text


def _cells(finding: BackfillFinding, evidence: tuple[str, ...]) -> list[Any]:
    other = {name: value for name, value in finding.detail.items() if name not in evidence}
    return [
        finding.pk,
        finding.run_id,
        finding.backfill,
        finding.kind,
        finding.table,
        finding.row_id,
        "yes" if finding.needs_decision else "no",
        finding.decision,
        finding.decision_reason,
        finding.decided_by.name if finding.decided_by else None,
        finding.decided_at.isoformat() if finding.decided_at else None,
        *(finding.detail.get(name) for name in evidence),
        json.dumps(other, ensure_ascii=False, default=str) if other else None,
    ]


class Line:
    """What `csv` writes to: it hands the line back."""

    def write(self, line: str) -> str:
        return line
