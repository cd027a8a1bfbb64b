"""What an administrator does with a plan subscription: every step asks for a reason and is done by its service."""

from typing import Any

from django import forms

from accounts.admin import DayField, ReasonForm, RowAction, row_action
from subscriptions.models import InternetPlan, PlanSubscription, Subscriber
from subscriptions.rules.data_units import GB
from subscriptions.rules.data_units import bytes_of as in_bytes
from subscriptions.services import (
    change_plan,
    confirm_link,
    end_plan_subscription,
    link_subscriber,
    move_to_subscriber,
    resume_plan_subscription,
    set_data_cap,
    suspend_plan_subscription,
)

CHANGE = "subscriptions.manage_lines"
MOST_CHOICES = 200


@row_action(PlanSubscription, "suspend", permission=CHANGE)
class Suspend(RowAction):
    """It rests."""

    label, done = "Suspend…", "The subscription is suspended."
    means = (
        "The subscription rests. It keeps its line, and what was used is billed; nobody is warned of the cap meanwhile."
    )
    form_class = ReasonForm

    @classmethod
    def is_offered(cls, row: PlanSubscription) -> bool:
        return row.is_active and not row.is_suspended

    def act(self, row: PlanSubscription, values: dict[str, Any]) -> None:
        suspend_plan_subscription(actor=self.request.user, subscription=row, **values)


@row_action(PlanSubscription, "resume", permission=CHANGE)
class Resume(RowAction):
    """It goes on."""

    label, done, is_main = "Resume…", "The subscription goes on.", True
    means = "The subscription goes on as it was before it was suspended."
    form_class = ReasonForm

    @classmethod
    def is_offered(cls, row: PlanSubscription) -> bool:
        return row.is_active and row.is_suspended

    def act(self, row: PlanSubscription, values: dict[str, Any]) -> None:
        resume_plan_subscription(actor=self.request.user, subscription=row, **values)


class EndForm(ReasonForm):
    """The last day, and why."""

    last_day = DayField(label="Last day")
    field_order = ("last_day", "reason")


@row_action(PlanSubscription, "end", permission=CHANGE)
class End(RowAction):
    """It ends after a day."""

    label, done = "End…", "The subscription has its last day."
    means = "The subscription ends after this day. Its last period is cut there and billed, and its line is free the day after."
    form_class = EndForm

    @classmethod
    def is_offered(cls, row: PlanSubscription) -> bool:
        return row.is_active

    def act(self, row: PlanSubscription, values: dict[str, Any]) -> None:
        end_plan_subscription(actor=self.request.user, subscription=row, **values)


class FromDayForm(ReasonForm):
    """From which day on, and why."""

    from_day = DayField(label="From this day on")


class LineForm(ReasonForm):
    """One of the customer's lines, and why."""

    subscriber_id = forms.ChoiceField(label="Line")
    field_order = ("subscriber_id", "from_day", "reason")

    def __init__(self, data: Any, row: PlanSubscription, *, also_deleted: bool = False) -> None:
        super().__init__(data)
        lines = Subscriber.objects.filter(tenant=row.tenant_id, customer=row.customer_id)
        lines = lines if also_deleted else lines.live()
        self.fields["subscriber_id"].choices = [(line.pk, in_words(line)) for line in lines[:MOST_CHOICES]]


class MoveForm(LineForm, FromDayForm):
    """To which other line, from which day on, and why."""

    def __init__(self, data: Any, row: PlanSubscription) -> None:
        super().__init__(data, row)
        field = self.fields["subscriber_id"]
        field.choices = [each for each in field.choices if each[0] != row.subscriber_id]
        if not field.choices:
            field.help_text = (
                "The customer has no other line. Take one into the books first (POST /api/v1/services/subscribers)."
            )


@row_action(PlanSubscription, "move", permission=CHANGE)
class Move(RowAction):
    """It goes over to another line."""

    label, done = "Move to another line…", "The subscription is on the other line from that day on."
    means = (
        "From this day on the subscription is on another line of the same customer; before it, what was used on the old line "
        "counts. If the line was wrong from the beginning, say which line it is instead."
    )

    @classmethod
    def is_offered(cls, row: PlanSubscription) -> bool:
        return row.is_active and row.subscriber_id is not None

    def make_form(self, data: Any = None) -> MoveForm:
        return MoveForm(data, self.row)

    def act(self, row: PlanSubscription, values: dict[str, Any]) -> None:
        move_to_subscriber(actor=self.request.user, subscription=row, **values)


