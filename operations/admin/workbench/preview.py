"""The click on *Preview*: a small table is looked at at once, a large one by a worker, and the run's page shows how it goes."""

from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse

from accounts.admin import staff_page
from accounts.errors import DomainError
from operations.admin.workbench.change import Posted, hand_over
from operations.admin.workbench.scope import USING
from operations.backfill.request import Request
from operations.backfill.runs import cancel_run
from operations.models import BackfillRun
from operations.services.previews import ask_for_preview, look, takes_long


@staff_page("backfills/<slug:name>/preview/", name="backfill-preview")
class PreviewNow(Posted):
    """Look, keep what was seen, and show it; a large table is looked at by a worker, and the page shows that."""

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        asked = Request(self.backfill, self.scope.tenant, USING, request.user, "preview in the admin")
        try:
            run = self.wait_for_worker(asked) if takes_long(self.backfill, USING) else self.look(asked)
        except DomainError as error:
            self.tell_refusal(error)
            return HttpResponseRedirect(reverse("admin:backfill", args=[self.backfill.name]) + self.scope.query)
        return self.to_run(run)

    def wait_for_worker(self, asked: Request) -> BackfillRun:
        """Hand the preview to a worker. *Raises* BrokerIsDown."""
        run = ask_for_preview(asked, now=self.now)
        hand_over(run, without_worker=cancel_run, by=self.request.user, now=self.now)
        return run

    def look(self, asked: Request) -> BackfillRun:
        """Look while the person waits."""
        kept = look(asked, now=self.now, is_kept=True).run
        assert kept is not None, "it is kept"
        return kept
