"""The work list: what a run left for a person, the evidence side by side, decided one by one or many at once.

Each row goes through `decide_finding` by itself, so one refused row never takes another with it; refusals are told at their row.
"""

from collections import Counter
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.db import DatabaseError
from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, StreamingHttpResponse
from django.urls import reverse

from accounts.admin import staff_page, when
from accounts.errors import DomainError
from operations.admin.workbench.base import DECIDE, WorkbenchPage
from operations.admin.workbench.finding_rows import Outcome, choices_of, finding_rows, kind_options
from operations.admin.workbench.lineups import PICKED, picked
from operations.admin.workbench.offers import offers_address
from operations.admin.workbench.scope import USING, Scope
from operations.backfill.runs import backfill_of
from operations.models import BackfillFinding, BackfillRun
from operations.selectors.findings_csv import csv_lines
from operations.services.backfills import decide_finding

PER_PAGE = 20
OUTCOME = "backfill_findings_outcome"  # in the session, for the page after a decision
RUNS_OFFERED = 12

STATES = {
    "waiting": ("To decide", Q(decision=None, needs_decision=True)),
    "information": ("For information", Q(decision=None, needs_decision=False)),
    "decided": ("Decided", Q(decision__isnull=False)),
    "all": ("All", Q()),
}
EMPTY = {
    "waiting": "Nothing waits for a decision. Rows that no rule can settle come here when the backfill is executed.",
    "information": "Nothing to know besides. Rows that a person may want to see come here when the backfill is executed.",
    "decided": "Nobody has decided a row of this run yet. Decided rows stay here, with who, when and why.",
    "all": "This run found nothing that a person should see.",
}


def worklist_address(name: str, scope: Scope, *, run: BackfillRun | None = None) -> str:
    """The work list of a backfill, of its latest execution or of one run."""
    chosen = {"run": run.pk} if run else {}
    query = scope.query.removeprefix("?")
    return f"{reverse('admin:backfill-findings', args=[name])}?{'&'.join(filter(None, [query, urlencode(chosen)]))}"


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

    def narrowed(self, findings: QuerySet[BackfillFinding], state: str) -> QuerySet[BackfillFinding]:
        """Those of the kind and state that the address asks for."""
        kind = self.request.GET.get("kind", "")
        of_kind = findings.filter(kind=kind) if kind else findings
        return of_kind.filter(STATES[state][1]).select_related("decided_by", "run").order_by("pk")


def is_run_of(runs: QuerySet[BackfillRun], pk: str) -> bool:
    """Whether one of these runs has this id; text that is no id has none."""
    try:
        return runs.filter(pk=UUID(pk)).exists()
    except ValueError:
        return False


