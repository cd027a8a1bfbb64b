"""What every money service refuses before it looks at anything else: amounts, currencies and reasons that are none."""

from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from accounts.errors import RuleBroken
from billing.rules.period import FIRST_YEAR, LAST_YEAR

LARGEST_CENTS = 10**15
LARGEST_QUANTITY = Decimal(10**9)


class NotAnAmount(RuleBroken):
    """The amount is no positive whole number of cents."""

    code = "not_an_amount"


class NotAQuantity(RuleBroken):
    """The quantity is no positive number with at most three decimals."""

    code = "not_a_quantity"


class ReasonMissing(RuleBroken):
    """This needs a reason in words."""

    code = "reason_missing"


class WrongCurrency(RuleBroken):
    """Money of one currency cannot pay for a document in another."""

    code = "wrong_currency"


class TimeWithoutZone(RuleBroken):
    """A time without an offset means a different moment in every office."""

    code = "time_without_zone"


class TimeOutOfRange(RuleBroken):
    """A time at the end of the calendar cannot be shown in every time zone."""

    code = "time_out_of_range"


def check_cents(value: Any, *, name: str = "amount_cents", least: int = 1) -> int:
    """Return a whole number of cents of at least `least`; True, 1.0 and "1" are none. *Raises* NotAnAmount."""
    if type(value) is not int or not least <= value <= LARGEST_CENTS:
        raise NotAnAmount(
            f"{name} is {value!r}: it must be a whole number of cents from {least} to {LARGEST_CENTS}, not a decimal or a text.",
            fields={name: [f"Give a whole number of cents from {least} to {LARGEST_CENTS}."]},
        )
    return value


def check_quantity(value: Any, *, name: str = "quantity") -> Decimal:
    """Return an exact positive quantity with at most three decimals; a float is none. *Raises* NotAQuantity."""
    try:
        quantity = None if isinstance(value, bool | float) else Decimal(value)
    except (InvalidOperation, TypeError, ValueError):
        quantity = None
    if (
        quantity is None
        or not quantity.is_finite()
        or not 0 < quantity < LARGEST_QUANTITY
        or quantity % Decimal("0.001")
    ):
        raise NotAQuantity(
            f"{name} is {value!r}: it must be a positive number with at most three decimals, as a whole number or a text.",
            fields={name: ["Give a positive number with at most three decimals."]},
        )
    return quantity


def check_reason(reason: str, *, what: str) -> str:
    """Return the reason without outer blanks. *Raises* ReasonMissing."""
    if not isinstance(reason, str) or not reason.strip():
        raise ReasonMissing(
            f"{what} needs a reason: who reads the books later must understand it. Write one.",
            fields={"reason": ["Write a reason."]},
        )
    return reason.strip()


def check_moment(moment: Any, *, name: str) -> datetime:
    """Return a time that has an offset, in a year that books can be of. *Raises* TimeWithoutZone, TimeOutOfRange."""
    if not isinstance(moment, datetime) or moment.utcoffset() is None:
        raise TimeWithoutZone(
            f"{name} is {moment!r}: it must be a time with an offset, such as 2026-01-13T09:00:00+06:00.",
            fields={name: ["Give a time with an offset."]},
        )
    if not FIRST_YEAR <= moment.year <= LAST_YEAR:
        raise TimeOutOfRange(
            f"{name} is {moment}: nobody kept these books then. Give a time from the year {FIRST_YEAR} to {LAST_YEAR}.",
            fields={name: [f"A year from {FIRST_YEAR} to {LAST_YEAR}."]},
        )
    return moment


def check_currency(currency: str, expected: str, *, of: str, what: str = "The payment") -> None:
    """Let pass only the currency of the document. *Raises* WrongCurrency."""
    if currency != expected:
        raise WrongCurrency(
            f"{what} is in {currency}, but {of} is in {expected}. Record it in {expected}: nothing is converted.",
            fields={"currency": [f"Must be {expected}."]},
        )
