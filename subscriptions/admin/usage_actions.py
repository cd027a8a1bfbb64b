"""What the office decides about usage: release or waive a parked charge, and declare what was used where no records tell it."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django import forms
from unfold.widgets import UnfoldAdminDecimalFieldWidget

from accounts.admin import ReasonForm, RowAction, page_of, row_action
from subscriptions.admin.usage_states import period_in_words
from subscriptions.models import BilledPeriod, PlanSubscription
from subscriptions.rules.data_units import BYTES_IN, GB, MB, TB, bytes_of
from subscriptions.services.usage_billing import declare_usage, release_parked, undeclared_periods, waive_parked

NOTHING_TO_DECLARE = "Records tell what was used in every closed period: there is nothing to declare."
UNITS = [(unit, unit) for unit in (GB, MB, TB)]


class ParkedAction(RowAction):
    """What is done with a charge that waits for a person."""

    form_class = ReasonForm

    @classmethod
    def is_offered(cls, row: BilledPeriod) -> bool:
        return row.status == BilledPeriod.Status.PARKED


@row_action(BilledPeriod, "release", permission="subscriptions.decide_usage")
class ReleaseParked(ParkedAction):
    """Ask for the charge after all."""

    label, done, is_main = "Release…", "The charge is released: here is its invoice.", True
    means = "The charge is right: it is invoiced at once, as it stands."

    def act(self, row: BilledPeriod, values: dict[str, Any]) -> None:
        self.invoice = release_parked(actor=self.request.user, period=row, now=self.now, **values)

    def leads_to(self, row: BilledPeriod) -> str:
        return page_of(self.invoice)


@row_action(BilledPeriod, "waive", permission="subscriptions.decide_usage")
class WaiveParked(ParkedAction):
    """Ask for nothing; also where the invoice is void, before the next billing asks anew."""

    label, done = "Waive…", "The charge is waived: the customer is asked for nothing."
    means = "The customer is asked for nothing beyond the monthly price. It stays in the history of the period, with your reason."

    @classmethod
    def is_offered(cls, row: BilledPeriod) -> bool:
        return super().is_offered(row) or row.invoice is not None and not row.invoice.is_asking

    def act(self, row: BilledPeriod, values: dict[str, Any]) -> None:
        waive_parked(actor=self.request.user, period=row, now=self.now, **values)


class DeclareForm(ReasonForm):
    """Which period, how much, and how that is known."""

    period_start = forms.TypedChoiceField(label="Period", coerce=date.fromisoformat)
    quantity = forms.DecimalField(
        label="Used", min_value=0, max_digits=12, decimal_places=3, widget=UnfoldAdminDecimalFieldWidget
    )
    unit = forms.ChoiceField(label="Unit", choices=UNITS, help_text=f"1 GB is {BYTES_IN[GB]:,} bytes.")
    field_order = ("period_start", "quantity", "unit", "reason")

    def __init__(self, data: Any, row: PlanSubscription, now: datetime) -> None:
        super().__init__(data)
        field, waiting = self.fields["period_start"], undeclared_periods(row, now=now)
        field.choices = [(str(period.start), period_in_words(period.start, period.end)) for period in waiting]
        field.help_text = "Of each of these, no records tell what was used." if waiting else NOTHING_TO_DECLARE


@row_action(PlanSubscription, "declare-usage", permission="subscriptions.decide_usage")
class DeclareUsage(RowAction):
    """Say what was used in a period that sent no records."""

    label, done = "Declare usage…", "What was used is declared; beyond the cap it is invoiced."
    means = (
        "For a closed period of which no records tell what was used. Beyond the cap it is invoiced at once; records that still "
        "come count instead of it."
    )

    def make_form(self, data: Any = None) -> DeclareForm:
        return DeclareForm(data, self.row, self.now)

    def act(self, row: PlanSubscription, values: dict[str, Any]) -> None:
        quantity, unit = Decimal(values.pop("quantity")), values.pop("unit")
        self.period = declare_usage(
            actor=self.request.user, subscription=row, usage_bytes=bytes_of(quantity, unit), now=self.now, **values
        )
        self.done = f"{period_in_words(self.period.period_start, self.period.period_end)}: {self.done}"

    def leads_to(self, row: PlanSubscription) -> str:
        return page_of(self.period)
