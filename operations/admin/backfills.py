"""Pages of backfill runs, their findings and their changes."""

from django.contrib import admin
from django.http import HttpRequest
from django.urls import reverse
from unfold.decorators import display

from accounts.admin import AuditAdmin, Card, Figure, FollowedLink, Link, State, page_of
from operations.backfill import backfills
from operations.models import BackfillChange, BackfillFinding, BackfillRun

KINDS = {
    BackfillRun.Status.SUCCEEDED: "success",
    BackfillRun.Status.FAILED: "danger",
    BackfillRun.Status.RUNNING: "info",
    BackfillRun.Status.PENDING: "warning",
    BackfillRun.Status.PAUSED: "warning",
}


def run_state(run: BackfillRun) -> State:
    """The state of a run in a word and a shape."""
    return State(run.get_status_display(), KINDS.get(run.status, ""))


@admin.register(BackfillRun)
class BackfillRunAdmin(AuditAdmin):
    """Runs: who changed stored data, when, why, and what it did."""

    list_display = ["created_at", "backfill", "purpose", "state", "requested_by", "reason", "duration"]
    list_filter = ["status", "is_dry_run"]
    list_select_related = ["requested_by"]
    search_fields = ["id__exact", "backfill__exact"]
    search_help_text = "A whole run id or the exact name of a backfill."
    empty_says = "A run appears here when a backfill is previewed or executed."

    def card(self, request: HttpRequest, row: BackfillRun) -> Card:
        return Card(
            what=f"{self.purpose(row)} of {row.backfill}, asked for by {row.requested_by or 'the system'}. {row.reason}",
            state=run_state(row),
            figures=[
                Figure(name.replace("_", " "), f"{count:,}") for name, count in row.counts.items() if is_number(count)
            ],
            links=run_links(row),
            warning=row.error or row.stop_reason,
        )

    @display(description="Purpose")
    def purpose(self, row: BackfillRun) -> str:
        return "Undo" if row.undoes_id else "Preview" if row.is_dry_run else "Execution"

    @display(description="State")
    def state(self, row: BackfillRun) -> State:
        return run_state(row)

    @display(description="Took")
    def duration(self, row: BackfillRun) -> str:
        return f"{row.duration_seconds:,.1f} s" if row.started_at else "–"


def is_number(value: object) -> bool:
    """Whether a count can be shown as a figure."""
    return isinstance(value, int) and not isinstance(value, bool)


def run_links(run: BackfillRun) -> list[Link]:
    """What a run left behind, and the run that it undoes or that undid it."""
    of_run = f"?run__id__exact={run.pk}"
    links = [
        *([Link("", "Its page in the workbench", workbench_page(run))] if is_registered(run.backfill) else []),
        Link("", "Rows it changed", reverse("admin:operations_backfillchange_changelist") + of_run),
        Link("", "Findings", reverse("admin:operations_backfillfinding_changelist") + of_run),
    ]
    others = [("Undoes", run.undoes), *(("Undone by", other) for other in run.undone_by.all()[:5])]
    return [*links, *(Link(kind, str(other), page_of(other)) for kind, other in others if other)]


def workbench_page(run: BackfillRun) -> str:
    """Where a run is watched, decided, signed off and undone."""
    return reverse("admin:backfill-run", args=[run.backfill, run.pk])


def is_registered(name: str) -> bool:
    """Whether the backfill of an old run still exists."""
    return any(backfill.name == name for backfill in backfills())


@admin.register(BackfillFinding)
class BackfillFindingAdmin(AuditAdmin):
    """Findings: rows that a run left for a person, and what the person decided."""

    list_display = ["created_at", "backfill", "kind_in_words", "row_id", "state", "decided_by"]
    list_filter = ["needs_decision", ("run", FollowedLink)]
    list_select_related = ["decided_by"]
    ordering = ["-pk"]
    search_fields = ["row_id__exact", "kind__exact"]
    search_help_text = "A whole row id, or the exact kind of a finding such as route_unclear."
    empty_says = "Nothing was found that a person should see."

    def card(self, request: HttpRequest, row: BackfillFinding) -> Card:
        evidence = [Figure(name.replace("_", " "), str(value or "–")[:36]) for name, value in row.detail.items()]
        decided = f" Decided: {row.decision}, {row.decision_reason}" if row.decision else ""
        return Card(
            what=f"{self.kind_in_words(row)} in {row.table}, row {row.row_id}.{decided}",
            state=finding_state(row),
            figures=evidence[:8],
            links=[Link("Run", str(row.run), page_of(row.run))],
        )

    @display(description="What")
    def kind_in_words(self, row: BackfillFinding) -> str:
        return row.kind.replace("_", " ").capitalize()

    @display(description="State")
    def state(self, row: BackfillFinding) -> State:
        return finding_state(row)


def finding_state(row: BackfillFinding) -> State:
    """Whether a finding is decided, waits, or is for information."""
    if row.decision:
        return State(f"Decided: {row.decision}", "success")
    return State("To decide", "warning") if row.needs_decision else State("For information", "info")


@admin.register(BackfillChange)
class BackfillChangeAdmin(AuditAdmin):
    """Changes: what a run wrote into each row, and what stood there before."""

    tenant_path = "run__tenant"
    list_display = ["table", "row_id", "operation", "before", "after", "run"]
    list_filter = [("run", FollowedLink)]
    list_select_related = ["run"]
    ordering = ["-pk"]
    empty_says = "Rows appear here when a backfill is executed."
    search_fields = ["run__id__exact"]
    search_help_text = "The whole id of a run."
