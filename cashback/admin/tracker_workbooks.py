"""The workbook of a tracker: out as its kind of sheet, and in again once what it would change was looked at."""

import base64
import binascii
from io import BytesIO
from typing import Any

from django import forms
from django.http import Http404, HttpRequest, HttpResponse

from accounts.admin import StaffPage, row_action, staff_page
from accounts.errors import DomainError
from accounts.statuses import status_of
from cashback.admin.tracker_actions import RUN, EntersDays
from cashback.models import DailyTracker
from cashback.selectors.tracker_workbook import XLSX, export_workbook, workbook_name
from cashback.services.workbooks import WorkbookImport, import_workbook, read_workbook

IN_WORDS = {"new": "New", "changed": "Changed", "unchanged": "As it is here", "kept": "Kept: the sheet is empty there"}


@staff_page("cashback/trackers/<uuid:pk>/workbook.xlsx", name="cashback-workbook")
class WorkbookFile(StaffPage):
    """The tracker as its kind of sheet."""

    permission_required = "cashback.view_dailytracker"

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        tracker = DailyTracker.objects.for_user(request.user).filter(pk=kwargs["pk"]).first()
        if tracker is None:
            raise Http404
        name = {"Content-Disposition": f'attachment; filename="{workbook_name(tracker)}"'}
        return HttpResponse(export_workbook(tracker), content_type=XLSX, headers=name)


class SheetForm(forms.Form):
    """A sheet: chosen from this computer, or the one that was just looked at."""

    sheet = forms.FileField(label="Workbook", required=False, widget=forms.FileInput(attrs={"accept": ".xlsx"}))
    held = forms.CharField(required=False, widget=forms.HiddenInput)

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        content = values["sheet"].read() if values.get("sheet") else unpacked(values.get("held", ""))
        if not content and not self.errors:
            self.add_error("sheet", "Choose the workbook first.")
        return {"content": content}


def unpacked(held: str) -> bytes:
    """The sheet that was looked at before, as the page gave it back."""
    try:
        return base64.b64decode(held, validate=True)
    except binascii.Error:
        return b""


@row_action(DailyTracker, "upload", permission=RUN)
class UploadWorkbook(EntersDays):
    """A sheet comes back."""

    label = "Upload a workbook…"
    template_name = "cashback/upload.html"
    means = (
        "Every day of the sheet that is new or says something else is entered, and waits for approval; days that the sheet "
        "leaves empty stay. All of them or none: what is wrong in the sheet is said cell by cell."
    )
    found: WorkbookImport | None = None
    content = b""
    done = ""

    def make_form(self, data: Any = None) -> SheetForm:
        return SheetForm(data, self.request.FILES if data is not None else None)

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Show what the sheet would change; enter it when that was shown."""
        if "enter" in request.POST:
            return super().post(request, *args, **kwargs)
        status = 200
        self.form = self.make_form(request.POST)
        if self.form.is_valid():
            self.content = self.form.cleaned_data["content"]
            try:
                file = BytesIO(self.content)
                self.found = read_workbook(actor=request.user, tracker=self.row, file=file, now=self.now)
            except DomainError as error:
                self.refusal, status = error.message, status_of(error)
        return self.render_to_response(self.get_context_data(**kwargs), status=422 if self.form.errors else status)

    def act(self, row: DailyTracker, values: dict[str, Any]) -> None:
        file = BytesIO(values["content"])
        counts = import_workbook(actor=self.request.user, tracker=row, file=file, now=self.now).counts
        self.done = f"New days: {counts['new']}, changed: {counts['changed']}. They wait for approval."

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        rows = [(row, IN_WORDS[row.outcome]) for row in self.found.rows] if self.found else []
        held = base64.b64encode(self.content).decode() if self.found else ""
        return {**super().get_context_data(**kwargs), "found": self.found, "rows": rows, "held": held}
