"""What the office does with standing orders: start one, pause or change some days, end it, take a change back."""

from typing import Any

from django import forms

from accounts.admin import DayField, ReasonForm, RowAction, page_of, row_action
from accounts.ids import new_id
from billing.models import Customer
from subscriptions.admin.fields import QuantityField, products_on_sale
from subscriptions.models import Product, StandingOrder, StandingOrderChange
from subscriptions.services import (
    change_standing_order,
    end_change,
    end_standing_order,
    start_standing_order,
    withdraw_change,
)

PLAN = "subscriptions.plan_orders"


class StandingOrderForm(forms.Form):
    """What a customer wants, how much, from when on."""

    product = forms.ModelChoiceField(label="Product", queryset=Product.objects.none(), empty_label=None)
    quantities = forms.CharField(
        label="How much each day",
        max_length=400,
        help_text="2 is two every day. Several repeat day by day: 2 0 is two every other day, seven are a week.",
    )
    slot = forms.ChoiceField(label="Part of the day", required=False)
    starts_on = DayField(label="From")
    ends_on = DayField(label="Until", required=False, help_text="Empty: until somebody ends it.")
    id = forms.UUIDField(widget=forms.HiddenInput)

    def __init__(self, data: Any, customer: Customer, today: Any) -> None:
        super().__init__(data, initial={"starts_on": today, "id": new_id()})
        self.fields["product"].queryset = products_on_sale(customer.tenant)  # type: ignore[attr-defined]
        slots = customer.round.slots if customer.round else []
        self.fields["slot"].choices = [("", "none in particular"), *((slot, slot) for slot in slots)]  # type: ignore[attr-defined]

    def clean_quantities(self) -> list[str]:
        """The quantities as they were typed, one for each day of the cycle."""
        return self.cleaned_data["quantities"].replace(",", " ").split()


@row_action(Customer, "standing-order", permission=PLAN)
class StartStandingOrder(RowAction):
    """What a customer gets without asking."""

    label, done = "New standing order…", "The standing order is noted: generate its days on the page Today."
    means = "What the customer wants from a day on, until somebody ends it. Its orders are generated day by day."
    made: StandingOrder | None = None

    def make_form(self, data: Any = None) -> StandingOrderForm:
        return StandingOrderForm(data, self.row, self.row.tenant.day_of(self.now))

    def act(self, row: Customer, values: dict[str, Any]) -> None:
        self.made = start_standing_order(actor=self.request.user, customer=row, **values)

    def leads_to(self, row: Customer) -> str:
        return page_of(self.made) if self.made else page_of(row)


class ChangeForm(forms.Form):
    """What is different, on which days."""

    kind = forms.ChoiceField(
        label="What is different",
        choices=[
            ("SKIP", "Nothing at all: a pause"),
            ("INCREASE", "More"),
            ("DECREASE", "Less"),
            ("NOTE", "Only a note"),
        ],
    )
    quantity = QuantityField(label="By how much", required=False, help_text="For more or less: on each of the days.")
    first_day = DayField(label="From")
    last_day = DayField(label="Until", required=False, help_text="Empty: until somebody ends it.")
    note = forms.CharField(label="Note for who delivers", required=False, max_length=500)
    id = forms.UUIDField(widget=forms.HiddenInput)


class OfStandingOrder(RowAction):
    """An action on a standing order: what follows must be generated."""

    @property
    def today(self) -> Any:
        """Today where the business is."""
        return self.row.tenant.day_of(self.now)


@row_action(StandingOrder, "change", permission=PLAN)
class ChangeStandingOrder(OfStandingOrder):
    """Some days are different."""

    label, done, is_main = (
        "Pause or change…",
        "The change is noted. Generate the days again that were generated already.",
        True,
    )
    means = "On these days the customer gets nothing, more or less. A pause wins over everything else on its days."

    def make_form(self, data: Any = None) -> ChangeForm:
        return ChangeForm(data, initial={"first_day": self.today, "id": new_id()})

    def act(self, row: StandingOrder, values: dict[str, Any]) -> None:
        change_standing_order(actor=self.request.user, standing_order=row, **values)


class EndForm(ReasonForm):
    """Its last day, and why."""

    ends_on = DayField(label="Last day")
    field_order = ("ends_on", "reason")


@row_action(StandingOrder, "end", permission=PLAN)
class EndStandingOrder(OfStandingOrder):
    """The customer wants it no more."""

    label, done = "End…", "The standing order ends then. Generate later days again that were generated already."
    means = "The last day is delivered, then nothing more. What was delivered stays as it is."

    def make_form(self, data: Any = None) -> EndForm:
        return EndForm(data, initial={"ends_on": self.row.ends_on or self.today})

    def act(self, row: StandingOrder, values: dict[str, Any]) -> None:
        end_standing_order(actor=self.request.user, standing_order=row, **values)


class EndChangeForm(ReasonForm):
    """Which change, and its last day; without one it is taken back altogether."""

    change = forms.ModelChoiceField(label="Which change", queryset=StandingOrderChange.objects.none(), empty_label=None)
    last_day = DayField(
        label="Last day", required=False, help_text="Empty: it is taken back, as if it had never been noted."
    )
    field_order = ("change", "last_day", "reason")

    def __init__(self, data: Any, standing_order: StandingOrder) -> None:
        super().__init__(data)
        standing = standing_order.changes.filter(withdrawn_at=None).order_by("-first_day", "pk")
        self.fields["change"].queryset = standing  # type: ignore[attr-defined]


@row_action(StandingOrder, "end-change", permission=PLAN)
class EndChange(OfStandingOrder):
    """The holiday is over."""

    label, done = "End or take back a change…", "Done. Generate the days again that were generated already."
    means = "A pause that is over gets its last day. A change that was a mistake is taken back."

    def make_form(self, data: Any = None) -> EndChangeForm:
        return EndChangeForm(data, self.row)

    def act(self, row: StandingOrder, values: dict[str, Any]) -> None:
        asked = {"actor": self.request.user, "change": values["change"], "reason": values["reason"]}
        if values["last_day"]:
            end_change(last_day=values["last_day"], **asked)
        else:
            withdraw_change(now=self.now, **asked)
