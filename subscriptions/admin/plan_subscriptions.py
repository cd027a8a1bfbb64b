"""Pages of plan subscriptions: who has which plan on which line, how much data is used, what was billed, who was warned."""

from datetime import date
from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from unfold.decorators import display

from accounts.admin import Card, Figure, FollowedLink, Link, State, linked, page_of, when
from billing.admin.glance import Column, Glance, GlanceAdmin
from billing.admin.money import money
from operations.admin.workbench.base import worklist_address
from operations.admin.workbench.scope import scope_of
from subscriptions.admin.usage_chart import can_be_drawn, in_words, usage_chart
from subscriptions.admin.usage_states import alert_state, period_in_words, period_state
from subscriptions.invariants.usage_figures import LINKS
from subscriptions.models import PlanSubscription
from subscriptions.rules.data_units import data_in_words
from subscriptions.rules.reasons import WORDS
from subscriptions.selectors.usage_course import UsageCourse, usage_course

MOST_ROWS = 24
NO_LINE = "Nobody knows which line it is, so what is used on it cannot be billed, and nobody is warned."
STATES = {
    "running": State("Running", "success"),
    "suspended": State("Suspended", "warning"),
    "to_come": State("To come", "info"),
    "ended": State("Ended"),
}


class HasLine(admin.SimpleListFilter):
    """Subscriptions whose line is known, confirmed by a person, or missing. Choices cost no query."""

    title, parameter_name = "line", "line"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("missing", "Missing"), ("unconfirmed", "Known, not confirmed"), ("confirmed", "Confirmed by a person")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        conditions = {
            "missing": {"subscriber__isnull": True},
            "unconfirmed": {"subscriber__isnull": False, "link_confirmed_at__isnull": True},
            "confirmed": {"link_confirmed_at__isnull": False},
        }
        return queryset.filter(**conditions.get(self.value() or "", {}))


@admin.register(PlanSubscription)
class PlanSubscriptionAdmin(GlanceAdmin):
    """Plan subscriptions: begun, changed and ended by services, never edited as rows."""

    change_form_template = "subscriptions/plan_subscription.html"
    list_display = ["customer", "plan", "line", "start_date", "end_date", "state"]
    list_filter = [
        HasLine,
        "is_active",
        "is_suspended",
        "link_source",
        ("customer", FollowedLink),
        ("plan", FollowedLink),
    ]
    list_select_related = ["customer", "plan", "subscriber"]
    search_fields = ["id__exact", "customer__number__exact", "subscriber__id__exact", "subscriber__username__exact"]
    search_help_text = "A whole subscription id, customer number, line id or username."
    empty_says = "A subscription appears here when a customer gets an internet plan on one of their lines."

    def card(self, request: HttpRequest, row: PlanSubscription) -> Card:
        course = usage_course(row, now=timezone.now())
        return Card(
            what=in_a_sentence(row),
            state=state_today(row),
            figures=usage_figures(course) if course else [],
            sum_shown=sum_shown(course),
            warning=NO_LINE if row.subscriber_id is None else unknown(course),
            links=[*links(request, row)],
        )

    def glances(self, request: HttpRequest, row: PlanSubscription) -> list[Glance]:
        return [alerts_glance(row), periods_glance(row)]

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        row = kwargs.get("obj")
        course = usage_course(row, now=timezone.now()) if row is not None else None
        if course is not None and can_be_drawn(course):
            period = course.usage.period
            context |= {
                "usage_chart": usage_chart(course),
                "usage_says": in_words(course),
                "usage_heading": f"Used from {period_in_words(period.start, period.end)}",
            }
        return super().render_change_form(request, context, *args, **kwargs)

    @display(description="Line")
    def line(self, row: PlanSubscription) -> Any:
        return linked(row.subscriber) if row.subscriber else State("Missing", "danger")

    @display(description="State")
    def state(self, row: PlanSubscription) -> State:
        return state_today(row)


def in_a_sentence(row: PlanSubscription) -> str:
    """What the subscription is."""
    until = f"to {row.end_date:%-d %B %Y}" if row.end_date else "until somebody ends it"
    return f"{row.plan} for {row.customer}, from {row.start_date:%-d %B %Y} {until}."


def state_today(row: PlanSubscription) -> State:
    """Whether it runs today, where the reader is."""
    today: date = timezone.localdate()
    if not row.is_active or (row.end_date is not None and row.end_date < today):
        return STATES["ended"]
    if row.start_date > today:
        return STATES["to_come"]
    return STATES["suspended" if row.is_suspended else "running"]


