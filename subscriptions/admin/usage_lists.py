"""Lists of what internet plans leave to look at: warnings of data caps, settled periods, rejected accounting records."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from unfold.decorators import display

from accounts.admin import AuditAdmin, Card, Figure, FollowedLink, Link, State, linked, page_of, when
from billing.admin.money import MoneyAdmin, money
from subscriptions.admin.usage_states import alert_state, period_in_words, period_state
from subscriptions.models import BilledPeriod, DataCapAlert, RejectedUsage
from subscriptions.rules.data_units import data_in_words

LONGEST_SHOWN = 160
PARKED = "It would charge far more than usual. Look at what was used, then release it to be invoiced, or waive it."


class IsOpen(admin.SimpleListFilter):
    """Warnings that still hold, and those that do not. Choices cost no query."""

    title, parameter_name = "state", "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("open", "Holds"), ("resolved", "Resolved")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        if self.value() not in {"open", "resolved"}:
            return queryset
        return queryset.filter(resolved_at__isnull=self.value() == "open")


@admin.register(DataCapAlert)
class DataCapAlertAdmin(AuditAdmin):
    """Warnings: written by the watch over caps alone."""

    list_display = ["created_at", "customer", "of_subscription", "period_start", "threshold", "used", "cap", "state"]
    list_filter = [IsOpen, ("subscription", FollowedLink)]
    list_select_related = ["subscription__customer", "subscription__plan"]
    search_fields = ["id__exact", "subscription__id__exact", "subscription__customer__number__exact"]
    search_help_text = "A whole subscription id or customer number."
    empty_says = "A warning appears here when a customer has used 80 % of their data cap, or what else their plan says."

    def card(self, request: HttpRequest, row: DataCapAlert) -> Card:
        told = told_in_words(row)
        gone = f" It holds no more since {when(row.resolved_at)}." if row.resolved_at else ""
        return Card(
            what=f"{row.subscription.customer} reached {row.threshold_percent} % on {when(row.created_at)}.{told}{gone}",
            state=alert_state(row, row.subscription.customer),
            figures=[Figure("Used then", self.used(row)), Figure("of a cap of", self.cap(row))],
            links=[
                Link("Subscription", str(row.subscription.plan), page_of(row.subscription)),
                Link("Customer", str(row.subscription.customer), page_of(row.subscription.customer)),
            ],
        )

    @display(description="Customer")
    def customer(self, row: DataCapAlert) -> str:
        return str(row.subscription.customer)

    @display(description="Plan")
    def of_subscription(self, row: DataCapAlert) -> Any:
        return linked(row.subscription, str(row.subscription.plan))

    @display(description="Threshold")
    def threshold(self, row: DataCapAlert) -> str:
        return f"{row.threshold_percent} %"

    @display(description="Used")
    def used(self, row: DataCapAlert) -> str:
        return data_in_words(row.usage_bytes)

    @display(description="Cap")
    def cap(self, row: DataCapAlert) -> str:
        return data_in_words(row.cap_bytes)

    @display(description="State")
    def state(self, row: DataCapAlert) -> State:
        return alert_state(row, row.subscription.customer)


def told_in_words(alert: DataCapAlert) -> str:
    """Who has told the customer, or has to."""
    if alert.notified_at is None:
        return " It is only noted: a higher one was told, or it waits for the next watch over caps."
    if alert.subscription.customer.user_id:
        return f" The customer was told on {when(alert.notified_at)}."
    return " The customer has no log-in, so nobody told them: call them."


@admin.register(BilledPeriod)
class BilledPeriodAdmin(MoneyAdmin):
    """Settled periods: written by the billing of usage; a parked one is released or waived by a person."""

    list_display = ["period", "customer", "of_subscription", "state", "used", "cap", "charge", "of_invoice"]
    list_filter = ["status", ("subscription", FollowedLink), ("invoice", FollowedLink)]
    list_select_related = ["subscription__customer", "subscription__plan", "invoice"]
    search_fields = [
        "id__exact",
        "subscription__id__exact",
        "subscription__customer__number__exact",
        "invoice__number__exact",
    ]
    search_help_text = "A whole subscription id, customer number or invoice number."
    empty_says = "A period appears here when the billing of usage has settled it, some days after its end."

    def card(self, request: HttpRequest, row: BilledPeriod) -> Card:
        beyond = data_in_words(row.overage_bytes) if row.overage_bytes else "nothing"
        others = [("Customer", row.subscription.customer), ("Invoice", row.invoice)]
        decided = f" Decided by {row.decided_by}." if row.decided_by_id else ""
        return Card(
            what=f"{row.subscription.plan} for {row.subscription.customer}, {self.period(row)}.{decided}",
            state=period_state(row),
            figures=[
                Figure("Used", self.used(row)),
                Figure("of a cap of", self.cap(row)),
                Figure("Beyond it", beyond),
                Figure("Charge", money(row.overage_cents, row.currency)),
            ],
            sum_shown=row.note,
            warning=PARKED if row.status == BilledPeriod.Status.PARKED else "",
            links=[
                Link("Subscription", str(row.subscription.plan), page_of(row.subscription)),
                *(Link(kind, str(other), page_of(other)) for kind, other in others if other is not None),
            ],
        )

    @display(description="Period")
    def period(self, row: BilledPeriod) -> str:
        return period_in_words(row.period_start, row.period_end)

    @display(description="Customer")
    def customer(self, row: BilledPeriod) -> str:
        return str(row.subscription.customer)

    @display(description="Plan")
    def of_subscription(self, row: BilledPeriod) -> Any:
        return linked(row.subscription, str(row.subscription.plan))

    @display(description="State")
    def state(self, row: BilledPeriod) -> State:
        return period_state(row)

    @display(description="Used")
    def used(self, row: BilledPeriod) -> str:
        return data_in_words(row.usage_bytes)

    @display(description="Cap")
    def cap(self, row: BilledPeriod) -> str:
        return data_in_words(row.cap_bytes) if row.cap_bytes else "unlimited"

    @display(description="Charge")
    def charge(self, row: BilledPeriod) -> str:
        return money(row.overage_cents, row.currency)

    @display(description="Invoice")
    def of_invoice(self, row: BilledPeriod) -> Any:
        return linked(row.invoice) if row.invoice else "–"


@admin.register(RejectedUsage)
class RejectedUsageAdmin(AuditAdmin):
    """Accounting records that could not be taken; the rest of their batch was."""

    list_display = ["created_at", "code", "message", "shown", "origin", "position"]
    search_fields = ["id__exact", "batch_id__exact"]
    search_help_text = "A whole batch id."
    empty_says = "A record appears here when it comes in by the API or from a file and cannot be taken; the rest of its batch is."

    def card(self, request: HttpRequest, row: RejectedUsage) -> Card:
        where = f" of {row.origin}" if row.origin else ""
        return Card(
            what=f"Record {row.position}{where}, come in on {when(row.created_at)}: {row.message}",
            state=State("Rejected", "danger"),
            sum_shown=row.content[:LONGEST_SHOWN],
        )

    @display(description="Record")
    def shown(self, row: RejectedUsage) -> str:
        return row.content[:LONGEST_SHOWN]
