"""A finding's row beside those that it may belong to: what is known of each, and a button that chooses it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.safestring import SafeString

from accounts.admin import linked
from operations.admin.workbench.evidence import in_words
from operations.admin.workbench.scope import USING
from operations.backfill import Backfill, Candidate, Choice, Lineup
from operations.models import BackfillFinding

PICKED = "Chosen on the work list, with the evidence side by side."


@dataclass(frozen=True, slots=True)
class Side:
    """One column: a name, what is known, and for a candidate its button and what speaks against it."""

    title: str | SafeString
    facts: Sequence[tuple[str, Any]]
    pick: str = ""
    button: str = ""
    against: str = ""


@dataclass(frozen=True, slots=True)
class Shown:
    """A line-up as the page shows it: the row first, then its candidates."""

    row: Side
    candidates: Sequence[Side]


def shown_lineups(definition: Backfill, findings: Sequence[BackfillFinding]) -> dict[str, list[Shown]]:
    """The line-ups of the undecided rows of a page: each choice that has any is asked once for all of them."""
    shown: dict[str, list[Shown]] = {}
    for choice, row_ids in asked_for(definition, findings).items():
        assert choice.lineups is not None
        for row_id, lineup in choice.lineups(row_ids, USING).items():
            shown.setdefault(row_id, []).append(as_shown(choice, lineup))
    return shown


def asked_for(definition: Backfill, findings: Sequence[BackfillFinding]) -> Mapping[Choice, list[str]]:
    """The rows of each choice that has line-ups."""
    asked: dict[Choice, list[str]] = {}
    for finding in findings:
        if finding.decision is None:
            for choice in definition.choices_for(finding.kind):
                if choice.lineups is not None:
                    asked.setdefault(choice, []).append(finding.row_id)
    return asked


def as_shown(choice: Choice, lineup: Lineup) -> Shown:
    """A line-up in words."""
    row = Side(lineup.title, in_pairs(lineup.facts))
    return Shown(row, [as_side(choice, candidate) for candidate in lineup.candidates])


def as_side(choice: Choice, candidate: Candidate) -> Side:
    """One candidate in words."""
    title = linked(candidate.row, candidate.title) if candidate.row is not None else candidate.title
    return Side(
        title,
        in_pairs(candidate.facts),
        f"{choice.name} {candidate.argument}",
        f"Choose {candidate.title}",
        candidate.against,
    )


def in_pairs(facts: Mapping[str, Any]) -> list[tuple[str, Any]]:
    """Facts as pairs of words and value."""
    return [(words, value if isinstance(value, SafeString) else in_words(value)) for words, value in facts.items()]


def picked(pick: str) -> tuple[str, str]:
    """The choice and the argument that a button of a line-up stands for.

    >>> picked("link line 7")
    ('link', 'line 7')
    """
    name, _, argument = pick.partition(" ")
    return name, argument
