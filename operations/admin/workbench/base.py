"""What the pages of backfills share: which backfill, which run, whose rows, and how a refusal is told."""

from datetime import datetime
from functools import cached_property
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.http import Http404, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone

from accounts.admin import StaffPage
from accounts.errors import DomainError, NotFound
from operations.admin.workbench.scope import USING, Scope, scope_of
from operations.backfill import Backfill, backfill_named
from operations.backfill.runs import find_run
from operations.models import BackfillRun

VIEW = "operations.view_backfillrun"
EXECUTE = "operations.execute_backfill"
DECIDE = "operations.decide_finding"


class WorkbenchPage(StaffPage):
    """A page about one backfill, or one of its runs when its address names one."""

    permission_required = VIEW
    goes_on_in_maintenance = True  # repairs are what a business is frozen for

    @cached_property
    def scope(self) -> Scope:
        """Whose rows the page is about."""
        return scope_of(self.request)

    @cached_property
    def backfill(self) -> Backfill:
        """The backfill of the address, by its registered name alone. *Raises* Http404."""
        try:
            found = backfill_named(self.kwargs["name"])
        except NotFound as error:
            raise Http404(error.message) from error
        if found.name != self.kwargs["name"]:
            raise Http404(f"There is no backfill named '{self.kwargs['name']}'.")
        return found

    @cached_property
    def backfill_run(self) -> BackfillRun:
        """The run of the address, if it is this backfill's and the person's to see. *Raises* Http404."""
        return self.find_run(self.kwargs["pk"])

    @cached_property
    def now(self) -> datetime:
        """The moment of this request."""
        return timezone.now()

    def find_run(self, pk: Any) -> BackfillRun:
        """A run of this backfill that the person may see. *Raises* Http404."""
        try:
            run = find_run(pk, using=USING, user=self.request.user)
        except NotFound as error:
            raise Http404(error.message) from error
        if run.backfill != self.backfill.name:
            raise Http404(f"Run {pk} is not one of {self.backfill.name}.")
        return run

    def get_trail(self) -> list[tuple[str, str]]:
        """Backfills, then this backfill."""
        return [
            ("Backfills", reverse("admin:backfills") + self.scope.query),
            (self.backfill.title, reverse("admin:backfill", args=[self.backfill.name]) + self.scope.query),
        ]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        may_execute, may_decide = (self.request.user.has_perm(permission) for permission in (EXECUTE, DECIDE))
        return {
            **super().get_context_data(**kwargs),
            "scope": self.scope,
            "may_execute": may_execute,
            "may_decide": may_decide,
        }

    def to_run(self, run: BackfillRun) -> HttpResponseRedirect:
        """Go and look at a run."""
        return HttpResponseRedirect(run_address(run) + self.scope.query)

    def tell_refusal(self, error: DomainError) -> None:
        """Say on the next page what was refused, where, and the cure."""
        messages.error(self.request, error.message)


def run_address(run: BackfillRun, page: str = "backfill-run") -> str:
    """The address of one of a run's pages."""
    return reverse(f"admin:{page}", args=[run.backfill, run.pk])


def worklist_address(name: str, scope: Scope, *, run: BackfillRun | None = None) -> str:
    """The work list of a backfill, of its latest execution or of one run."""
    chosen = {"run": run.pk} if run else {}
    query = scope.query.removeprefix("?")
    return f"{reverse('admin:backfill-findings', args=[name])}?{'&'.join(filter(None, [query, urlencode(chosen)]))}"
