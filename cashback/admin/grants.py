"""Points by hand: given to people or removed from them, several at once, all rows or none, with a reason that they read."""

from typing import Any

from django import forms
from django.urls import reverse

from accounts.admin import ActionPage, ReasonForm, RowAction, page_of, row_action, staff_page
from accounts.words import counted
from cashback.admin.business_page import PointsOfBusiness
from cashback.admin.people_rows import PeopleForm
from cashback.models import CashbackTransaction
from cashback.rules.points import in_points
from cashback.services import grant_points, remove_points, take_back_points
from cashback.services.grants import BY_HAND

GRANT, REMOVE = "grant", "remove"
ROWS, MOST_ROWS = 5, 100
MANY = 30
MORE = "All rows or none: while one of them is wrong, nothing is booked."


class GrantForm(PeopleForm):
    """What is done, to whom, and why."""

    below = ("reason", "notes")
    way = forms.ChoiceField(label="What", choices=[(GRANT, "Give points"), (REMOVE, "Remove points")])
    reason = forms.CharField(
        label="Why",
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text="The person reads it beside the points.",
        error_messages={"required": "Write a reason: the person reads it beside the points."},
    )
    notes = forms.CharField(
        label="Notes for the office", required=False, max_length=2000, help_text="Only the office reads them."
    )

    def clean(self) -> dict[str, Any]:
        values = super().clean()
        if not values["rows"] and not self.errors:
            raise forms.ValidationError("Nobody is named yet. Type who gets how many points, or loses them.")
        return values


@staff_page("cashback/grants/", name="cashback-grants")
class GrantPage(PointsOfBusiness, ActionPage):
    """Several people at once."""

    label = "Grant or remove points"
    permission_required = "cashback.grant_points"
    template_name = "cashback/rows_action.html"
    means = (
        "Points that somebody gets or loses by decision, not by a loan or a tracker. What is removed must be on the account. "
        "Nobody gives points to themselves or takes their own."
    )
    done = ""

    def make_form(self, data: Any = None) -> GrantForm:
        asked = self.request.GET.get("rows", "")
        number = min(int(asked), MOST_ROWS) if asked.isdecimal() else ROWS
        initial = {"person-1": self.request.GET.get("who", "")}
        return GrantForm(data, self.tenant, max(1, number), initial=initial)

    def perform(self, values: dict[str, Any]) -> None:
        service = grant_points if values["way"] == GRANT else remove_points
        asked = {name: values[name] for name in ("rows", "reason", "notes")}
        booked = service(actor=self.request.user, tenant=self.tenant, now=self.now, **asked)
        total = in_points(sum(row.points_cents for row in booked))
        did = "given to" if values["way"] == GRANT else "removed from"
        self.done = f"{total} points are {did} {counted(len(booked), 'people', 'person')}."

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        more = {"more": MORE, "many": MANY, "many_address": self.address("cashback-grants", rows=MANY)}
        return {**super().get_context_data(**kwargs), **more}

    def get_trail(self) -> list[tuple[str, str]]:
        return [("Balances", self.back())]

    def back(self) -> str:
        return reverse("admin:cashback_cashbackaccount_changelist")


@row_action(CashbackTransaction, "take-back", permission="cashback.grant_points")
class TakeBack(RowAction):
    """A grant, a removal or a transfer was a mistake."""

    label, done = "Take back…", "It is taken back: here is the row that does it."
    means = (
        "For a grant, a removal or a transfer that was a mistake. A row of its own takes all of it back and is linked to it. "
        "What was spent meanwhile becomes a debt, which the next points repay."
    )
    form_class = ReasonForm

    @classmethod
    def is_offered(cls, row: CashbackTransaction) -> bool:
        return row.transaction_type in BY_HAND and not CashbackTransaction.objects.filter(reverses=row).exists()

    def act(self, row: CashbackTransaction, values: dict[str, Any]) -> None:
        self.taken = take_back_points(actor=self.request.user, row=row, now=self.now, **values)

    def leads_to(self, row: CashbackTransaction) -> str:
        return page_of(self.taken)
