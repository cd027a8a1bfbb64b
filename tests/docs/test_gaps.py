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


def rows() -> dict[int, str]:
    """What the table says of each weakness."""
    text = WEAKNESSES.read_text(encoding="utf-8")
    return {int(number): row for number, row in re.findall(r"^\| (\d+) (\|.*)$", text, re.MULTILINE)}


def test_all_ten_gaps_have_failure_cure_and_tests():
    assert list(sections()) == [f"GAP-{number:03}" for number in range(1, 11)]
    for gap, text in sections().items():
        assert "**The failure.**" in text and "**Impossible because**" in text and NAMED_TEST.search(text), gap


def test_all_35_weaknesses_are_shown_by_a_test():
    assert list(rows()) == list(range(1, 36))
    assert [number for number, row in rows().items() if not NAMED_TEST.search(row)] == []


@pytest.mark.parametrize("page", [GAPS, WEAKNESSES], ids=lambda page: page.name)
def test_every_test_that_is_named_exists(page):
    missing = []
    for file, name in NAMED_TEST.findall(page.read_text(encoding="utf-8")):
        path = ROOT / file
        if not path.exists() or f"\ndef {name}(" not in path.read_text(encoding="utf-8"):
            missing.append(f"{file}::{name}")
    assert missing == []


def test_every_numbered_test_of_a_weakness_stands_in_its_row():
    code = (ROOT / "tests/subscriptions/test_weaknesses.py").read_text(encoding="utf-8")
    named = re.findall(r"\ndef (test_weakness_(\d\d)_\w+)\(", code)
    assert [name for name, number in named if name not in rows()[int(number)]] == []
