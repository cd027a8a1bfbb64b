"""What a person who may execute can do with a run as it stands: a button for each, with what happens then."""

from dataclasses import dataclass
from datetime import datetime

from operations.admin.workbench.base import run_address
from operations.admin.workbench.scope import Scope
from operations.backfill.runs import is_alive
from operations.models import BackfillRun

Status = BackfillRun.Status


@dataclass(frozen=True, slots=True)
class Action:
    """A button: what it does, where it posts to (or leads), and what happens then."""

    name: str
    label: str
    href: str
    explains: str
    is_main: bool = False
    is_link: bool = False


def actions_of(run: BackfillRun, scope: Scope, now: datetime) -> list[Action]:
    """What a person who may execute can do with a run as it stands."""
    if run.is_dry_run:
        return preview_actions(run, scope)
    if run.is_active:
        return active_actions(run, scope, now)
    return ended_actions(run, scope)


def preview_actions(run: BackfillRun, scope: Scope) -> list[Action]:
    """Go on from a preview: execute what it showed."""
    if run.is_active:
        words = "it wrote nothing, and will not"
        return [Action("cancel", "Cancel", run_address(run, "backfill-run-cancel") + scope.query, words)]
    if not run.counts.get("would_write") or run.status != Status.SUCCEEDED:
        return []
    words = f"Execute: write {run.counts['would_write']:,} rows"
    address = run_address(run, "backfill-execute") + scope.query
    return [Action("execute", words, address, "asks for a reason first", is_main=True, is_link=True)]


def active_actions(run: BackfillRun, scope: Scope, now: datetime) -> list[Action]:
    """Pause, resume, cancel."""

    def posting(label: str, page: str, explains: str, *, is_main: bool = False) -> Action:
        return Action(page, label, run_address(run, f"backfill-run-{page}") + scope.query, explains, is_main)

    cancel = posting("Cancel", "cancel", "ends it for good; what it wrote stays and can be undone")
    resume = posting("Resume", "resume", "goes on where it stopped; no row twice, none missed", is_main=True)
    if run.status == Status.PAUSED or (run.status == Status.RUNNING and not is_alive(run, now)):
        return [resume, cancel]
    if run.status == Status.PENDING:
        return [cancel]
    return [posting("Pause", "pause", "stops after the batch under way; can be resumed", is_main=True), cancel]


def ended_actions(run: BackfillRun, scope: Scope) -> list[Action]:
    """Sign off, resume a failed run, undo."""

    def address(page: str) -> str:
        return run_address(run, page) + scope.query

    found = []
    if run.status == Status.FAILED:
        words = "goes on behind the last finished batch"
        found.append(Action("resume", "Resume", address("backfill-run-resume"), words, is_main=True))
    found.append(Action("sign-off", "Sign-off form", address("backfill-sign-off"), "to print", is_link=True))
    if run.counts.get("written") and run.status != Status.UNDONE and not run.undoes_id:
        words = "shows first what it would put back and what it would leave"
        found.append(Action("undo", "Undo…", address("backfill-undo"), words, is_link=True))
    return found
