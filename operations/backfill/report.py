"""What a preview or a run says to a person at a terminal: the steps of a runbook, and what to do next."""

from collections.abc import Iterable, Mapping
from typing import Any

from accounts.words import counted
from operations.backfill.answer import waits_for_a_person
from operations.backfill.definition import Backfill
from operations.backfill.preview import Preview
from operations.backfill.request import Request
from operations.backfill.runs import backfill_of
from operations.models import BackfillRun

WIDTH = 66


def preview_text(request: Request, seen: Preview, answer: Mapping[str, Any], *, with_next_step: bool = True) -> str:
    """A dry run in words."""
    backfill = request.backfill
    lines = [
        f"{backfill.title}: dry run, nothing is written",
        _where(request.tenant, request.using),
        "",
        *_counted(backfill, seen.population),
        "",
        "What an execution would do",
        *_verdicts(backfill, seen.verdicts, answer),
        *_findings(backfill, seen.findings),
        *_samples(seen),
        "",
        *_author_words(backfill, answer),
        f"{message_in_words(backfill, answer)} in {answer['duration_seconds']:.1f} s.",
    ]
    if answer["run_id"]:
        lines.append(f"Recorded as run {answer['run_id']}, with its findings.")
    if with_next_step:
        lines += ["", *_after_preview(request, seen)]
    return "\n".join(lines)


def run_text(run: BackfillRun, answer: Mapping[str, Any], using: str) -> str:
    """A run in words, from what it counted to what to do next."""
    backfill = backfill_of(run, using)
    return "\n".join(
        [
            f"{backfill.title}: run {run.pk} {run.get_status_display().lower()}",
            _where(run.tenant, using),
            "",
            *_counted(backfill, run.counts.get("population", {})),
            "",
            "What it did",
            _line("written, each with history and undo image", run.counts.get("written", 0)),
            *(_line(f"{name.replace('_', ' ')} along with them", rows) for name, rows in _along(run)),
            *_lefts(backfill, answer["left"]),
            *(
                [_line("set aside: could not be written", run.counts["quarantined"])]
                if run.counts.get("quarantined")
                else []
            ),
            *_findings(backfill, {k: n for k, n in answer["findings"].items() if k not in answer["left"]}),
            "",
            *_verification(run),
            *([f"Error: {run.error}", ""] if run.error else []),
            *_author_words(backfill, answer),
            f"{message_in_words(backfill, answer)} in {run.duration_seconds:.1f} s, {_batches(run)}.",
            "",
            *_after_run(run, using),
        ]
    )


def sign_off_text(run: BackfillRun, using: str) -> str:
    """The runbook's sign-off form, filled in."""
    lines = []
    for label, value in sign_off_lines(run, using):
        lines.append(f"{label + ':':<22} {value}")
        if label == "Verification status":
            lines += [f"  {_box(check['holds'])} {check['check']}" for check in run.verification]
    return "\n".join(["Sign-Off", "=" * WIDTH, *lines, "", "Signature:             ____________________________"])


def sign_off_lines(run: BackfillRun, using: str) -> list[tuple[str, str]]:
    """What the sign-off form says: labels and answers; `run.verification` has the checks."""
    passed = run.status in {BackfillRun.Status.SUCCEEDED, BackfillRun.Status.UNDONE}
    executed = bool(run.started_at) and not run.is_dry_run
    return [
        ("Backfill", f"{run.backfill} (run {run.pk})"),
        ("Backfill executed", f"{_box(executed)} Yes  {_box(not executed)} No"),
        ("Date", f"{(run.started_at or run.created_at):%Y-%m-%d %H:%M %Z}"),
        ("Executed by", str(run.requested_by or "an operator at the terminal")),
        ("Rows updated", str(run.counts.get("written", 0))),
        ("Execution time", f"{run.duration_seconds:.1f} s"),
        ("Verification status", f"{_box(executed and passed)} Passed  {_box(executed and not passed)} Failed"),
        ("Waiting for a person", str(waits_for_a_person(run, using))),
        ("Errors", run.error or "none"),
        ("Undo", _undo_line(run, using)),
        ("Notes", run.reason or "none"),
    ]


def message_in_words(backfill: Backfill, answer: Mapping[str, Any]) -> str:
    """The message of the answer, whose wording scripts rely on, as one says it of a single row."""
    words: str = answer["message"]
    return words.removesuffix("s") if words.endswith(f" 1 {backfill.noun}") else words


def _box(is_checked: bool) -> str:
    return "[x]" if is_checked else "[ ]"


def _where(tenant: Any, using: str) -> str:
    return f"{f'tenant {tenant.slug}' if tenant else 'all tenants'}, database {using}"


