"""The page of one run, from its preview to its end: what it sees, does, did, and what can be done next.

While a run is active a few lines of JavaScript fetch its body again (`backfill-run-live`); without it a link reloads the page.
"""

from collections.abc import Mapping
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.text import capfirst

from accounts.admin import Card, Figure, Link, State, staff_page, when
from operations.admin.backfills import run_state
from operations.admin.workbench.actions import actions_of
from operations.admin.workbench.base import WorkbenchPage, run_address, worklist_address
from operations.admin.workbench.evidence import Writing
from operations.admin.workbench.examples import example_classes
from operations.admin.workbench.progress import preparation_of, progress_of, trouble_of
from operations.admin.workbench.scope import USING, Scope
from operations.admin.workbench.shares import shares
from operations.backfill import Backfill
from operations.backfill.answer import finding_counts, left, waits_for_a_person
from operations.backfill.runs import backfill_of
from operations.models import BackfillRun

Status = BackfillRun.Status
SAMPLES = 10


@staff_page("backfills/<slug:name>/runs/<uuid:pk>/", name="backfill-run")
class RunPage(WorkbenchPage):
    """One run: a preview, an execution or an undo."""

    template_name = "operations/backfill_run.html"

    def get_title(self) -> str:
        purpose = "Undo" if self.backfill_run.undoes_id else "Preview" if self.backfill_run.is_dry_run else "Run"
        return f"{purpose} of {when(self.backfill_run.created_at)}"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context = super().get_context_data(**kwargs)
        return {**context, **self.body(context)}

    def body(self, context: Mapping[str, Any]) -> dict[str, Any]:
        """What the part of the page shows that is fetched again and again."""
        run = self.backfill_run
        definition = backfill_of(run, USING)
        shown = preview_body(run, definition) if run.is_dry_run else execution_body(run, definition, self.now)
        preparing = preparation_of(run, self.now) if run.is_dry_run and run.is_active else None
        return {
            **shown,
            "preparing": preparing,
            "noun": definition.noun,
            "run": run,
            "card": run_card(run, definition, self.scope, trouble_of(run, self.now)),
            "actions": actions_of(run, self.scope, self.now) if context["may_execute"] else [],
            "is_live": run.status in {Status.PENDING, Status.RUNNING},
            "live_address": run_address(run, "backfill-run-live") + self.scope.query,
            "findings": finding_lines(run, definition, self.scope),
            "decide_address": f"{worklist_address(run.backfill, self.scope, run=run)}&state=waiting",
            "waiting": 0 if run.is_dry_run else waits_for_a_person(run, USING),
        }


@staff_page("backfills/<slug:name>/runs/<uuid:pk>/live/", name="backfill-run-live")
class RunLive(RunPage):
    """The part of a run's page that changes."""

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        permissions = WorkbenchPage.get_context_data(self)
        answer = TemplateResponse(
            request, "operations/backfill_run_body.html", {**permissions, **self.body(permissions)}
        )
        answer["Cache-Control"] = "no-store"
        return answer


def preview_body(run: BackfillRun, definition: Backfill) -> dict[str, Any]:
    """What an execution would do: the bar, samples of each class, findings by kind."""
    counts, verdicts = run.counts, run.counts.get("verdicts", {})
    totals = counts.get("finding_counts", {}) | verdicts
    return {
        "shares": shares(definition, verdicts),
        "total": sum(verdicts.values()),
        "samples": Writing(definition, counts.get("samples", [])[:SAMPLES]).rows(),
        "classes": example_classes(definition, counts.get("examples", {}), totals),
        "nothing_to_write": counts.get("would_write") == 0,
    }


def execution_body(run: BackfillRun, definition: Backfill, now: Any) -> dict[str, Any]:
    """How far a run has come, or what it did, check by check."""
    verdicts = {
        **left(definition, run.counts.get("verdicts", {})),
        definition.write_verdict: run.counts.get("written", 0),
    }
    return {
        "progress": progress_of(run, now) if run.is_active else None,
        "shares": shares(definition, verdicts),
        "total": sum(verdicts.values()),
        "checks": [check_row(check) for check in run.verification],
        "asked": asked_lines(run),
        "timing": timing_lines(run) if not run.is_active else [],
    }


