"""Clicks that stop a run or let it go on, and the way of every run to a worker."""

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed

from accounts.admin import staff_page
from accounts.errors import DomainError
from operations.admin.workbench.base import EXECUTE, WorkbenchPage
from operations.admin.workbench.scope import USING
from operations.backfill.runs import cancel_run, pause_run, queue_again
from operations.models import BackfillRun
from operations.tasks import BrokerIsDown, hand_to_worker


class Posted(WorkbenchPage):
    """An address that only takes a click on a button."""

    permission_required = EXECUTE

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        return HttpResponseNotAllowed(["POST"])


class RunChange(Posted):
    """A click that stops a run or lets it go on."""

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        try:
            self.change(self.backfill_run)
        except DomainError as error:
            self.tell_refusal(error)
        return self.to_run(self.backfill_run)

    def change(self, run: BackfillRun) -> None:
        """Do it. *Raises* DomainError."""
        raise NotImplementedError


@staff_page("backfills/<slug:name>/runs/<uuid:pk>/pause/", name="backfill-run-pause")
class PauseRun(RunChange):
    """Stop after the batch under way."""

    def change(self, run: BackfillRun) -> None:
        pause_run(run_id=run.pk, using=USING, actor=self.request.user, now=self.now)


@staff_page("backfills/<slug:name>/runs/<uuid:pk>/cancel/", name="backfill-run-cancel")
class CancelRun(RunChange):
    """End for good."""

    def change(self, run: BackfillRun) -> None:
        cancel_run(run_id=run.pk, using=USING, actor=self.request.user, now=self.now)


@staff_page("backfills/<slug:name>/runs/<uuid:pk>/resume/", name="backfill-run-resume")
class ResumeRun(RunChange):
    """Go on where it stopped."""

    def change(self, run: BackfillRun) -> None:
        waiting = queue_again(run.pk, using=USING, now=self.now)
        hand_over(waiting, without_worker=pause_run, by=self.request.user, now=self.now)


def hand_over(run: BackfillRun, *, without_worker: Callable[..., BackfillRun], by: Any, now: Any) -> None:
    """Hand a run to a worker; where the queue is down, `without_worker` (pause, cancel) is its fate.

    *Raises* BrokerIsDown, saying what became of the run.
    """
    try:
        hand_to_worker(run, using=USING)
    except BrokerIsDown as error:
        stopped = without_worker(run_id=run.pk, using=USING, actor=by, now=now)
        raise BrokerIsDown(f"{error.message} The run is {stopped.get_status_display().lower()}.") from error
