"""Pages of standing orders: what a customer wants day by day, and what is different on some days."""

from typing import Any

from django.contrib import admin
from django.db.models import OuterRef, Q, QuerySet, Subquery, Sum
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from unfold.decorators import display

from accounts.admin import AuditAdmin, Card, Figure, FollowedLink, Link, State, page_of
from subscriptions.admin.reading import ReadInline
from subscriptions.models import StandingOrder, StandingOrderChange, StandingOrderDay
from subscriptions.rules.standing_order import Change, planned_quantity

RUNNING, TO_COME, ENDED = "running", "to_come", "ended"
STATES = {
    RUNNING: State("Running", "success"),
    TO_COME: State("To come", "info"),
    ENDED: State("Ended"),
}


class Days(ReadInline):
    """How much on which day of the cycle."""

    model = StandingOrderDay
    verbose_name_plural = "Pattern"
    fields = readonly_fields = ["day", "quantity"]

    @display(description="Day of the cycle")
    def day(self, row: StandingOrderDay) -> str:
        return str(row.position + 1)


class Changes(ReadInline):
    """What is different on some days."""

    model = StandingOrderChange
    verbose_name_plural = "Changes"
    fields = readonly_fields = ["kind", "first_day", "last_day", "quantity", "note", "withdrawn_at"]


class WhenItRuns(admin.SimpleListFilter):
    """Running today, to come, or ended. Choices cost no query."""

    title = "state"
    parameter_name = "runs"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(name, state.word) for name, state in STATES.items()]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        today = timezone.localdate()
        conditions = {
            RUNNING: Q(starts_on__lte=today) & (Q(ends_on__isnull=True) | Q(ends_on__gte=today)),
            TO_COME: Q(starts_on__gt=today),
            ENDED: Q(ends_on__lt=today),
        }
        return queryset.filter(conditions.get(self.value() or "", Q()))


@admin.register(StandingOrder)
class StandingOrderAdmin(AuditAdmin):
    """Standing orders: started, changed and ended by services; their days and changes are read here."""

    list_display = ["customer", "product", "quantities", "slot", "starts_on", "ends_on", "state"]
    list_filter = [WhenItRuns, ("customer", FollowedLink), ("product", FollowedLink)]
    list_select_related = ["customer", "product"]
    ordering = ["-pk"]
    search_fields = ["id__exact", "customer__number__exact"]
    search_help_text = "A whole standing order id or customer number."
    empty_says = (
        "A standing order appears here when somebody notes on a customer's page, or by the API, what they want."
    )
    inlines = [Days, Changes]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        days = StandingOrderDay.objects.filter(standing_order=OuterRef("pk")).order_by().values("standing_order")
        in_all = Subquery(days.annotate(in_all=Sum("quantity")).values("in_all"))
        return super().get_queryset(request).annotate(in_all=in_all)

    def card(self, request: HttpRequest, row: StandingOrder) -> Card:
        today = row.tenant.day_of(timezone.now())
        changes = [
            Change(change.kind, change.first_day, change.last_day, change.quantity, change.note)
            for change in row.changes.filter(withdrawn_at__isnull=True)
        ]
        quantity = planned_quantity(
            today, [day.quantity for day in row.days.all()], row.starts_on, row.ends_on, changes
        )
        orders = f"{reverse('admin:subscriptions_dailyorder_changelist')}?standing_order__id__exact={row.pk}"
        until = f"to {row.ends_on:%-d %B %Y}" if row.ends_on else "until somebody ends it"
        slot = f", {row.slot}" if row.slot else ""
        return Card(
            what=f"{row.product} for {row.customer}{slot}, from {row.starts_on:%-d %B %Y} {until}.",
            state=state_on(row, today),
            figures=[Figure("Wanted today", f"{quantity.normalize():f}", note=row.product.unit, href=orders)],
            sum_shown=self.quantities(row),
            links=[
                Link("Customer", str(row.customer), page_of(row.customer)),
                Link("Product", str(row.product), page_of(row.product)),
                Link("", "Its orders", orders),
            ],
        )

    @display(description="Quantity")
    def quantities(self, row: Any) -> str:
        """How much in a whole cycle."""
        return f"{row.in_all.normalize():f} {row.product.unit} {cycle_in_words(row.cycle_days)}"

    @display(description="State")
    def state(self, row: StandingOrder) -> State:
        return state_on(row, timezone.localdate())


def state_on(row: StandingOrder, today: Any) -> State:
    """Whether a standing order runs on a day."""
    if row.ends_on is not None and row.ends_on < today:
        return STATES[ENDED]
    return STATES[TO_COME if row.starts_on > today else RUNNING]


def cycle_in_words(cycle_days: int) -> str:
    """How often the pattern repeats.

    >>> cycle_in_words(1), cycle_in_words(7)
    ('every day', 'in 7 days')
    """
    return "every day" if cycle_days == 1 else f"in {cycle_days} days"
