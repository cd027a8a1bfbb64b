"""The sign-off form of a run, to print on A4."""

from typing import Any

from accounts.admin import staff_page
from operations.admin.workbench.base import WorkbenchPage
from operations.admin.workbench.scope import USING
from operations.backfill.report import sign_off_lines


@staff_page("backfills/<slug:name>/runs/<uuid:pk>/sign-off/", name="backfill-sign-off")
class SignOffPage(WorkbenchPage):
    """The form, filled in as far as the run can say it."""

    title = "Sign-off"
    template_name = "operations/backfill_sign_off.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        run = self.backfill_run
        return {
            **super().get_context_data(**kwargs),
            "run": run,
            "backfill": self.backfill,
            "business": run.tenant or "All businesses",
            "lines": sign_off_lines(run, USING),
            "checks": run.verification,
        }
