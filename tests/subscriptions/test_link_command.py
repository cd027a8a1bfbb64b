"""The command of the link backfill: the lines of its checklist, its file of cases, its announcements and exit codes."""

from pathlib import Path

import pytest

from operations.models import BackfillRun
from tests import legacy, make
from tests.engine import here
from tests.subscriptions.old_links import COMMAND, a_line, twins

pytestmark = [pytest.mark.subscriptions, pytest.mark.django_db, pytest.mark.usefixtures("no_rests")]


def test_the_command_says_the_lines_of_the_checklist_and_its_numbers_add_up(tmp_path: Path):
    for _ in range(3):
        a_line(owner := make.customer())
        legacy.plan_subscription(owner)
    subscription, old, new = twins()
    legacy.plan_subscription()
    log = tmp_path / "cases.log"
    dry = here.command(COMMAND, "--dry-run", "--ambiguous", "first-active", "--log-file", str(log))
    assert dry.code == 0, dry.err
    seen = log.read_text()
    ended = here.command(
        COMMAND, "--commit", "--no-input", "--ambiguous", "first-active", "--log-file", str(log), "--batch-size", "4"
    )
    assert ended.code == 0, ended.err
    for words in (
        "Batch 1: 4 updated, 0 skipped, 0 errors",
        "Total subscriptions checked: 5",
        "Updated successfully: 4 (1 of them ambiguous)",
        "Skipped: 1",
        "Errors: 0",
    ):
        assert words in ended.out
    assert log.read_text() == seen
    assert f"Subscription {subscription.pk}: first active line taken" in seen
    assert f"chosen:      {old.pk}" in seen and f"rejected:    {new.pk}" in seen


def test_an_example_says_that_a_link_was_empty(tmp_path: Path):
    line = a_line(owner := make.customer())
    legacy.plan_subscription(owner)
    words = ("--dry-run", "--log-file", str(tmp_path / "cases.log"))
    assert f"subscriber_id: empty -> {line.pk}, link_source: empty -> ONLY_LINE" in here.command(COMMAND, *words).out
    [sample] = here.command(COMMAND, *words, "--json").json["samples"]
    assert sample["before"] == {"subscriber_id": None, "link_source": ""}


def test_announcements_before_and_after_are_filled_in_from_the_runs_numbers(tmp_path: Path):
    twins()
    a_line(owner := make.customer())
    legacy.plan_subscription(owner)
    words = ("--json", "--log-file", str(tmp_path / "cases.log"))
    kept = here.command(COMMAND, "--dry-run", "--record", *words).json["run_id"]
    before = here.command("backfill_runs", "show", kept, "--announce").out
    assert "PLANNED WORK: Lines of plan subscriptions" in before
    assert "1 plan subscription will be updated." in before
    run = here.command(COMMAND, "--commit", *words).json["run_id"]
    after = here.command("backfill_runs", "show", run, "--announce").out
    for line in ("COMPLETE: Lines of plan subscriptions", "- 1 plan subscription updated in", "- 1 row waits for a person",
                 "- several lines fit equally well: 1"):  # fmt: skip
        assert line in after


def test_answers_in_json_add_up_and_exit_codes_tell_clean_from_waiting(tmp_path: Path):
    twins()
    legacy.plan_subscription()
    ended = here.command(COMMAND, "--commit", "--json", "--log-file", str(tmp_path / "cases.log"))
    answer = ended.json
    assert ended.code == 1
    assert answer["total_checked"] == answer["updated"] + answer["skipped"] + answer["backfill_errors"] == 2
    assert answer["skipped_by_reason"] == {"ambiguous": 1, "no_line": 1}


@pytest.mark.parametrize(
    "words", [("--batch-size", "0"), ("--batch-size", "-5"), ("--log-file", "/nowhere/at/all.log")]
)
def test_what_makes_no_sense_is_refused_at_the_start(words: tuple[str, ...], tmp_path: Path):
    if "--log-file" not in words:
        words += ("--log-file", str(tmp_path / "cases.log"))
    ended = here.command(COMMAND, "--commit", "--no-input", *words)
    assert ended.code == 2 and ended.err
    assert not BackfillRun.objects.exists()
