"""The candidates of a backfill by what happens to them: one bar, each part with its words and number."""

from collections.abc import Mapping
from dataclasses import dataclass

from operations.backfill import Backfill
from operations.backfill.undo import Undo

SMALLEST_PERCENT = 0.8  # a part of one row in a million is still seen


@dataclass(frozen=True, slots=True)
class Share:
    """One part of the bar: what happens, to how many rows, and how wide it is drawn."""

    name: str
    kind: str  # write, left or unclear
    title: str
    words: str
    rows: int
    percent: float

    @property
    def number(self) -> str:
        """How many rows, grouped."""
        return f"{self.rows:,}"


TITLES = {"write": "Write", "left": "Leave", "unclear": "Unclear, for a person"}
TITLES_OF_UNDO = {"write": "Put back", "left": "Leave", "unclear": "Leave"}
ORDER = ("write", "left", "unclear")


def shares(backfill: Backfill, verdicts: Mapping[str, int]) -> list[Share]:
    """The parts in order: written, left (each with its reason), unclear. The percents add up to about a hundred."""
    whole = sum(verdicts.values())
    titles = TITLES_OF_UNDO if isinstance(backfill, Undo) else TITLES
    found = [
        Share(
            name,
            kind_of(backfill, name),
            titles[kind_of(backfill, name)],
            words_of(backfill, name),
            rows,
            round(max(SMALLEST_PERCENT, rows * 100 / whole), 2),
        )
        for name, rows in verdicts.items()
        if rows
    ]
    return sorted(found, key=lambda share: (ORDER.index(share.kind), -share.rows, share.name))


def words_of(backfill: Backfill, verdict: str) -> str:
    """A verdict in words; that an undone row is as before the run goes without the author's saying."""
    is_put_back = isinstance(backfill, Undo) and verdict == backfill.write_verdict
    return "as they were before the run" if is_put_back else backfill.label_of(verdict)


def kind_of(backfill: Backfill, verdict: str) -> str:
    """Whether rows of this verdict are written, left, or unclear."""
    if verdict == backfill.write_verdict:
        return "write"
    return "unclear" if verdict in backfill.unclear_verdicts else "left"