@row_action(PlanSubscription, "link", permission=CHANGE)
class SayTheLine(RowAction):
    """Which line it is and was."""

    label, done = "Say which line it is…", "The line is noted, and confirmed by you."
    means = (
        "Says which line the subscription is for and was for from its first day, where nobody knew, or where it was wrong. No "
        "backfill touches it then. A line that was deleted may be said too: what was used on it is billed."
    )

    def make_form(self, data: Any = None) -> LineForm:
        return LineForm(data, self.row, also_deleted=True)

    def act(self, row: PlanSubscription, values: dict[str, Any]) -> None:
        link_subscriber(actor=self.request.user, subscription=row, now=self.now, **values)


@row_action(PlanSubscription, "confirm-link", permission=CHANGE)
class ConfirmTheLine(RowAction):
    """The line is right."""

    label, done = "Confirm its line…", "The line is confirmed by you."
    means = "The line is right, however the subscription came to it. No backfill, and no undo of one, touches it then."
    form_class = ReasonForm

    @classmethod
    def is_offered(cls, row: PlanSubscription) -> bool:
        return row.subscriber_id is not None and row.link_confirmed_at is None

    def act(self, row: PlanSubscription, values: dict[str, Any]) -> None:
        confirm_link(actor=self.request.user, subscription=row, now=self.now, **values)


class PlanForm(FromDayForm):
    """To which plan, from which day on, and why."""

    plan_id = forms.ChoiceField(label="Plan")
    field_order = ("plan_id", "from_day", "reason")

    def __init__(self, data: Any, row: PlanSubscription) -> None:
        super().__init__(data)
        plans = InternetPlan.objects.filter(tenant=row.tenant_id, status=InternetPlan.Status.ACTIVE).exclude(
            pk=row.plan_id
        )
        self.fields["plan_id"].choices = [(str(plan.pk), str(plan)) for plan in plans[:MOST_CHOICES]]


@row_action(PlanSubscription, "change-plan", permission=CHANGE)
class ChangePlan(RowAction):
    """Another plan from a day on."""

    label, done = "Change plan…", "The subscription has the other plan from that day on."
    means = "From this day on the other plan holds. A period that sees both is billed in parts, each with its share of its cap."

    @classmethod
    def is_offered(cls, row: PlanSubscription) -> bool:
        return row.is_active

    def make_form(self, data: Any = None) -> PlanForm:
        return PlanForm(data, self.row)

    def act(self, row: PlanSubscription, values: dict[str, Any]) -> None:
        change_plan(actor=self.request.user, subscription=row, **values)


class CapForm(FromDayForm):
    """Which cap of their own, from which day on, and why."""

    cap = forms.DecimalField(
        label="Own cap in GB",
        required=False,
        max_digits=10,
        decimal_places=2,
        min_value=0,
        help_text="1 GB is 1024³ bytes. Empty: the plan's own cap.",
    )
    field_order = ("cap", "from_day", "reason")


@row_action(PlanSubscription, "change-cap", permission=CHANGE)
class ChangeCap(RowAction):
    """Another cap from a day on."""

    label, done = "Change cap…", "The subscription has the other cap from that day on."
    means = "From this day on this customer's own cap holds instead of the plan's; without one, the plan's again."
    form_class = CapForm

    @classmethod
    def is_offered(cls, row: PlanSubscription) -> bool:
        return row.is_active

    def act(self, row: PlanSubscription, values: dict[str, Any]) -> None:
        cap = values.pop("cap")
        wanted = None if cap is None else in_bytes(cap, GB)
        set_data_cap(actor=self.request.user, subscription=row, custom_data_cap_bytes=wanted, **values)


def in_words(line: Subscriber) -> str:
    """A line as it stands among the choices."""
    state = "deleted" if line.deleted_at else line.get_status_display().lower()
    return f"{line.username} · {line.pk} · {line.get_service_type_display().lower()} · {state}"