def check_row(check: Mapping[str, Any]) -> dict[str, Any]:
    """One check of the verification."""
    state = State("Holds", "success") if check["holds"] else State("Broken", "danger")
    return {**check, "state": state, "found": f"{check['found']:,}", "expected": f"{check['expected']:,}"}


def asked_lines(run: BackfillRun) -> list[tuple[str, str]]:
    """What was asked for besides the default."""
    asked = run.parameters
    named = [
        ("Writes at most", "limit", "{:,} rows"),
        ("Batch size", "batch_size", "{:,} rows, fixed"),
        ("Rest", "nice", "{:g} times as long as each batch"),
        ("Only between", "window", "{}"),
        ("Pauses after", "max_minutes", "{:g} minutes"),
    ]
    return [(words, form.format(asked[name])) for words, name, form in named if asked.get(name)]


def timing_lines(run: BackfillRun) -> list[tuple[str, str]]:
    """How long it took, and in which steps."""
    counts = run.counts
    return [
        ("Took", f"{run.duration_seconds:,.1f} s"),
        ("Rows looked at", f"{counts.get('keys', 0):,}"),
        ("Batches", f"{counts.get('batches', 0):,}"),
        ("Longest batch", f"{counts.get('longest_batch_seconds', 0):.2f} s"),
        ("Began", when(run.started_at)),
        ("Ended", when(run.finished_at)),
        ("Code", run.code_version or "–"),
    ]


def finding_lines(run: BackfillRun, definition: Backfill, scope: Scope) -> list[dict[str, Any]]:
    """How many findings of each kind a run has, each a link to the rows."""
    address = worklist_address(run.backfill, scope, run=run)
    return [
        {"words": definition.label_of(kind), "rows": f"{rows:,}", "href": f"{address}&kind={kind}&state=all"}
        for kind, rows in sorted(finding_counts(run, USING).items(), key=lambda count: -count[1])
    ]


def run_card(run: BackfillRun, definition: Backfill, scope: Scope, trouble: str) -> Card:
    """What the run is, its state, the figures that matter, and what is in its way."""
    who, where = run.requested_by or "an operator at the terminal", run.tenant or "all businesses"
    what = "Only looks, writes nothing" if run.is_dry_run else definition.title
    counts, noun = run.counts, definition.noun
    written = Figure(
        "Put back" if run.undoes_id else "Written", f"{counts.get('written', 0):,}", "with history and undo image"
    )
    found = [
        Figure(
            name.replace("_", " ").capitalize() if name != "candidates" else f"Candidates among the {noun}",
            f"{number:,}",
        )
        for name, number in counts.get("population", {}).items()
    ]
    set_aside = counts.get("quarantined", 0)
    return Card(
        what=f"{what}, for {where}. Asked for by {who}: {run.reason or 'no reason given'}",
        state=run_state(run),
        figures=[
            *found,
            *would_be_written(run),
            *([] if run.is_dry_run else [written]),
            *([Figure("Set aside", f"{set_aside:,}", "could not be written; see the findings")] if set_aside else []),
        ],
        links=change_links(run),
        sum_shown=capfirst(run.stop_reason),
        warning=run.error or trouble,
    )


def would_be_written(run: BackfillRun) -> list[Figure]:
    """The number that a preview is taken for, once it is there."""
    if not run.is_dry_run or "would_write" not in run.counts:
        return []
    return [Figure("Would be written", f"{run.counts['would_write']:,}")]


def change_links(run: BackfillRun) -> list[Link]:
    """The rows that a run changed, and the runs that it undoes or that undid it."""
    others = [("Undoes the run of", run.undoes), *(("Undone by the run of", undo) for undo in run.undone_by.all()[:5])]
    links = [Link(kind, when(other.created_at), run_address(other)) for kind, other in others if other]
    if run.counts.get("written"):
        of_run = f"?run__id__exact={run.pk}"
        links.append(Link("", "Rows it changed", reverse("admin:operations_backfillchange_changelist") + of_run))
    return links
