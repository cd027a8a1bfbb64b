"""Verification: what must be true at the end, over the rows that were in scope at the start."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from django.db.models import QuerySet

from operations.backfill.plan import Plan
from operations.models import BackfillChange, BackfillFinding, BackfillRun


@dataclass(frozen=True, slots=True)
class Verified:
    """One check with what it found."""

    check: str
    holds: bool
    found: int
    expected: int

    def as_json(self) -> dict:
        """For the answer and the run's record."""
        return asdict(self)


def verify(
    plan: Plan, run: BackfillRun, *, allowed_left: int = 0, just_seen: list[Verified] | None = None
) -> list[Verified]:
    """Run every check of a finished run; `allowed_left` rows may still wait (a limited run).

    `just_seen` is what `remaining` has answered a moment ago: it looks at every row, and need not do so twice.
    """
    using = plan.scope.using
    written = run.counts.get("written", 0)
    changes = BackfillChange.objects.using(using).filter(run_id=run.pk, table=plan.model._meta.db_table).count()
    return [
        Verified("every written row has its undo image", changes == written, changes, written),
        *(remaining(plan, run, allowed_left=allowed_left) if just_seen is None else just_seen),
        *author_checks(plan),
    ]


def verify_now(plan: Plan) -> list[Verified]:
    """Run the checks of a backfill without a run: does anything in scope still need it, do the author's checks hold?"""
    return [*remaining(plan), *author_checks(plan)]


def remaining(plan: Plan, run: BackfillRun | None = None, *, allowed_left: int = 0) -> list[Verified]:
    """That no row in scope still needs the change, quarantined ones apart."""
    if plan.backfill.decides_in_python:
        return []
    left = left_to_write(plan, run)
    return [Verified("no row in scope still needs the change", left <= allowed_left, left, allowed_left)]


def left_to_write(plan: Plan, run: BackfillRun | None = None) -> int:
    """How many rows in scope still need the change, quarantined ones apart."""
    rows = plan.to_write()
    if run is not None:
        quarantined = BackfillFinding.objects.using(plan.scope.using).filter(run=run, kind="quarantined")
        if quarantined.exists():
            rows = rows.annotate(row_text=plan.row_id()).exclude(row_text__in=quarantined.values("row_id"))
    return rows.count()


def not_seen(counts: Mapping[str, Any]) -> int:
    """How many of the candidates of a run's start it has neither written, nor left for a reason, nor set aside."""
    seen = counts.get("written", 0) + counts.get("quarantined", 0) + sum(counts.get("verdicts", {}).values())
    return max(0, counts.get("population", {}).get("candidates", 0) - counts.get("decided", 0) - seen)


def scoped(plan: Plan) -> QuerySet:
    """All rows of the table in scope."""
    return plan.within_scope(plan.model._base_manager.all())


def author_checks(plan: Plan) -> list[Verified]:
    """The backfill's own checks, each with the number of rows that break it."""
    broken = [(check.name, check.violations(scoped(plan)).count()) for check in plan.backfill.checks()]
    return [Verified(name, number == 0, number, 0) for name, number in broken]