def _line(words: str, number: int) -> str:
    return f"  {words:<{WIDTH - 14}} {number:>11,}"


def _batches(run: BackfillRun) -> str:
    """Say how many batches there were, and how long the longest kept its locks."""
    count, longest = run.counts.get("batches", 0), run.counts.get("longest_batch_seconds", 0)
    many = counted(count, "batches", "batch")
    return f"{many} of {longest:.2f} s" if count == 1 else f"{many}, the longest {longest:.2f} s"


def _along(run: BackfillRun) -> Iterable[tuple[str, int]]:
    return sorted(run.counts.get("along", {}).items())


def _counted(backfill: Backfill, counts: Mapping[str, int]) -> Iterable[str]:
    yield "Found"
    for name, number in sorted(counts.items(), key=lambda count: count[0] == "candidates"):
        words = f"candidates among the {backfill.noun}" if name == "candidates" else name.replace("_", " ")
        yield _line(words, number)


def _verdicts(backfill: Backfill, verdicts: Mapping[str, int], answer: Mapping[str, Any]) -> Iterable[str]:
    yield _line(backfill.label_of(backfill.write_verdict), verdicts.get(backfill.write_verdict, 0))
    yield from _lefts(backfill, answer["left"])


def _lefts(backfill: Backfill, lefts: Mapping[str, int]) -> Iterable[str]:
    for name, number in sorted(lefts.items()):
        what = "unclear" if name in backfill.unclear_verdicts else "left"
        yield _line(f"{what}: {backfill.label_of(name)}", number)


def _findings(backfill: Backfill, findings: Mapping[str, int]) -> Iterable[str]:
    shown = {kind: number for kind, number in findings.items() if number}
    if shown:
        yield "For your information"
    for kind, number in sorted(shown.items()):
        yield _line(backfill.label_of(kind), number)


def _samples(seen: Preview) -> Iterable[str]:
    if seen.samples:
        yield "Examples"
    for sample in seen.samples[:3]:
        before = sample["before"]
        changed = [(name, before[name], value) for name, value in sample["after"].items() if value != before[name]]
        words = ", ".join(f"{name}: {_shown(was)} -> {_shown(value)}" for name, was, value in changed)
        yield f"  {sample['row_id']}  {words}"


def _shown(value: Any) -> str:
    return "empty" if value is None or value == "" else str(value)


def _author_words(backfill: Backfill, answer: Mapping[str, Any]) -> Iterable[str]:
    words = list(backfill.in_words(answer))
    return [*words, ""] if words else []


def _verification(run: BackfillRun) -> Iterable[str]:
    if run.verification:
        yield "Verification"
    for check in run.verification:
        mark = "holds" if check["holds"] else f"BROKEN: found {check['found']}, expected {check['expected']}"
        yield f"  {check['check']}: {mark}"
    if run.verification:
        yield ""


def _after_preview(request: Request, seen: Preview) -> Iterable[str]:
    name = f"backfill_{request.backfill.name}"
    scope = f" --tenant {request.tenant.slug}" if request.tenant else ""
    if not seen.would_write(request.backfill.write_verdict):
        yield "Next: nothing to write."
        return
    yield f'Next: python manage.py {name}{scope} --execute --reason "TICKET"'


def _after_run(run: BackfillRun, using: str) -> Iterable[str]:
    waiting = waits_for_a_person(run, using)
    if run.status == BackfillRun.Status.PAUSED:
        yield f"Paused: {run.stop_reason}."
        yield f"Next: python manage.py backfill_runs resume {run.pk}"
    elif run.status == BackfillRun.Status.CANCELLED:
        yield f"Cancelled: {run.stop_reason}. What it wrote stays; `backfill_runs undo {run.pk}` puts it back."
    elif run.status == BackfillRun.Status.FAILED:
        yield f"Failed. Look: python manage.py backfill_runs show {run.pk}. Go on: backfill_runs resume {run.pk}."
    elif waiting:
        wait = counted(waiting, "wait", "waits")
        yield f"Next: {wait} for a person to decide: admin, Backfills, Findings (or `backfill_runs show {run.pk}`)."
    else:
        yield f"Next: python manage.py backfill_runs show {run.pk} --sign-off"
    yield f"Undo: {_undo_line(run, using)}"


def _undo_line(run: BackfillRun, using: str) -> str:
    if run.undoes_id:
        return f"this run undid run {run.undoes_id}"
    if run.status == BackfillRun.Status.UNDONE:
        return "undone"
    return f"python manage.py backfill_runs undo {run.pk}" if run.counts.get("written") else "nothing was written"
