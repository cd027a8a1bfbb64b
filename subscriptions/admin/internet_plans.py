"""Pages of internet plans and of lines: what is sold, and over which line it runs."""

from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from unfold.decorators import display

from accounts.admin import (
    AuditAdmin,
    Card,
    Figure,
    FollowedLink,
    Link,
    ReasonForm,
    RowAction,
    State,
    linked,
    page_of,
    row_action,
    when,
)
from billing.admin.money import MoneyAdmin, money
from subscriptions.models import InternetPlan, Subscriber
from subscriptions.rules.data_units import data_in_words
from subscriptions.services import delete_subscriber, update_plan

SPEED = 1000
SOLD = {
    InternetPlan.Status.DRAFT: State("Draft", "info"),
    InternetPlan.Status.ACTIVE: State("On sale", "success"),
    InternetPlan.Status.INACTIVE: State("No longer sold", "warning"),
    InternetPlan.Status.ARCHIVED: State("Archived"),
}
IN_USE = {
    Subscriber.Status.PENDING: State("Pending", "info"),
    Subscriber.Status.ACTIVE: State("In use", "success"),
    Subscriber.Status.SUSPENDED: State("Suspended", "warning"),
    Subscriber.Status.DISCONNECTED: State("Disconnected", "warning"),
    Subscriber.Status.TERMINATED: State("Terminated"),
}
DELETED = State("Deleted", "danger")


@admin.register(InternetPlan)
class InternetPlanAdmin(MoneyAdmin):
    """Internet plans: what they cost and give is read here; a price never changes under a subscription."""

    list_display = ["code", "name", "speed", "cap", "monthly_price", "overage", "state"]
    list_filter = ["status", "billing_cycle"]
    search_fields = ["code__exact", "id__exact"]
    search_help_text = "A whole plan code or id."
    empty_says = "A plan appears here when it is offered by the API (POST /api/v1/services/internet-plans/plans)."

    def card(self, request: HttpRequest, row: InternetPlan) -> Card:
        subscriptions = f"{reverse('admin:subscriptions_plansubscription_changelist')}?plan__id__exact={row.pk}"
        return Card(
            what=f"{row.name}: {self.speed(row)}, billed {row.get_billing_cycle_display().lower()}.",
            state=SOLD[InternetPlan.Status(row.status)],
            figures=[
                Figure("Costs", self.monthly_price(row), note="tax included"),
                Figure("Data", self.cap(row), note="in a billing period"),
                Figure("Beyond it", self.overage(row), note=row.get_overage_rounding_display().lower()),
            ],
            links=[Link("", "Its subscriptions", subscriptions)],
        )

    @display(description="Down / up")
    def speed(self, row: InternetPlan) -> str:
        return f"{row.download_kbps / SPEED:g} / {row.upload_kbps / SPEED:g} Mbps"

    @display(description="Data")
    def cap(self, row: InternetPlan) -> str:
        return data_in_words(row.cap_bytes) if row.cap_bytes else "unlimited"

    @display(description="Price")
    def monthly_price(self, row: InternetPlan) -> str:
        return money(row.monthly_price_cents, row.currency)

    @display(description="Beyond the cap")
    def overage(self, row: InternetPlan) -> SafeString | str:
        if row.cap_bytes is None or not row.overage_price_cents:
            return "never charged"
        return format_html("{} a {}", money(row.overage_price_cents, row.currency), row.overage_unit)

    @display(description="State")
    def state(self, row: InternetPlan) -> State:
        return SOLD[InternetPlan.Status(row.status)]


class SaleForm(forms.Form):
    """Whether the plan is sold."""

    status = forms.ChoiceField(label="From now on", choices=InternetPlan.Status.choices)


@row_action(InternetPlan, "sell", permission="subscriptions.manage_lines")
class SellPlan(RowAction):
    """Whether it is sold."""

    label, done = "Sell, or sell no longer…", "The plan's state is changed."
    means = (
        "Only a plan on sale is given to customers. Those who have it keep it, whatever its state; its prices stay as they are: "
        "for other prices, make a new plan."
    )

    def make_form(self, data: Any = None) -> SaleForm:
        return SaleForm(data, initial={"status": self.row.status})

    def act(self, row: InternetPlan, values: dict[str, Any]) -> None:
        update_plan(actor=self.request.user, plan=row, **values)


class IsDeleted(admin.SimpleListFilter):
    """Lines that are there, and those that were deleted. Choices cost no query."""

    title, parameter_name = "deleted", "deleted"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("no", "There"), ("yes", "Deleted")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        if self.value() not in {"no", "yes"}:
            return queryset
        return queryset.filter(deleted_at__isnull=self.value() == "no")


@admin.register(Subscriber)
class SubscriberAdmin(AuditAdmin):
    """Lines: taken into the books by services; a deleted one keeps its page and its subscriptions."""

    list_display = ["username", "id", "customer_page", "service_type", "speed", "activated_at", "state"]
    list_filter = [IsDeleted, "status", "service_type", ("customer", FollowedLink)]
    list_select_related = ["customer"]
    search_fields = ["id__exact", "username__exact", "customer__number__exact"]
    search_help_text = "A whole line id, username or customer number."
    empty_says = "A line appears here when it is taken into the books by the API (POST /api/v1/services/subscribers)."

    def card(self, request: HttpRequest, row: Subscriber) -> Card:
        subscriptions = f"{reverse('admin:subscriptions_plansubscription_changelist')}?subscriber__id__exact={row.pk}"
        owner = [Link("Customer", str(row.customer), page_of(row.customer))] if row.customer else []
        return Card(
            what=f"{row.get_service_type_display()} under the username {row.username}.",
            state=state_of(row),
            figures=[Figure("Speed", self.speed(row))],
            warning=f"Deleted on {when(row.deleted_at)}; what was used on it is still billed."
            if row.deleted_at
            else "",
            links=[*owner, Link("", "Its subscriptions", subscriptions)],
        )

    @display(description="Customer")
    def customer_page(self, row: Subscriber) -> Any:
        return linked(row.customer) if row.customer else "–"

    @display(description="Speed")
    def speed(self, row: Subscriber) -> str:
        return f"{row.download_kbps / SPEED:g} Mbps" if row.download_kbps else "not noted"

    @display(description="State")
    def state(self, row: Subscriber) -> State:
        return state_of(row)


def state_of(row: Subscriber) -> State:
    """Whether the line is in use; a deleted one is not, whatever it was before."""
    return DELETED if row.deleted_at else IN_USE[Subscriber.Status(row.status)]


@row_action(Subscriber, "delete", permission="subscriptions.manage_lines")
class DeleteLine(RowAction):
    """It is out of use."""

    label, done = "Delete…", "The line is deleted; its subscriptions keep it."
    means = (
        "The line takes no subscription any more, and its username is free for another. Its row stays, and what was used on it "
        "is billed. End its subscription on the day it was last used."
    )
    form_class = ReasonForm

    @classmethod
    def is_offered(cls, row: Subscriber) -> bool:
        return row.deleted_at is None

    def act(self, row: Subscriber, values: dict[str, Any]) -> None:
        delete_subscriber(actor=self.request.user, subscriber=row, now=self.now, **values)
