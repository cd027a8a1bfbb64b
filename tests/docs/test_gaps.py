"""The pages about gaps and weaknesses name every number, and each of their tests exists, to the letter."""

import re

import pytest

from tests.docs.pages import ROOT

pytestmark = [pytest.mark.ground]

GAPS, WEAKNESSES = (ROOT / f"docs/{name}.md" for name in ("payment-gaps", "weaknesses"))
NAMED_TEST = re.compile(r"`(tests/[\w/]+\.py)::(\w+)`")


def sections() -> dict[str, str]:
    """What the page says of each gap."""
    _, *parts = re.split(r"^## (GAP-\d{3}) ", GAPS.read_text(encoding="utf-8"), flags=re.MULTILINE)
    return dict(zip(parts[::2], parts[1::2], strict=True))


def rows(letter: str = "") -> dict[int, str]:
    """What the table says of each weakness; those of cashback have a C before their number."""
    text = WEAKNESSES.read_text(encoding="utf-8")
    found = re.findall(rf"^\| {letter}(\d+) (\|.*)$", text, re.MULTILINE)
    return {int(number): row for number, row in found}


def test_all_ten_gaps_have_failure_cure_and_tests():
    assert list(sections()) == [f"GAP-{number:03}" for number in range(1, 11)]
    for gap, text in sections().items():
        assert "**The failure.**" in text and "**Impossible because**" in text and NAMED_TEST.search(text), gap


@pytest.mark.parametrize(("letter", "count"), [("", 35), ("C", 21)])
def test_all_weaknesses_are_shown_by_a_test(letter, count):
    told = rows(letter)
    assert list(told) == list(range(1, count + 1))
    assert [number for number, row in told.items() if not NAMED_TEST.search(row)] == []


@pytest.mark.parametrize("page", [GAPS, WEAKNESSES], ids=lambda page: page.name)
def test_every_test_that_is_named_exists(page):
    missing = []
    for file, name in NAMED_TEST.findall(page.read_text(encoding="utf-8")):
        path = ROOT / file
        if not path.exists() or f"\ndef {name}(" not in path.read_text(encoding="utf-8"):
            missing.append(f"{file}::{name}")
    assert missing == []


@pytest.mark.parametrize(("letter", "app"), [("", "subscriptions"), ("C", "cashback")])
def test_every_numbered_test_of_a_weakness_stands_in_its_row(letter, app):
    code = (ROOT / f"tests/{app}/test_weaknesses.py").read_text(encoding="utf-8")
    named = re.findall(r"\ndef (test_weakness_(\d\d)_\w+)\(", code)
    assert named != []
    assert [name for name, number in named if name not in rows(letter)[int(number)]] == []
