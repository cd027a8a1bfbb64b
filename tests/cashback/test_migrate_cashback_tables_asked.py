"""On a terminal `migrate_cashback_tables` and its way back ask yes or no before they write; without one they do not ask."""

import os
import pty

import pytest

from tests.cashback.instances import SIX, Instances, all_of, tables_of
from tests.processes import Ended, Scratch

pytestmark = [pytest.mark.cashback, pytest.mark.django_db]


def at_a_terminal_that_says(answer: str):
    """What sets up, in the child, a terminal on which this was typed."""
    return Typed(answer)


class Typed:
    """A line that a person typed."""

    def __init__(self, line: str) -> None:
        self.line = line

    def __call__(self) -> None:
        import sys

        master, slave = pty.openpty()
        os.write(master, self.line.encode() + b"\n")
        sys.stdin = os.fdopen(slave)
        os.dup2(sys.stdin.fileno(), 0)
        self.kept = master


def roll_back(instances: Instances, answer: str) -> Ended:
    return instances.run("roll_back_cashback_tables", "prod", before=at_a_terminal_that_says(answer))


def migrate(instances: Instances, answer: str, *options: str) -> Ended:
    return instances.run(
        "migrate_cashback_tables", "prod", "--no-backup", *options, before=at_a_terminal_that_says(answer)
    )


def test_a_no_changes_nothing(instances: Instances, prod: Scratch):
    before = all_of(prod)
    ended = migrate(instances, "no")
    assert ended.code == 0
    assert "Create 6 tables and " in ended.out
    assert "supporting tables in 'prod'? [yes/no] " in ended.out
    assert "Nothing was changed in prod: it is left as it was." in ended.out
    assert ended.out.endswith("Instances migrated: 0/1\nLeft as they were: prod\n")
    assert all_of(prod) == before


def test_a_no_drops_nothing(instances: Instances, migrated: Scratch):
    before = all_of(migrated)
    ended = roll_back(instances, "no")
    assert ended.code == 0
    assert "Drop " in ended.out
    assert ended.out.endswith("Instances rolled back: 0/1\nLeft as they were: prod\n")
    assert all_of(migrated) == before


@pytest.mark.parametrize(("answer", "options"), [("yes", ()), ("no", ("--no-input",))])
def test_a_yes_or_not_to_be_asked_goes_on(instances: Instances, prod: Scratch, answer: str, options: tuple[str, ...]):
    ended = migrate(instances, answer, *options)
    assert ended.code == 0, ended.out
    assert ("[yes/no]" in ended.out) is (options == ())
    assert set(SIX) <= tables_of(prod)
