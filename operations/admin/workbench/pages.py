"""All backfills, and the page of one: what it does, what can be done now, and every run that there was."""

from typing import Any

from django.db.models import Q, QuerySet
from django.urls import reverse

from accounts.admin import Card, Figure, State, staff_page, when
from operations.admin.backfills import run_state
from operations.admin.workbench.base import WorkbenchPage, run_address, worklist_address
from operations.admin.workbench.scope import USING, Scope
from operations.backfill import Backfill, backfills
from operations.models import BackfillFinding, BackfillRun
from operations.services.previews import takes_long

LISTED = 20


@staff_page("backfills/", name="backfills")
class BackfillsPage(WorkbenchPage):
    """Every repair that exists, with the state of its last run."""

    title = "Backfills"
    template_name = "operations/backfills.html"
    explains = (
        "Repairs of stored data. Each is looked at before it writes, verified when it ends, and can be undone exactly. "
        "Rows that no rule can settle wait for a person."
    )

    def get_trail(self) -> list[tuple[str, str]]:
        return []

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        rows = [backfill_row(backfill, self.scope) for backfill in backfills()]
        return {**super().get_context_data(**kwargs), "rows": rows}


@staff_page("backfills/<slug:name>/", name="backfill")
class BackfillPage(WorkbenchPage):
    """One backfill."""

    template_name = "operations/backfill.html"

    def get_title(self) -> str:
        return self.backfill.title

    def get_trail(self) -> list[tuple[str, str]]:
        return super().get_trail()[:1]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        runs = self.scope.runs(self.backfill.name)
        active = runs.filter(status__in=BackfillRun.ACTIVE).first()
        return {
            **super().get_context_data(**kwargs),
            "backfill": self.backfill,
            "card": backfill_card(self.backfill, self.scope),
            "rule": rule_lines(self.backfill),
            "active": run_row(active) if active else None,
            "history": [run_row(run) for run in with_people(runs)[:LISTED]],
            "beyond": self.runs_over_all(),
            "listed": LISTED,
            "takes_long": takes_long(self.backfill, USING),
            "preview_address": reverse("admin:backfill-preview", args=[self.backfill.name]) + self.scope.query,
        }

    def runs_over_all(self) -> list[dict[str, Any]]:
        """Executions over all businesses, for a person of one: that they were, without anybody else's numbers."""
        if self.scope.tenant is None:
            return []
        over_all = self.scope.executions(self.backfill.name).filter(tenant=None)[:5]
        return [{"at": when(run.created_at), "state": run_state(run)} for run in over_all]


def with_people(runs: QuerySet[BackfillRun]) -> QuerySet[BackfillRun]:
    """Runs with who asked for them and what undid them, newest first."""
    return (
        runs.select_related("requested_by", "tenant", "undoes")
        .prefetch_related("undone_by")
        .order_by("-created_at", "-id")
    )


def last_execution(backfill: Backfill, scope: Scope) -> BackfillRun | None:
    """The newest execution that reached the scope's rows."""
    return scope.executions(backfill.name).order_by("-created_at", "-id").first()


def waiting(run: BackfillRun | None, scope: Scope) -> int:
    """How many findings of a run wait for a person of this scope."""
    return scope.findings(run).filter(needs_decision=True).undecided().count() if run else 0


def backfill_row(backfill: Backfill, scope: Scope) -> dict[str, Any]:
    """A backfill with the state of its last execution and what waits."""
    run = last_execution(backfill, scope)
    return {
        "backfill": backfill,
        "href": reverse("admin:backfill", args=[backfill.name]) + scope.query,
        "state": run_state(run) if run else State("Never run"),
        "at": when(run.created_at) if run else "",
        "waiting": waiting(run, scope),
        "findings_href": worklist_address(backfill.name, scope),
    }


def backfill_card(backfill: Backfill, scope: Scope) -> Card:
    """What a backfill does, when it last ran, and how much waits for a person."""
    run = last_execution(backfill, scope)
    waits, decided = waiting(run, scope), decided_rows(backfill, scope)
    address = worklist_address(backfill.name, scope)
    return Card(
        what=backfill.description,
        state=run_state(run) if run else State("Never run"),
        figures=[
            Figure("Last execution", when(run.created_at) if run else "never"),
            Figure(
                "Findings that wait for a person", f"{waits:,}", "of the last execution", href=address if waits else ""
            ),
            Figure("Rows that people decided", f"{decided:,}", "never touched or reported again"),
        ],
    )


def decided_rows(backfill: Backfill, scope: Scope) -> int:
    """How many rows people decided in any run."""
    decided = BackfillFinding.objects.for_user(scope.user).of_tenant(scope.tenant).of_backfill(backfill.name)
    return decided.filter(~Q(decision=None)).values("row_id").distinct().count()


def rule_lines(backfill: Backfill) -> list[dict[str, Any]]:
    """The rule in words: what is written, when a row is left, what a person decides, what is listed besides."""
    unclear = sorted(map(backfill.label_of, backfill.unclear_verdicts))
    reasons = set(backfill.verdict_labels) - {backfill.write_verdict} - backfill.unclear_verdicts
    columns = ", ".join(f"{backfill.model._meta.db_table}.{name}" for name in backfill.writes)
    lines = [
        {"title": "Writes", "words": [f"{columns}: {backfill.label_of(backfill.write_verdict)}"]},
        {"title": "Leaves a row when", "words": sorted(map(backfill.label_of, reasons))},
        {"title": "Asks a person when", "words": unclear},
        {"title": "Lists besides", "words": [f"{backfill.noun} {kind.label}" for kind in backfill.finding_kinds()]},
        {"title": "Source", "words": [backfill.source] if backfill.source else []},
    ]
    return [line for line in lines if line["words"]]


def run_row(run: BackfillRun) -> dict[str, Any]:
    """A run as a line of the history."""
    undone_by = next((undo for undo in run.undone_by.all() if undo.status == BackfillRun.Status.SUCCEEDED), None)
    return {
        "run": run,
        "href": run_address(run),
        "at": when(run.created_at),
        "purpose": purpose_of(run),
        "state": run_state(run),
        **number_of(run),
        "who": run.requested_by or "operator at the terminal",
        "why": run.reason or "–",
        "undone_by": {"href": run_address(undone_by), "at": when(undone_by.created_at)} if undone_by else None,
        "undoes": {"href": run_address(run.undoes), "at": when(run.undoes.created_at)} if run.undoes else None,
        "business": run.tenant or "All businesses",
    }


def number_of(run: BackfillRun) -> dict[str, str]:
    """How many rows a run wrote, put back, or would write; a preview that is not ready has no number."""
    if run.is_dry_run:
        would_write = run.counts.get("would_write")
        return {"number": "–" if would_write is None else f"{would_write:,}", "of_number": "would be written"}
    return {"number": f"{run.counts.get('written', 0):,}", "of_number": "put back" if run.undoes_id else "written"}


def purpose_of(run: BackfillRun) -> str:
    """What a run is: a preview, an execution or an undo."""
    return "Undo" if run.undoes_id else "Preview" if run.is_dry_run else "Execution"
