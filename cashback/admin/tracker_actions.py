"""What is done with trackers: open one, enter what was paid on a day, close and reopen it."""

from typing import Any

from django import forms
from django.urls import reverse

from accounts.admin import ActionPage, DayField, RowAction, page_of, row_action, staff_page
from accounts.models import User
from billing.admin.money import AmountField
from cashback.admin.business_page import PointsOfBusiness
from cashback.admin.people import PersonField
from cashback.models import DailyTracker
from cashback.services import (
    close_tracker,
    may_configure,
    open_tracker,
    reopen_tracker,
    submit_entry,
    submit_no_payment,
)
from cashback.services.trackers import LONGEST_PERIOD_DAYS

RUN = "cashback.run_tracker"


class TrackerForm(forms.Form):
    """Whose, how much a day, over how long."""

    tracker_name = forms.CharField(label="Name", max_length=200)
    tracker_type = forms.ChoiceField(label="Kind", choices=DailyTracker.TrackerType.choices)
    investment_cents = AmountField(label="Invested")
    per_day_payment_cents = AmountField(label="Paid a day")
    scheme_period_days = forms.IntegerField(label="Over so many days", min_value=1, max_value=LONGEST_PERIOD_DAYS)
    start_date = DayField(label="First day", help_text="Day 0.")

    def __init__(self, data: Any, tenant: Any, today: Any) -> None:
        super().__init__(data, initial={"start_date": today, "scheme_period_days": 100})
        self.fields["user"] = PersonField(tenant, label="Owner")
        for name in ("investment_cents", "per_day_payment_cents"):
            self.fields[name].in_currency(tenant.currency)
        self.order_fields(["user"])


@staff_page("cashback/open-tracker/", name="cashback-open-tracker")
class OpenTrackerPage(PointsOfBusiness, ActionPage):
    """Somebody begins to pay in."""

    label, done = "Open a tracker", "The tracker is open: here it is."
    permission_required = RUN
    template_name = "cashback/action.html"
    means = "What is paid in is entered day by day, and counts once somebody else approves it."
    tracker: DailyTracker | None = None

    def make_form(self, data: Any = None) -> TrackerForm:
        return TrackerForm(data, self.tenant, self.today)

    def perform(self, values: dict[str, Any]) -> None:
        self.tracker = open_tracker(actor=self.request.user, tenant=self.tenant, now=self.now, **values)

    def get_trail(self) -> list[tuple[str, str]]:
        return [("Trackers", self.back())]

    def back(self) -> str:
        return reverse("admin:cashback_dailytracker_changelist")

    def onward(self) -> str:
        return page_of(self.tracker) if self.tracker else self.back()


class DayForm(forms.Form):
    """What was paid on a day."""

    day = forms.IntegerField(label="Day", min_value=0, help_text="Day 0 is the first.")
    nothing = forms.BooleanField(label="Nothing is paid that day", required=False)
    payment_cents = AmountField(label="Paid", required=False)
    withdrawn_cents = AmountField(label="Taken out", required=False)
    reinvest_cents = AmountField(label="Reinvested", required=False)
    pocket_money_cents = AmountField(label="Pocket money", required=False)
    payment_mode = forms.CharField(label="How", required=False, max_length=50)
    transaction_details = forms.CharField(label="Reference", required=False, max_length=200)
    reinvest_from = forms.CharField(label="Reinvested from", required=False, max_length=200)
    notes = forms.CharField(label="Notes", required=False, max_length=2000, widget=forms.Textarea(attrs={"rows": 2}))

    def __init__(self, data: Any, tracker: DailyTracker, today: Any) -> None:
        day = min(max(0, (today - tracker.start_date).days), tracker.scheme_period_days)
        super().__init__(data, initial={"day": day, "payment_cents": tracker.per_day_payment_cents})
        for field in self.fields.values():
            if isinstance(field, AmountField):
                field.in_currency(tracker.currency)

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        if not values.get("nothing") and values.get("payment_cents") is None and "payment_cents" not in self.errors:
            self.add_error("payment_cents", "Type what was paid, or say that nothing is paid that day.")
        return values


class EntersDays(RowAction):
    """Days come into a tracker that goes on, by who looks after it."""

    @classmethod
    def is_offered(cls, row: DailyTracker) -> bool:
        return row.is_active

    @classmethod
    def is_for(cls, row: DailyTracker, user: User) -> bool:
        return may_configure(user, row)


@row_action(DailyTracker, "enter", permission=RUN)
class EnterDay(EntersDays):
    """A day is over."""

    label, done, is_main = "Enter a day…", "The day is entered: a colleague approves it.", True
    means = "It waits until somebody else approves it. A day that is entered anew waits again; what it earned is taken back."

    def make_form(self, data: Any = None) -> DayForm:
        return DayForm(data, self.row, self.row.tenant.day_of(self.now))

    def act(self, row: DailyTracker, values: dict[str, Any]) -> None:
        asked: dict[str, Any] = {"actor": self.request.user, "tracker": row, "now": self.now}
        nothing, day = values.pop("nothing"), values.pop("day")
        if nothing:
            self.entry = submit_no_payment(**asked, day=day, notes=values["notes"])
            return
        said = {name: value if value is not None else 0 for name, value in values.items()}
        self.entry = submit_entry(**asked, day=day, **said)

    def leads_to(self, row: DailyTracker) -> str:
        return page_of(self.entry)


@row_action(DailyTracker, "close", permission=RUN)
class CloseTracker(RowAction):
    """No more is paid in."""

    label, done = "Close…", "The tracker is closed; what waits can still be decided."
    means = "No day is entered any more. What waits for approval can still be decided. It can be opened again."

    @classmethod
    def is_offered(cls, row: DailyTracker) -> bool:
        return row.is_active

    def act(self, row: DailyTracker, values: dict[str, Any]) -> None:
        close_tracker(actor=self.request.user, tracker=row)


@row_action(DailyTracker, "reopen", permission=RUN)
class ReopenTracker(RowAction):
    """It goes on."""

    label, done = "Open again…", "The tracker is open again."
    means = "Days are entered again, and its owner sees it again."

    @classmethod
    def is_offered(cls, row: DailyTracker) -> bool:
        return not row.is_active or row.is_closed_by_user

    def act(self, row: DailyTracker, values: dict[str, Any]) -> None:
        reopen_tracker(actor=self.request.user, tracker=row)
