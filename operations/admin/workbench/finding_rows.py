"""One finding in words: its evidence, what can be decided about it, what was decided, and why a decision was refused."""

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from accounts.admin import page_of, when
from operations.admin.backfills import finding_state
from operations.admin.workbench.evidence import Witness
from operations.admin.workbench.lineups import Shown, shown_lineups
from operations.backfill import Backfill, Choice
from operations.models import BackfillFinding, BackfillRun


@dataclass(slots=True)
class Outcome:
    """What became of the rows that a person decided at once."""

    decision: str = ""
    argument: str = ""
    reason: str = ""
    done: int = 0
    refused: dict[str, str] = field(default_factory=dict)


def finding_rows(definition: Backfill, findings: list[BackfillFinding], outcome: Outcome) -> list[dict[str, Any]]:
    """Each finding with its evidence, what can be decided, and what was decided or refused."""
    witness = Witness(definition, [finding.detail for finding in findings])
    lineups = shown_lineups(definition, findings)
    return [finding_row(definition, finding, witness, lineups.get(finding.row_id, []), outcome) for finding in findings]


def finding_row(
    definition: Backfill, finding: BackfillFinding, witness: Witness, lineups: list[Shown], outcome: Outcome
) -> dict[str, Any]:
    """One finding."""
    facts = witness.facts(finding.detail)
    choices = answers_to(definition, finding)
    refusal = outcome.refused.get(str(finding.pk), "")
    return {
        "finding": finding,
        "row": witness.row(finding.row_id),
        "title": definition.label_of(finding.kind),
        "state": finding_state(finding),
        "facts": facts,
        "choices": choices,
        "lineups": lineups if finding.decision is None else [],
        "argument": next((choice for choice in choices if choice.argument), None),
        "offered": offered(choices, facts),
        "decided": decided_words(definition, finding) if finding.decision else None,
        "history": page_of(finding),
        "refusal": refusal,
        "typed": outcome if refusal else Outcome(),
    }


def answers_to(definition: Backfill, finding: BackfillFinding) -> tuple[Choice, ...]:
    """What a person may answer by a button of its own; what is only picked from a line-up has its buttons there."""
    if finding.decision is not None:
        return ()
    return tuple(choice for choice in definition.choices_for(finding.kind) if choice.is_searched or not choice.lineups)


def offered(choices: tuple[Choice, ...], facts: list[Any]) -> list[str]:
    """Names to offer where a choice wants one: those that the evidence mentions."""
    wanted = [choice.argument for choice in choices if choice.argument]
    return sorted({fact.text for fact in facts if fact.text and any(name in fact.name for name in wanted)})


def decided_words(definition: Backfill, finding: BackfillFinding) -> dict[str, Any]:
    """What was decided, by whom, when, why; and whether the run that found it was undone since."""
    labels = {choice.name: choice.label for choice in definition.choices_for(finding.kind)}
    given = ", ".join(str(value) for value in finding.decision_detail.values())
    words = labels.get(finding.decision or "", (finding.decision or "").replace("_", " "))
    return {
        "what": f"{words}: {given}" if given else words,
        "who": finding.decided_by or "an operator",
        "at": when(finding.decided_at),
        "why": finding.decision_reason,
        "run_is_undone": finding.run.status == BackfillRun.Status.UNDONE,
    }


def choices_of(rows: list[dict[str, Any]]) -> list[Choice]:
    """Every choice that some row of the page offers, for a decision about many; not what is picked beside a row."""
    found = {choice.name: choice for row in rows for choice in row["choices"] if not choice.lineups}
    return list(found.values())


def kind_options(definition: Backfill, counts: Counter) -> list[dict[str, Any]]:
    """The kinds that the run found, with their numbers, to choose from."""
    return [
        {"kind": kind, "words": f"{definition.label_of(kind)} ({rows:,})"}
        for (state, kind), rows in sorted(counts.items())
        if state == "all"
    ]
