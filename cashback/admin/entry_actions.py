"""What an administrator does with a day of a tracker that waits: approve it, with what it earns, or reject it."""

from typing import Any

from accounts.admin import ReasonForm, row_action
from cashback.admin.people_rows import CashbackForm
from cashback.admin.preview import would_earn_glance
from cashback.admin.work_list import ListedAction, SeenAction
from cashback.models import TrackerEntry
from cashback.services import approve_entry, reject_entry

APPROVE = "cashback.approve_entry"


@row_action(TrackerEntry, "approve", permission=APPROVE)
class ApproveEntry(SeenAction):
    """It is right."""

    label, done, is_main = "Approve…", "The day is approved: it counts, and its cashback is booked.", True
    work_list = "cashback-to-approve"
    template_name = "cashback/rows_action.html"
    means = (
        "The day counts from now on, and cashback is earned on what was paid. Only an administrator who did not enter it "
        "approves it."
    )
    form: CashbackForm | None = None  # type: ignore[assignment]

    @classmethod
    def is_offered(cls, row: TrackerEntry) -> bool:
        return row.status == TrackerEntry.Status.PENDING

    def make_form(self, data: Any = None) -> CashbackForm:
        return CashbackForm(data, self.row.tenant, self.row.seen)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return {**super().get_context_data(**kwargs), "glances": [would_earn_glance(self.row)]}

    def act(self, row: TrackerEntry, values: dict[str, Any]) -> None:
        earned = self.form.earned() if self.form else {}
        approve_entry(actor=self.request.user, entry=row, now=self.now, **earned)


@row_action(TrackerEntry, "reject", permission=APPROVE)
class RejectEntry(ListedAction):
    """It is wrong."""

    label = "Reject…"
    done = "The day is rejected; whatever it earned is taken back."
    work_list = "cashback-to-approve"
    means = (
        "The day counts for nothing until it is entered anew. If it was approved, its cashback is taken back; what was spent of "
        "it becomes a debt."
    )
    form_class = ReasonForm

    @classmethod
    def is_offered(cls, row: TrackerEntry) -> bool:
        return row.status != TrackerEntry.Status.REJECTED

    def act(self, row: TrackerEntry, values: dict[str, Any]) -> None:
        reject_entry(actor=self.request.user, entry=row, now=self.now, **values)
