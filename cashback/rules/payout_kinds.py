"""Kinds of payout: which details each needs, how a detail is written, and which numbers of points can be paid out in it.

cash                phone_number; address where it is brought
gpay                gpay_id or phone_number, or both
upi                 upi_id
account             account_name, account_number, ifsc_code and bank_name
amazon_gift_card    nothing; a multiple of the step of the business (500.00 unless it says otherwise)

A detail that its kind does not have is refused: somebody would believe that it counts. What is said about a wrong detail never
repeats it, for refusals are kept.
"""

import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from cashback.rules.plain_text import is_plain_text
from cashback.rules.points import in_points

GIFT_CARD = "amazon_gift_card"
Faults = dict[str, list[str]]


@dataclass(frozen=True, slots=True)
class Needs:
    """What a kind asks for: of each group at least one detail; `also` may be left out."""

    groups: tuple[tuple[str, ...], ...] = ()
    also: tuple[str, ...] = ()

    @property
    def takes(self) -> set[str]:
        """All details that the kind has."""
        return {name for group in (*self.groups, self.also) for name in group}


@dataclass(frozen=True, slots=True)
class Written:
    """How a detail is written: brought into one form, then it `fits` or it does not, and what it should be `says`."""

    fits: Callable[[str], bool]
    says: str
    in_one_form: Callable[[str], str] = str.strip


NEEDS = {
    "cash": Needs(groups=(("phone_number",),), also=("address",)),
    "gpay": Needs(groups=(("gpay_id", "phone_number"),)),
    "upi": Needs(groups=(("upi_id",),)),
    "account": Needs(groups=(("account_name",), ("account_number",), ("ifsc_code",), ("bank_name",))),
    GIFT_CARD: Needs(),
}


def _like(pattern: str) -> Callable[[str], bool]:
    return lambda text: re.fullmatch(pattern, text, re.ASCII) is not None


def _named(text: str) -> str:
    return unicodedata.normalize("NFC", text.strip())


def _without(signs: str) -> Callable[[str], str]:
    return lambda text: text.translate(dict.fromkeys(map(ord, signs))).strip().upper()


WRITTEN = {
    "account_name": Written(
        lambda text: is_plain_text(text, longest=200), "A name of at most 200 characters in one line.", _named
    ),
    "account_number": Written(_like(r"[0-9]{9,18}"), "9 to 18 digits.", _without(" -")),
    "ifsc_code": Written(
        _like(r"[A-Z]{4}0[A-Z0-9]{6}"),
        "Four letters, a zero, six letters or digits, such as HDFC0001234.",
        _without(" "),
    ),
    "bank_name": Written(
        lambda text: is_plain_text(text, longest=200), "A name of at most 200 characters in one line.", _named
    ),
    "upi_id": Written(
        _like(r"(?=.{1,200}$)[A-Za-z0-9._-]{2,}@[A-Za-z][A-Za-z0-9]+"),
        "A UPI id such as asha@okbank, of at most 200 characters.",
    ),
    "gpay_id": Written(
        _like(r"(?=.{1,200}$)[A-Za-z0-9._+-]{2,}@[A-Za-z][A-Za-z0-9]*(?:[.-][A-Za-z0-9]+)*"),
        "An id such as asha@okbank or an e-mail address, of at most 200 characters.",
    ),
    "phone_number": Written(
        _like(r"\+?[0-9]{8,15}"), "8 to 15 digits, with + before a country's code.", _without(" -()")
    ),
    "address": Written(
        lambda text: is_plain_text(text, longest=500, lines=True), "An address of at most 500 characters.", _named
    ),
}


def is_kind(kind: Any) -> bool:
    """Whether points are paid out in this way.

    >>> is_kind("upi"), is_kind("bitcoin"), is_kind(["upi"])
    (True, False, False)
    """
    return isinstance(kind, str) and kind in NEEDS


def read_details(kind: str, details: Mapping[str, Any]) -> tuple[dict[str, str], Faults]:
    """Bring the details of a kind into one form, and say by name which are missing, wrong or not of this kind.

    >>> read_details("account", {"account_number": "12 345"})[1]["account_number"]
    ['9 to 18 digits.']
    >>> read_details("gpay", {"phone_number": "+91 98765-43210"})
    ({'phone_number': '+919876543210'}, {})
    >>> read_details("upi", {"upi_id": "asha@okbank", "bank_name": ""})
    ({'upi_id': 'asha@okbank'}, {})
    """
    given = {name: value for name, value in details.items() if not _is_blank(value)}
    faults: Faults = {str(name): ["This kind does not have it."] for name in given.keys() - NEEDS[kind].takes}
    right: dict[str, str] = {}
    for name in sorted(given.keys() & NEEDS[kind].takes):
        text = WRITTEN[name].in_one_form(given[name]) if isinstance(given[name], str) else ""
        if WRITTEN[name].fits(text):
            right[name] = text
        else:
            faults[name] = [WRITTEN[name].says]
    for group in NEEDS[kind].groups:
        if not given.keys() & set(group):
            faults[group[0]] = [f"Give {' or '.join(group)}."]
    return right, faults


def fault_of_points(kind: str, points_cents: int, *, minima: Mapping[str, int], gift_card_step_cents: int) -> str:
    """Say why so many points cannot be paid out in this kind; nothing when they can.

    *Source*: the old system paid gift cards in multiples of 500.

    >>> fault_of_points("upi", 9_999, minima={"upi": 10_000}, gift_card_step_cents=50_000)
    'At least 100.00 points.'
    >>> fault_of_points("amazon_gift_card", 75_000, minima={}, gift_card_step_cents=50_000)
    'A multiple of 500.00 points.'
    >>> fault_of_points("amazon_gift_card", 100_000, minima={}, gift_card_step_cents=50_000)
    ''
    """
    least = minima.get(kind, 0)
    if points_cents < least:
        return f"At least {in_points(least)} points."
    if kind == GIFT_CARD and points_cents % gift_card_step_cents:
        return f"A multiple of {in_points(gift_card_step_cents)} points."
    return ""


def _is_blank(value: Any) -> bool:
    return value is None or (isinstance(value, str) and not value.strip())
