"""How much of a standing order is wanted on a day.

Mrs Rahman takes 2 litres and 1 litre in turn from the 1st. On the 5th (a 2-litre day) she wants 1 more, on the 6th nothing:

>>> from datetime import date; from decimal import Decimal
>>> more = Change("INCREASE", date(2026, 3, 5), date(2026, 3, 6), Decimal(1))
>>> away = Change("SKIP", date(2026, 3, 6), date(2026, 3, 6))
>>> turn = [Decimal(2), Decimal(1)]
>>> [str(planned_quantity(date(2026, 3, day), turn, date(2026, 3, 1), None, [more, away])) for day in (4, 5, 6, 7)]
['1', '3', '0', '2']

`subscriptions.selectors.wanted` says the same in SQL; a property test holds the two equal.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

SKIP, INCREASE, DECREASE, NOTE = "SKIP", "INCREASE", "DECREASE", "NOTE"
COUNTING = frozenset({INCREASE, DECREASE})
NOTHING = Decimal(0)
LONGEST_NOTE = 500
BETWEEN_NOTES = " · "


@dataclass(frozen=True, slots=True)
class Change:
    """What is different from `first_day` to `last_day`, both included; without a last day until somebody ends it."""

    kind: str
    first_day: date
    last_day: date | None = None
    quantity: Decimal | None = None
    note: str = ""

    def covers(self, day: date) -> bool:
        """Whether the change speaks of this day."""
        return self.first_day <= day and (self.last_day is None or day <= self.last_day)


def planned_quantity(
    day: date, quantities: Sequence[Decimal], starts_on: date, ends_on: date | None, changes: Iterable[Change] = ()
) -> Decimal:
    """Answer how much is wanted on a day: the pattern's quantity with its changes, never below nothing.

    Nothing before `starts_on` and after `ends_on`, whatever the changes say. A skip wins over everything else of its day, in
    whatever order it was entered; increases and decreases add up.
    *Source*: issue 4; reference 6, points 24 and 25.
    """
    if day < starts_on or (ends_on is not None and day > ends_on):
        return NOTHING
    today = [change for change in changes if change.covers(day)]
    if any(change.kind == SKIP for change in today):
        return NOTHING
    more = sum((change.quantity or NOTHING for change in today if change.kind == INCREASE), NOTHING)
    less = sum((change.quantity or NOTHING for change in today if change.kind == DECREASE), NOTHING)
    return max(NOTHING, quantities[day_of_cycle(day, starts_on, len(quantities))] + more - less)


def notes_for(day: date, changes: Iterable[Change]) -> str:
    """Answer what the changes of a day say to who delivers, in the order in which they begin; cut at `LONGEST_NOTE`."""
    notes = [change.note for change in sorted(changes, key=_begins) if change.note and change.covers(day)]
    return BETWEEN_NOTES.join(notes)[:LONGEST_NOTE]


def day_of_cycle(day: date, starts_on: date, cycle_days: int) -> int:
    """Answer which day of the cycle a date is: 0 on `starts_on`, whatever months and leap years lie between.

    >>> day_of_cycle(date(2028, 3, 1), date(2028, 2, 27), 3)
    0
    """
    return (day - starts_on).days % cycle_days


def cycle_offset(starts_on: date, cycle_days: int) -> int:
    """Answer what a standing order stores, so that `(day.toordinal() - offset) % cycle_days` is the day of the cycle."""
    return starts_on.toordinal() % cycle_days


def _begins(change: Change) -> date:
    return change.first_day
