"""The work list: what a run left for a person, the evidence side by side; and the same as a file.

What the address asks for is said by `findings_asked`; what happens when somebody decides, by `decide`.
"""

from collections import Counter
from typing import Any

from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpRequest, StreamingHttpResponse
from django.urls import reverse

from accounts.admin import staff_page, when
from operations.admin.workbench.decide import OUTCOME, DecidingFindings
from operations.admin.workbench.finding_rows import Outcome, choices_of, finding_rows, kind_options
from operations.admin.workbench.findings_asked import (
    PER_PAGE,
    STATES,
    FindingsView,
    first_state,
    rows_in,
    tally,
)
from operations.admin.workbench.offers import offers_address
from operations.admin.workbench.scope import USING
from operations.backfill.runs import backfill_of
from operations.models import BackfillFinding, BackfillRun
from operations.selectors.findings_csv import csv_lines

RUNS_OFFERED = 12

EMPTY = {
    "waiting": "Nothing waits for a decision. Rows that no rule can settle come here when the backfill is executed.",
    "information": "Nothing to know besides. Rows that a person may want to see come here when the backfill is executed.",
    "decided": "Nobody has decided a row of this run yet. Decided rows stay here, with who, when and why.",
    "all": "This run found nothing that a person should see.",
}


@staff_page("backfills/<slug:name>/findings/", name="backfill-findings")
class FindingsPage(DecidingFindings):
    """The work list of a backfill."""

    template_name = "operations/backfill_findings.html"
    title = "Findings"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        run = self.chosen_run()
        findings = self.findings(run)
        counts = tally(findings)
        state = self.asked_state(first_state(counts))
        kind = self.request.GET.get("kind", "")
        definition = backfill_of(run, USING) if run else self.backfill
        number = rows_in(counts, state, kind)
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
                "rows": f"{rows_in(counts, name, kind):,}",
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


@staff_page("backfills/<slug:name>/findings.csv", name="backfill-findings-csv")
class FindingsCsv(FindingsView):
    """The findings that the list shows, as a file, however many there are."""

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        run = self.chosen_run()
        findings = self.narrowed(self.findings(run), self.asked_state("all"))
        evidence = tuple((backfill_of(run, USING) if run else self.backfill).evidence())
        file_name = f"findings-{self.backfill.name}{f'-{run.pk}' if run else ''}.csv"
        headers = {"Content-Disposition": f'attachment; filename="{file_name}"'}
        return StreamingHttpResponse(
            csv_lines(findings, evidence), content_type="text/csv; charset=utf-8", headers=headers
        )


def page_of_findings(findings: QuerySet[BackfillFinding], number: int, page: str) -> Any:
    """One page; its total was counted with the tabs."""
    pages = Paginator(findings, PER_PAGE)
    pages.count = number
    return pages.get_page(page)
