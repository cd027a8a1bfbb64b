"""Pages that start a run after a confirmation: execute here, undo in `undo`. Each ends by showing the run.

Doing the same twice does it once: a preview is executed once, and whoever clicks again is shown the run that is active.
"""

from datetime import datetime
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.utils.timesince import timesince

from accounts.admin import Card, Figure, staff_page
from accounts.errors import Conflict, DomainError
from operations.admin.workbench.base import EXECUTE, WorkbenchPage, run_address
from operations.admin.workbench.change import hand_over
from operations.admin.workbench.runs import RunPage, preview_body
from operations.admin.workbench.scope import USING
from operations.backfill.request import AnotherRunIsActive, Request, ask_for_run
from operations.backfill.runs import cancel_run
from operations.models import BackfillRun

ELSEWHERE = (
    "Not started: another run of this backfill, or of another one on the same table, is active and not yours to see. "
    "Wait for its end, or ask the operator."
)


NOT_READY = "This is no finished preview, so there are no numbers to confirm. Wait for its end, or preview again."


class NotPreviewed(Conflict):
    """Only what a finished preview showed is executed."""

    code = "not_previewed"


class ReasonForm(forms.Form):
    """Why: kept with the run and in the history of every row."""

    reason = forms.CharField(
        max_length=2000,
        label="Why, or a ticket",
        help_text="Kept with the run and in the history of every row that it writes.",
        error_messages={"required": "Say why: the next person will ask."},
    )


class ExecuteForm(ReasonForm):
    """Why, and how gently."""

    limit = forms.IntegerField(min_value=1, required=False, label="Write at most", help_text="rows; empty: all")
    batch_size = forms.IntegerField(
        min_value=1, max_value=100_000, required=False, label="Batch size", help_text="rows; empty: steered to 0.5 s"
    )
    nice = forms.FloatField(
        min_value=0, max_value=1000, required=False, label="Rest", help_text="times as long as each batch took"
    )
    window = forms.CharField(max_length=20, required=False, label="Only between", help_text="such as 23:00-02:00")
    max_minutes = forms.FloatField(min_value=0.1, required=False, label="Pause after", help_text="minutes")

    pace = ("limit", "batch_size", "nice", "window", "max_minutes")

    def asked(self) -> dict[str, Any]:
        """What was filled in, for the engine."""
        return {name: value for name, value in self.cleaned_data.items() if value not in (None, "")}

    def pace_fields(self) -> list[forms.BoundField]:
        """The fields that most runs leave empty."""
        return [self[name] for name in self.pace]

    def has_pace(self) -> bool:
        """Whether one of them was filled in, or is wrong."""
        return any(self.data.get(name) for name in self.pace)


class ConfirmPage(WorkbenchPage):
    """Numbers, a reason, and one button that does it."""

    permission_required = EXECUTE
    template_name = "operations/backfill_confirm.html"
    form_class = ReasonForm
    form: forms.Form | None = None
    refusal = ""

    def get_trail(self) -> list[tuple[str, str]]:
        return [*super().get_trail(), (RunPage.get_title(self), run_address(self.backfill_run) + self.scope.query)]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        numbers = self.numbers()  # may find a refusal
        return {
            **super().get_context_data(**kwargs),
            "form": self.form or self.form_class(),
            "back": run_address(self.backfill_run) + self.scope.query,
            "refusal": self.refusal,
            **numbers,
        }

    def numbers(self) -> dict[str, Any]:
        """What a person confirms."""
        raise NotImplementedError

    def begin(self, form: Any) -> BackfillRun:
        """Ask the engine for the run. *Raises* DomainError."""
        raise NotImplementedError

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        self.form = self.form_class(request.POST)
        earlier = self.done_already()
        if earlier is not None:
            messages.info(request, "This was started already: here is its run.")
            return self.to_run(earlier)
        if not self.form.is_valid():
            return self.render_to_response(self.get_context_data(**kwargs), status=422)
        try:
            run = self.begin(self.form)
            hand_over(run, without_worker=cancel_run, by=request.user, now=self.now)
        except AnotherRunIsActive:
            return self.show_active(**kwargs)
        except DomainError as error:
            return self.refuse(error.message, 409 if isinstance(error, Conflict) else 422, **kwargs)
        return self.to_run(run)

    def done_already(self) -> BackfillRun | None:
        """The run that an earlier click on this very page started."""
        raise NotImplementedError

    def show_active(self, **kwargs: Any) -> HttpResponse:
        """Show the run that is active, or say that it is somebody else's."""
        active = self.scope.runs(self.backfill.name).filter(status__in=BackfillRun.ACTIVE, is_dry_run=False).first()
        if active is None:
            return self.refuse(ELSEWHERE, 409, **kwargs)
        messages.info(self.request, "Nothing new was started: this run is active.")
        return self.to_run(active)

    def refuse(self, words: str, status: int, **kwargs: Any) -> HttpResponse:
        """Show the page again, with what was typed and what is in the way."""
        self.refusal = words
        return self.render_to_response(self.get_context_data(**kwargs), status=status)


@staff_page("backfills/<slug:name>/runs/<uuid:pk>/execute/", name="backfill-execute")
class ExecutePage(ConfirmPage):
    """Execute what a preview showed."""

    title = "Execute"
    form_class = ExecuteForm

    def numbers(self) -> dict[str, Any]:
        run = self.backfill_run
        if not is_ready(run):
            self.refusal = NOT_READY
            return {"card": Card(what=f"{self.backfill.title}, for {run.tenant or 'all businesses'}.")}
        body = preview_body(run, self.backfill)
        would_write = run.counts.get("would_write", 0)
        where, age = run.tenant or "all businesses", age_in_words(run, self.now)
        what = f"{self.backfill.title}, for {where}. The preview's numbers, {age}; each batch looks again before it writes."
        figures = [Figure("Will be written", f"{would_write:,}"), Figure("Candidates", f"{body['total']:,}")]
        return {
            "card": Card(what=what, figures=figures),
            "shares": body["shares"],
            "total": body["total"],
            "button": f"Execute: write {would_write:,} {self.backfill.noun}",
            "consequence": "A worker does it in small batches. You can watch, pause and cancel it, and undo it afterwards.",
        }

    def begin(self, form: ExecuteForm) -> BackfillRun:
        run = self.backfill_run
        if not is_ready(run):
            raise NotPreviewed(NOT_READY)
        return ask_for_run(Request(self.backfill, run.tenant, USING, self.request.user, **form.asked()), now=self.now)

    def done_already(self) -> BackfillRun | None:
        """An execution since the preview: its numbers are used up."""
        since = BackfillRun.objects.for_user(self.request.user).filter(
            backfill=self.backfill.name, is_dry_run=False, undoes=None, created_at__gt=self.backfill_run.created_at
        )
        return since.filter(tenant=self.backfill_run.tenant).order_by("created_at").first()


def is_ready(run: BackfillRun) -> bool:
    """Whether a run is a preview whose numbers can be executed."""
    return run.is_dry_run and run.status == BackfillRun.Status.SUCCEEDED


def age_in_words(run: BackfillRun, now: datetime) -> str:
    """How old a preview is."""
    is_fresh = (now - run.created_at).total_seconds() < 60
    return "just taken" if is_fresh else f"{timesince(run.created_at, now, depth=1)} old"
