"""Which findings an address asks for: of which run, in which state, of which kind. The list, its file and deciding share it."""

from collections import Counter
from uuid import UUID

from django.db.models import Count, Q, QuerySet

from operations.admin.workbench.base import WorkbenchPage
from operations.models import BackfillFinding, BackfillRun

PER_PAGE = 20  # rows of the list; no more are decided at once
STATES = {
    "waiting": ("To decide", Q(decision=None, needs_decision=True)),
    "information": ("For information", Q(decision=None, needs_decision=False)),
    "decided": ("Decided", Q(decision__isnull=False)),
    "all": ("All", Q()),
}


class FindingsView(WorkbenchPage):
    """What the list and its download share: which findings are asked for."""

    goes_on_in_maintenance = False  # a decision writes what it is about, in the office's name

    def chosen_run(self) -> BackfillRun | None:
        """The run of the address; else the latest execution that reached this business; else the latest preview."""
        name, asked = self.backfill.name, self.request.GET.get("run", "")
        executions = self.scope.executions(name).order_by("-created_at", "-id")
        if asked:
            return executions.filter(pk=asked).first() if is_run_of(executions, asked) else self.find_run(asked)
        return (
            executions.first() or self.scope.runs(name).filter(is_dry_run=True).order_by("-created_at", "-id").first()
        )

    def findings(self, run: BackfillRun | None) -> QuerySet[BackfillFinding]:
        """All findings of the run that this person may see."""
        return self.scope.findings(run) if run else BackfillFinding.objects.none()

    def asked_state(self, default: str) -> str:
        """The state of the address, or this one without any; all findings where there is no such state."""
        state = self.request.GET.get("state") or default
        return state if state in STATES else "all"

    def narrowed(self, findings: QuerySet[BackfillFinding], state: str) -> QuerySet[BackfillFinding]:
        """Those of this state, and of the kind that the address asks for."""
        kind = self.request.GET.get("kind", "")
        of_kind = findings.filter(kind=kind) if kind else findings
        return of_kind.filter(STATES[state][1]).select_related("decided_by", "run").order_by("pk")


def is_run_of(runs: QuerySet[BackfillRun], pk: str) -> bool:
    """Whether one of these runs has this id; text that is no id has none."""
    try:
        return runs.filter(pk=UUID(pk)).exists()
    except ValueError:
        return False


def tally(findings: QuerySet[BackfillFinding]) -> Counter:
    """How many findings there are of each state and kind: `(state, kind) -> rows`, in one query."""
    counts: Counter = Counter()
    seen = findings.order_by().values_list("kind", "needs_decision")
    decided = Count("pk", filter=Q(decision__isnull=False))
    for kind, needs_decision, rows, of_them_decided in seen.annotate(rows=Count("pk"), decided=decided):
        counts["all", kind] += rows
        counts["decided", kind] += of_them_decided
        counts["waiting" if needs_decision else "information", kind] += rows - of_them_decided
    return counts


def rows_in(counts: Counter, state: str, kind: str) -> int:
    """How many of a tally are in this state, and of this kind if one is named."""
    return sum(rows for key, rows in counts.items() if key[0] == state and kind in ("", key[1]))


def first_state(counts: Counter) -> str:
    """The tab that opens by itself: what waits, else what there is to know, else everything."""
    return next((state for state in ("waiting", "information") if rows_in(counts, state, "")), "all")
