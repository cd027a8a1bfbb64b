"""What is found while a sheet is read: cells by name, every mistake with its cell, and what a person should know besides."""

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from typing import Any, TypeVar

from cashback.models import DailyTracker
from cashback.rules.tracker_cells import CellRefused, cents_in, dates_in, text_in
from cashback.rules.tracker_figures import EnteredDay
from cashback.rules.tracker_sheets import SheetKind
from cashback.services.workbooks.opening import Sheet

Meaning = TypeVar("Meaning")

NOT_CALCULATED = "holds a formula that was never calculated. Open and save the file in Excel, or write the value."
LONGEST_SHOWN = 40


@dataclass(frozen=True)
class SheetDay:
    """One day as a sheet has it: `facts` are the columns that people fill, amounts in cents."""

    row: int
    day: int
    facts: dict[str, Any]
    counts: bool

    def as_entered(self) -> EnteredDay:
        """The same, as the rules of figures take it."""
        return EnteredDay(
            day=self.day,
            payment_cents=self.facts["payment_cents"],
            withdrawn_cents=self.facts.get("withdrawn_cents", 0),
            pocket_money_cents=self.facts.get("pocket_money_cents", 0),
            counts=self.counts,
        )


@dataclass
class Reading:
    """A sheet that is being read for a tracker: its days, its mistakes by cell, and remarks."""

    sheet: Sheet
    tracker: DailyTracker
    days: list[SheetDay] = field(default_factory=list)
    mistakes: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    remarks: list[str] = field(default_factory=list)

    @property
    def kind(self) -> SheetKind:
        """The kind of sheet."""
        return self.sheet.kind

    def refuse(self, cell: str, words: object) -> None:
        """Note a mistake of a cell."""
        self.mistakes[cell].append(f"{cell} {words}")

    def says(self, cell: str) -> bool:
        """Whether somebody filled a cell."""
        return cell in self.sheet.values or cell in self.sheet.uncalculated

    def shown(self, cell: str) -> str:
        """What a cell says, as a message quotes it."""
        return text_in(self.sheet.values.get(cell))[:LONGEST_SHOWN]

    def cents(self, cell: str) -> int | None:
        """The amount in a cell; none where it is empty, and where it is a mistake."""
        return self.value(cell, lambda value: cents_in(value, self.tracker.currency))

    def value(self, cell: str, read: Callable[[Any], Meaning]) -> Meaning | None:
        """What a cell means; none where it is empty, and where it is a mistake."""
        if cell in self.sheet.uncalculated:
            self.refuse(cell, NOT_CALCULATED)
        elif cell in self.sheet.values:
            try:
                return read(self.sheet.values[cell])
            except CellRefused as error:
                self.refuse(cell, error)
        return None

    def dates(self, cell: str) -> set[date] | None:
        """All dates that a cell may mean; none where it is empty, or a formula that was never calculated."""
        value = self.sheet.values.get(cell)
        if isinstance(value, int | float) and not isinstance(value, bool):
            value = self.sheet.date_of_number(value)
        return dates_in(value) if cell in self.sheet.values else None
