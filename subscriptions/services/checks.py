"""What services refuse before they look at anything else: days that are none, and quantities that nobody can deliver."""

from collections.abc import Iterable
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from accounts.errors import RuleBroken
from billing.rules.period import FIRST_YEAR, LAST_YEAR
from billing.services.checks import NotAQuantity, check_quantity

LARGEST_PLANNED = Decimal(100_000)  # a day of many changes still fits the column
LONGEST_CYCLE = 366


class NotADay(RuleBroken):
    """This is no day that books can be of."""

    code = "not_a_day"


class DaysReversed(RuleBroken):
    """The last day comes before the first."""

    code = "days_reversed"


class NotAPattern(RuleBroken):
    """These quantities are no pattern that can repeat."""

    code = "not_a_pattern"


def check_day(day: Any, *, name: str) -> date:
    """Return a calendar day in a year that books can be of; a time is none. *Raises* NotADay."""
    if not isinstance(day, date) or isinstance(day, datetime) or not FIRST_YEAR <= day.year <= LAST_YEAR:
        raise NotADay(
            f"{name} is {day!r}: it must be a day from the year {FIRST_YEAR} to {LAST_YEAR}, such as 2026-01-13.",
            fields={name: [f"Give a day from the year {FIRST_YEAR} to {LAST_YEAR}."]},
        )
    return day


def check_days(first: Any, last: Any, *, names: tuple[str, str]) -> tuple[date, date | None]:
    """Return the first and the last day; none is open. *Raises* NotADay, DaysReversed."""
    check_day(first, name=names[0])
    if last is not None and check_day(last, name=names[1]) < first:
        raise DaysReversed(
            f"{names[1]} is {last}, before {names[0]} {first}. Give a last day on or after the first, or none.",
            fields={names[1]: [f"Not before {first}."]},
        )
    return first, last


def check_planned(quantity: Any, *, name: str = "quantity") -> Decimal:
    """Return a quantity that can be planned for a day. *Raises* NotAQuantity."""
    checked = check_quantity(quantity, name=name)
    if checked > LARGEST_PLANNED:
        raise NotAQuantity(
            f"{name} is {quantity}: nobody delivers more than {LARGEST_PLANNED} of one product to one door in a day.",
            fields={name: [f"At most {LARGEST_PLANNED}."]},
        )
    return checked


def check_pattern(quantities: Any) -> list[Decimal]:
    """Return the quantities of a cycle, one a day: none negative, at least one positive. *Raises* NotAPattern, NotAQuantity."""
    if isinstance(quantities, str) or not isinstance(quantities, Iterable):
        quantities = [quantities]
    pattern = [_nothing_or_planned(quantity) for quantity in quantities]
    if not any(pattern) or len(pattern) > LONGEST_CYCLE:
        raise NotAPattern(
            f"{len(pattern)} quantities, {sum(map(bool, pattern))} of them positive: give one quantity for each day of the "
            f"cycle, at most {LONGEST_CYCLE} days, and something on at least one of them.",
            fields={"quantities": [f"1 to {LONGEST_CYCLE} quantities, at least one positive."]},
        )
    return pattern


def _nothing_or_planned(quantity: Any) -> Decimal:
    is_nothing = type(quantity) is int and quantity == 0 or isinstance(quantity, Decimal) and quantity == 0
    is_nothing = is_nothing or isinstance(quantity, str) and quantity.strip("0.") == "" and quantity.strip() != ""
    return Decimal(0) if is_nothing else check_planned(quantity, name="quantities")
