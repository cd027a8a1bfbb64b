"""Rows of person and points, as forms take them: so many to each, nothing half filled in."""

from collections.abc import Iterator
from typing import Any

from django import forms

from accounts.models import Tenant, User
from cashback.admin.people import PersonField
from cashback.admin.points import PointsField
from cashback.services.texts import LONGEST_NOTE

BY_CONFIGS, BY_HAND, NONE = "configs", "hand", "none"
HALF = "Give both, or neither."


class PeopleForm(forms.Form):
    """Some rows of person and points; `below` names the fields that stand below them."""

    below: tuple[str, ...] = ()

    def __init__(self, data: Any, tenant: Tenant, number: int, **more: Any) -> None:
        super().__init__(data, **more)
        self.numbers = range(1, number + 1)
        for each in self.numbers:
            self.fields[f"person-{each}"] = PersonField(tenant, label="Who", required=False)
            self.fields[f"points-{each}"] = PointsField(label="Points", required=False, help_text="")

    def lines(self) -> Iterator[tuple[int, Any, Any]]:
        """The fields of each row, for the page."""
        for each in self.numbers:
            yield each, self[f"person-{each}"], self[f"points-{each}"]

    def before(self) -> list[Any]:
        """The fields above the rows."""
        shown = self.visible_fields()
        return [field for field in shown if not field.name[-1].isdigit() and field.name not in self.below]

    def after(self) -> list[Any]:
        """The fields below the rows."""
        return [self[name] for name in self.below]

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        rows = [(each, values.get(f"person-{each}"), values.get(f"points-{each}")) for each in self.numbers]
        for each, person, cents in rows:
            if (person is None) != (cents is None) and not {f"person-{each}", f"points-{each}"} & set(self.errors):
                self.add_error(f"points-{each}", HALF)
        values["rows"] = [(person, cents) for _, person, cents in rows if person is not None and cents is not None]
        return values


class CashbackForm(PeopleForm):
    """What is earned: by the configurations, by hand, or nothing; and the mark of the row as the page showed it."""

    MOST_ROWS = 3
    seen = forms.IntegerField(
        required=False, widget=forms.HiddenInput, error_messages={"invalid": "Load the page again."}
    )
    below = ("cashback_reason",)
    cashback = forms.ChoiceField(
        label="Cashback",
        choices=[
            (BY_CONFIGS, "By the configurations, as shown above"),
            (BY_HAND, "As I type below"),
            (NONE, "None this time"),
        ],
    )
    cashback_reason = forms.CharField(
        label="Why by hand",
        required=False,
        max_length=LONGEST_NOTE,
        help_text="Beside points that you type; the office reads it.",
    )

    def __init__(self, data: Any, tenant: Tenant, seen: int) -> None:
        super().__init__(data, tenant, self.MOST_ROWS, initial={"seen": seen})

    def clean(self) -> dict[str, Any]:
        values = super().clean()
        if values.get("cashback") == BY_HAND and not values["rows"] and not self.errors:
            self.add_error("cashback", "Type who earns how much below, or choose another way.")
        if values.get("cashback") != BY_HAND and values["rows"]:
            self.add_error("cashback", "Somebody is typed below: choose “As I type below”, or clear those rows.")
        if values.get("cashback") == BY_HAND and not (values.get("cashback_reason") or self.errors):
            self.add_error("cashback_reason", "Write why: who reads the books later must understand it.")
        return values

    def earned(self) -> dict[str, Any]:
        """How the service is told: nothing for the configurations, else exactly these rows, and why; and what was seen."""
        way, rows = self.cleaned_data["cashback"], self.cleaned_data["rows"]
        by_hand: list[tuple[User, int]] | None = {BY_CONFIGS: None, BY_HAND: rows, NONE: []}[way]
        said = {name: self.cleaned_data[name] for name in ("cashback_reason", "seen")}
        return {"cashback": by_hand, **said}
