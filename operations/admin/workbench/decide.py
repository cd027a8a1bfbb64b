"""Deciding findings, one by one or many at once.

Each row goes through `decide_finding` by itself, so one refused row never takes another with it; refusals are told at their row.
"""

from typing import Any

from django.contrib import messages
from django.db import DatabaseError
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect

from accounts.errors import DomainError
from operations.admin.workbench.base import DECIDE
from operations.admin.workbench.finding_rows import Outcome
from operations.admin.workbench.findings_asked import PER_PAGE, FindingsView, first_state, tally
from operations.admin.workbench.lineups import PICKED, picked
from operations.admin.workbench.scope import USING
from operations.services.backfills import decide_finding

OUTCOME = "backfill_findings_outcome"  # in the session, for the page after a decision


class DecidingFindings(FindingsView):
    """What the list does when somebody decides."""

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
        opened = "all" if self.request.GET.get("state") else first_state(tally(self.findings(run)))
        last = max(int(pk) for pk in chosen)
        following = self.narrowed(self.findings(run), self.asked_state(opened)).filter(pk__gt=last).first()
        return f"finding-{following.pk if following else 'list'}"