@staff_page("backfills/<slug:name>/findings/", name="backfill-findings")
class FindingsPage(FindingsView):
    """The work list of a backfill."""

    template_name = "operations/backfill_findings.html"
    title = "Findings"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        run = self.chosen_run()
        findings = self.findings(run)
        counts = tally(findings)
        state = self.request.GET.get("state") or first_state(counts)
        state = state if state in STATES else "all"
        kind = self.request.GET.get("kind", "")
        definition = backfill_of(run, USING) if run else self.backfill
        number = sum(rows for key, rows in counts.items() if key[0] == state and kind in ("", key[1]))
        page = page_of_findings(self.narrowed(findings, state), number, self.request.GET.get("page", "1"))
        outcome = Outcome(**self.request.session.pop(OUTCOME, {}))
        context = super().get_context_data(**kwargs)
        rows = finding_rows(definition, list(page.object_list), outcome) if run else []
        return {
            **context,
            "run": run,
            "run_at": when(run.created_at) if run else "",
            "runs": self.offered_runs(run),
            "state": state,
            "kind": kind,
            "tabs": self.tabs(counts, state, kind),
            "kinds": kind_options(definition, counts),
            "rows": rows,
            "page": page,
            "number": f"{number:,}",
            "choices": choices_of(rows) if context["may_decide"] else [],
            "outcome": outcome,
            "offers_address": offers_address(self.backfill.name, self.scope),
            "empty_says": EMPTY[state]
            if run
            else "This backfill has not run yet. Preview it first: its findings come here.",
            "csv_address": self.address(reverse("admin:backfill-findings-csv", args=[self.backfill.name]), state=state),
            "pages": {"before": self.address(page=page.number - 1), "after": self.address(page=page.number + 1)},
        }

    def address(self, path: str = "", **changes: Any) -> str:
        """This page's address (or another path) with some of its questions changed."""
        query = self.request.GET.copy()
        for name, value in changes.items():
            query[name] = str(value)
        return f"{path}?{query.urlencode()}"

    def tabs(self, counts: Counter, state: str, kind: str) -> list[dict[str, Any]]:
        """One tab for each state, with its number."""
        return [
            {
                "words": words,
                "rows": f"{sum(rows for key, rows in counts.items() if key[0] == name and kind in ('', key[1])):,}",
                "href": self.address(state=name, page=1),
                "is_here": name == state,
            }
            for name, (words, _) in STATES.items()
        ]

    def offered_runs(self, chosen: BackfillRun | None) -> list[dict[str, Any]]:
        """The latest executions, to look at an older one's findings."""
        runs = list(self.scope.executions(self.backfill.name).order_by("-created_at", "-id")[:RUNS_OFFERED])
        if chosen and chosen not in runs:
            runs.append(chosen)
        return [
            {
                "pk": run.pk,
                "words": f"{when(run.created_at)}, {run.get_status_display().lower()}",
                "is_chosen": run == chosen,
            }
            for run in runs
        ]

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Decide one row or many, then show the next."""
        if not request.user.has_perm(DECIDE):
            return self.handle_no_permission()
        chosen = request.POST.getlist("finding")[:PER_PAGE]
        outcome = self.decide(chosen)
        if outcome.refused or not outcome.done:
            request.session[OUTCOME] = {
                name: getattr(outcome, name) for name in ("decision", "argument", "reason", "done", "refused")
            }
        return HttpResponseRedirect(f"{request.get_full_path()}#{self.anchor(chosen, outcome)}")

    def decide(self, chosen: list[str]) -> Outcome:
        """Decide each row by itself, and say what became of them."""
        asked = self.answer()
        outcome = Outcome(**asked)
        if not chosen:
            messages.error(self.request, "No row is checked. Check the rows that this decision is about, then decide.")
            return outcome
        if not asked["reason"]:
            messages.error(
                self.request, "A decision needs a reason: the next person will ask why. Nothing was decided."
            )
            return outcome
        for pk in chosen:
            try:
                decide_finding(actor=self.request.user, finding_id=pk, now=self.now, using=USING, **asked)
                outcome.done += 1
            except DomainError as error:
                outcome.refused[pk] = error.message
            except DatabaseError as error:
                outcome.refused[pk] = f"The database refused it: {str(error).strip()}. Try again."
        self.tell(outcome)
        return outcome

    def answer(self) -> dict[str, str]:
        """What was decided: typed, or by the button of a candidate, which says enough without a reason."""
        asked = {name: self.request.POST.get(name, "").strip() for name in ("decision", "argument", "reason")}
        if pick := self.request.POST.get("pick", ""):
            asked["decision"], asked["argument"] = picked(pick)
            asked["reason"] = asked["reason"] or PICKED
        return asked

    def tell(self, outcome: Outcome) -> None:
        """Sum up on the next page."""
        if outcome.done:
            rows = "row" if outcome.done == 1 else "rows"
            messages.success(self.request, f"{outcome.done:,} {rows} decided, with your reason in history.")
        if outcome.refused:
            rows = "row was" if len(outcome.refused) == 1 else "rows were"
            messages.error(
                self.request, f"{len(outcome.refused):,} {rows} refused; each says why below. Nothing else was lost."
            )
            listed = self.findings(self.chosen_run()).filter(pk__in=[pk for pk in outcome.refused if pk.isdigit()])
            known = {str(pk) for pk in listed.values_list("pk", flat=True)}
            for pk in set(outcome.refused) - known:
                messages.error(self.request, outcome.refused[pk])

    def anchor(self, chosen: list[str], outcome: Outcome) -> str:
        """Where the eye goes next: the first refused row, or the row that takes the place of the last decided one."""
        if outcome.refused or not chosen:
            return f"finding-{next(iter(outcome.refused), 'list')}"
        run = self.chosen_run()
        state = self.request.GET.get("state") or first_state(tally(self.findings(run)))
        last = max(int(pk) for pk in chosen)
        following = self.narrowed(self.findings(run), state if state in STATES else "all").filter(pk__gt=last).first()
        return f"finding-{following.pk if following else 'list'}"


@staff_page("backfills/<slug:name>/findings.csv", name="backfill-findings-csv")
class FindingsCsv(FindingsView):
    """The findings that the list shows, as a file, however many there are."""

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        run = self.chosen_run()
        state = request.GET.get("state", "all")
        findings = self.narrowed(self.findings(run), state if state in STATES else "all")
        evidence = tuple((backfill_of(run, USING) if run else self.backfill).evidence())
        file_name = f"findings-{self.backfill.name}{f'-{run.pk}' if run else ''}.csv"
        headers = {"Content-Disposition": f'attachment; filename="{file_name}"'}
        return StreamingHttpResponse(
            csv_lines(findings, evidence), content_type="text/csv; charset=utf-8", headers=headers
        )


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


def first_state(counts: Counter) -> str:
    """The tab that opens by itself: what waits, else what there is to know, else everything."""
    return next(
        (state for state in ("waiting", "information") if any(n for k, n in counts.items() if k[0] == state)), "all"
    )


def page_of_findings(findings: QuerySet[BackfillFinding], number: int, page: str) -> Any:
    """One page; its total was counted with the tabs."""
    pages = Paginator(findings, PER_PAGE)
    pages.count = number
    return pages.get_page(page)