def usage_figures(course: UsageCourse) -> list[Figure]:
    """Used, cap, share and forecast."""
    usage = course.usage
    used = data_in_words(usage.total_bytes) if usage.is_known else "unknown"
    cap = data_in_words(usage.cap_bytes) if usage.cap_bytes else "unlimited"
    figures = [Figure("Used in this period", used), Figure("of a cap of", cap)]
    if course.percent is not None and usage.is_known:
        figures.append(Figure("Share of the cap", f"{course.percent} %"))
    if course.forecast_bytes is not None:
        figures.append(Figure("Expected at its end", data_in_words(course.forecast_bytes), "if it goes on as it began"))
    return figures


def sum_shown(course: UsageCourse | None) -> str:
    """The parts of a period that saw several plans, caps or lines."""
    if course is None or len(course.usage.parts) < 2:
        return ""
    parts = [
        f"{part.first_day:%-d %b} to {part.last_day:%-d %b}, {part.plan.name}: {data_in_words(part.usage.total_bytes)}"
        for part in course.usage.parts
    ]
    return f"{' + '.join(parts)} = {data_in_words(course.usage.total_bytes)}"


def unknown(course: UsageCourse | None) -> str:
    """Why nobody knows what was used."""
    if course is None or course.usage.is_known:
        return ""
    why = WORDS[course.usage.why_unknown]
    return f"What was used in this period is not known: {why[0].lower()}{why[1:]}."


def links(request: HttpRequest, row: PlanSubscription) -> list[Link]:
    """The ways to the customer, the plan and the line, or to where a line is chosen."""
    found = [("Customer", row.customer), ("Plan", row.plan), ("Line", row.subscriber)]
    ways = [Link(kind, str(other), page_of(other)) for kind, other in found if other is not None]
    if row.subscriber_id is None and request.user.has_perm("operations.view_backfillrun"):
        ways.append(Link("", "Choose its line on the work list", worklist_address(LINKS, scope_of(request))))
    if row.link_confirmed_at:
        ways.append(
            Link("Line confirmed", f"by {row.link_confirmed_by or 'an operator'} on {when(row.link_confirmed_at)}", "")
        )
    return ways


def alerts_glance(row: PlanSubscription) -> Glance:
    """Which thresholds were reached, and whether the customer was told."""
    found = list(row.alerts.order_by("-period_start", "-threshold_percent")[:MOST_ROWS])
    columns = [
        Column("When"),
        Column("Period from"),
        Column("Threshold"),
        Column("Used"),
        Column("Cap"),
        Column("State"),
    ]
    rows = [
        [
            when(alert.created_at),
            f"{alert.period_start:%-d %b %Y}",
            linked(alert, f"{alert.threshold_percent} %"),
            data_in_words(alert.usage_bytes),
            data_in_words(alert.cap_bytes),
            alert_state(alert, row.customer),
        ]
        for alert in found
    ]
    return Glance("Warnings", columns, rows, empty="No threshold of its cap was reached yet.")


def periods_glance(row: PlanSubscription) -> Glance:
    """What was billed for each period, and by which invoice."""
    found = list(row.billed_periods.select_related("invoice").order_by("-period_start")[:MOST_ROWS])
    columns = [
        Column("Period"),
        Column("State"),
        Column("Used"),
        Column("Cap"),
        Column("Beyond it"),
        Column("Invoice"),
        Column("Charge", is_money=True),
    ]
    rows = [
        [
            linked(period, period_in_words(period.period_start, period.period_end)),
            period_state(period),
            data_in_words(period.usage_bytes),
            data_in_words(period.cap_bytes) if period.cap_bytes else "unlimited",
            data_in_words(period.overage_bytes) if period.overage_bytes else "–",
            linked(period.invoice) if period.invoice else "–",
            money(period.overage_cents, period.currency),
        ]
        for period in found
    ]
    everything = f"{reverse('admin:subscriptions_billedperiod_changelist')}?subscription__id__exact={row.pk}"
    return Glance(
        "Settled periods",
        columns,
        rows,
        foot=linked_text("All its periods", everything) if len(found) == MOST_ROWS else "",
        empty="No period is settled yet. The billing settles each some days after its end.",
    )


def linked_text(text: str, href: str) -> Any:
    """Words that lead somewhere."""
    return format_html('<a class="text-link" href="{}">{}</a>', href, text)
