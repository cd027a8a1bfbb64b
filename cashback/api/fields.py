"""How bodies write points, shares and people."""

import re
from decimal import Decimal
from typing import Any
from uuid import UUID

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from accounts.api.door import Door
from accounts.api.fields import StrictSerializer, Text, WholeNumber
from accounts.errors import NotFound
from accounts.models import User
from cashback.rules.points import MOST_POINTS_CENTS
from cashback.services.texts import LONGEST_NOTE

MOST_ROWS = 500


class Points(WholeNumber):
    """A whole number of hundredths of a point: no fraction, no text, no true or false."""

    def __init__(self, **options: Any) -> None:
        super().__init__(min_value=1, max_value=MOST_POINTS_CENTS, **options)


class Fraction(serializers.Field):
    """A fraction from 0 to 1 as text, never a number that a computer rounds."""

    places = 4
    default_error_messages = {"invalid": 'Not a fraction from 0 to 1 with at most {places} decimals, such as "0.05".'}

    def to_internal_value(self, data: Any) -> Decimal:
        pattern = rf"0(\.[0-9]{{1,{self.places}}})?|1(\.0{{1,{self.places}}})?"
        if not isinstance(data, str) or not re.fullmatch(pattern, data):
            self.fail("invalid", places=self.places)
        return Decimal(data)

    def to_representation(self, value: Decimal) -> str:
        return f"{value:f}"


@extend_schema_field({"type": "string", "pattern": r"^(0(\.[0-9]{1,4})?|1(\.0{1,4})?)$", "example": "0.05"})
class Share(Fraction):
    """A share of a base: "0.05" is 5 %."""


@extend_schema_field({"type": "string", "pattern": r"^(0(\.[0-9]{1,6})?|1(\.0{1,6})?)$", "example": "0.12"})
class Rate(Fraction):
    """Interest a year: "0.12" is 12 %."""

    places = 6


class PersonName(Text):
    """A person of the business, by e-mail in any case or by id."""

    def __init__(self, **options: Any) -> None:
        super().__init__(max_length=254, help_text="By e-mail, in any case, or by id.", **options)


class PointsRowForm(StrictSerializer):
    """How many points for whom."""

    user = PersonName()
    points_cents = Points()


class NothingForm(StrictSerializer):
    """Nothing needs to be said."""


def person_named(door: Door, text: str, *, name: str, place: str = "") -> User:
    """The person of the business with this e-mail or id, or 404; `name` is the body's key, `place` the row in it."""
    known = {"pk": text} if _is_key(text) else {"email": text.strip().lower()}
    people = User.objects.filter(tenant=door.tenant())
    found = people.filter(**known).first()
    if found is None:
        said = f"{place}There is no such person in your business."
        raise NotFound(
            "There is no such person in your business. Look at the e-mail or id again.", fields={name: [said]}
        )
    return found


def rows_of(door: Door, rows: list[dict[str, Any]], *, name: str) -> list[tuple[User, int]]:
    """The people and points of a body's rows."""
    return [
        (person_named(door, row["user"], name=name, place=f"{number}: "), row["points_cents"])
        for number, row in enumerate(rows)
    ]


class CashbackForm(StrictSerializer):
    """Who earns cashback on it, if not as configured; and which version of it was seen."""

    cashback = PointsRowForm(
        many=True,
        required=False,
        allow_null=True,
        max_length=MOST_ROWS,
        help_text="Who earns how much instead of what is configured. Left out: as configured. Empty: nobody earns. Rows are for "
        "administrators, and up to the base for who is assigned.",
    )
    cashback_reason = Text(
        max_length=LONGEST_NOTE, required=False, allow_blank=True, help_text="Why, beside rows. The office reads it."
    )
    seen = WholeNumber(
        min_value=0,
        required=False,
        allow_null=True,
        help_text="`seen` of the row as you read it: if it changed since, nothing is decided (409). Left out: not compared.",
    )


def by_hand(door: Door, form: dict[str, Any]) -> dict[str, Any]:
    """Who shall earn what, and why, and what was seen; None: as configured; an empty list: nobody."""
    rows = form.get("cashback")
    named = None if rows is None else rows_of(door, rows, name="cashback")
    return {"cashback": named, "cashback_reason": form.get("cashback_reason", ""), "seen": form.get("seen")}


def shown_mark() -> serializers.Field:
    """The key of an answer that says which version of a row it shows."""
    return serializers.IntegerField(help_text="Which version of the row this is: send it with the decision on it.")


def _is_key(text: str) -> bool:
    try:
        return str(UUID(text)) == text.lower()
    except ValueError:
        return False
