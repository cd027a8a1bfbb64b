"""The page that undoes a run: it shows first what would be put back and what would be left."""

from typing import Any

from accounts.admin import Card, Figure, staff_page, when
from accounts.errors import DomainError
from operations.admin.workbench.ask import ConfirmPage, ReasonForm
from operations.admin.workbench.evidence import Writing
from operations.admin.workbench.examples import example_classes
from operations.admin.workbench.scope import USING
from operations.admin.workbench.shares import shares
from operations.backfill.preview import Preview, preview
from operations.backfill.request import Request
from operations.backfill.undo import refuse_unless_undoable, undo_of_run
from operations.models import BackfillChange, BackfillRun
from operations.services.backfills import ask_for_undo
from operations.services.previews import WHILE_ONE_WAITS_ROWS

CONSEQUENCE = "Only the columns that the run wrote are put back, with history; everybody's later edits stay."


@staff_page("backfills/<slug:name>/runs/<uuid:pk>/undo/", name="backfill-undo")
class UndoPage(ConfirmPage):
    """Undo a run: what it would put back, what it would leave."""

    title = "Undo"

    def numbers(self) -> dict[str, Any]:
        if self.backfill_run.counts.get("written", 0) > WHILE_ONE_WAITS_ROWS:
            return self.written_alone()
        return self.row_by_row()

    def written_alone(self) -> dict[str, Any]:
        """For a run that wrote many rows: what it wrote. Looking at each row takes long, and the undo does it anyway."""
        run = self.backfill_run
        try:
            refuse_unless_undoable(run, USING)
        except DomainError as error:
            self.refusal = self.refusal or error.message
            return {"card": Card(what=f"The run of {when(run.created_at)}.")}
        title, written = undo_of_run(run, USING).title, f"{run.counts['written']:,}"
        what = (
            f"{title}, as the run of {when(run.created_at)} wrote them. These are too many to look at while you "
            "wait. The undo looks at each: a row that anybody edited since, or that has been signed for, stays and is listed."
        )
        return {
            "card": Card(what=what, figures=[Figure("Written by the run", written)]),
            "button": f"Undo: put back at most {written} {self.backfill.noun}",
            "consequence": CONSEQUENCE,
        }

    def row_by_row(self) -> dict[str, Any]:
        """What would be put back and what would be left, with examples."""
        run = self.backfill_run
        undo, seen, gone = self.foreseen()
        back = seen.would_write(undo.write_verdict)
        figures = [
            Figure("Written by the run", f"{run.counts.get('written', 0):,}"),
            Figure("Would be put back", f"{back:,}"),
        ]
        if gone:
            figures.append(Figure("Gone since", f"{gone:,}", "deleted after the run"))
        return {
            "card": Card(
                what=f"{undo.title}, as the run of {when(run.created_at)} wrote them. What anybody edited since stays.",
                figures=figures,
            ),
            "shares": shares(undo, seen.verdicts),
            "total": sum(seen.verdicts.values()),
            "samples": Writing(undo, seen.samples).rows(),
            "classes": example_classes(undo, seen.examples, seen.verdicts),
            "button": f"Undo: put back {back:,} {undo.noun}" if seen.verdicts else "",
            "consequence": CONSEQUENCE,
        }

    def foreseen(self) -> tuple[Any, Preview, int]:
        """A preview of the undo, and how many rows are gone. An undo that is impossible says so and shows nothing."""
        run = self.backfill_run
        undo = undo_of_run(run, USING)
        try:
            refuse_unless_undoable(run, USING)
        except DomainError as error:
            self.refusal = self.refusal or error.message
            return undo, Preview(), 0
        seen = preview(Request(undo, run.tenant, USING, self.request.user).plan(), now=self.now)
        written = BackfillChange.objects.using(USING).filter(run=run, table=undo.model._meta.db_table).count()
        return undo, seen, written - sum(seen.verdicts.values())

    def begin(self, form: ReasonForm) -> BackfillRun:
        run = self.backfill_run
        asked = Request(self.backfill, run.tenant, USING, self.request.user, form.cleaned_data["reason"])
        return ask_for_undo(run_id=run.pk, request=asked, now=self.now)

    def done_already(self) -> BackfillRun | None:
        """The undo of this run that is active or has succeeded."""
        done = [*BackfillRun.ACTIVE, BackfillRun.Status.SUCCEEDED]
        return self.backfill_run.undone_by.filter(status__in=done).order_by("-created_at").first()
