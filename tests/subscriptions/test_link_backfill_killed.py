"""Real processes: the link backfill killed at any statement and resumed ends as if undisturbed, its file of cases too."""

import signal
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from tests.engine.conftest import empty_books  # noqa: F401 - a fixture
from tests.engine.content import content, digest
from tests.engine.test_killed_runs import die_at_statement
from tests.processes import Scratch, Template, copy_database, drop_database
from tests.subscriptions.old_links import messy_books

pytestmark = [pytest.mark.subscriptions, pytest.mark.django_db]

COMMAND = "backfill_plan_subscription_subscriber_id"
GUESS = ("--ambiguous", "first-active", "--batch-size", "3")


@pytest.fixture(scope="module")
def messy(empty_books: Template, tmp_path_factory: Any) -> Iterator[Template]:  # noqa: F811
    folder = tmp_path_factory.mktemp("links")
    url = copy_database(empty_books.url, folder)
    made = Scratch(url, folder).start_function(messy_books).wait()
    assert made.code == 0, made.err
    yield Template(url, folder)
    drop_database(url)


def execute(log: Path) -> tuple[str, ...]:
    return (COMMAND, "--commit", "--no-input", "--reason", "OPS-3", "--log-file", str(log), *GUESS)


def test_killed_at_any_statement_and_resumed_links_evidence_and_file_are_those_of_a_twin(
    messy: Template, tmp_path: Path
):
    with messy.copy() as scratch, messy.copy() as twin:
        assert twin.run(*execute(tmp_path / "twin.log")).code in {0, 1}
        log = tmp_path / "killed.log"
        number, kills, command = 30, 0, execute(log)
        while scratch.run(*command, before=partial(die_at_statement, number, "before")).code == -signal.SIGKILL:
            is_begun = scratch.ask("SELECT id FROM backfill_runs WHERE status IN ('PENDING', 'RUNNING')")
            command = (COMMAND, "--resume", "--log-file", str(log)) if is_begun else execute(log)
            number, kills = number + 5, kills + 1
        assert kills > 4
        assert content(scratch) == content(twin)
        assert log.read_text() == (tmp_path / "twin.log").read_text() != ""


def test_its_dry_run_leaves_every_table_equal_and_writes_the_same_cases(messy: Template, tmp_path: Path):
    with messy.copy() as scratch:
        before = digest(scratch)
        dry = scratch.run(COMMAND, "--dry-run", "--log-file", str(tmp_path / "dry.log"), *GUESS)
        assert dry.code in {0, 1}, dry.err
        assert digest(scratch) == before
        assert scratch.run(*execute(tmp_path / "done.log")).code == dry.code
        assert (tmp_path / "dry.log").read_text() == (tmp_path / "done.log").read_text()
