"""Pages of trackers: what is paid in day by day, what it came to, who earns cashback on it, and who looks after it."""

from collections.abc import Iterable
from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from unfold.decorators import display

from accounts.admin import Card, Figure, FollowedLink, Link, State, StoryLine, linked, page_of
from accounts.words import counted
from billing.admin.glance import Column, Glance
from billing.admin.money import grouped, money
from cashback.admin.config_glances import assignment_glance, config_glance
from cashback.admin.ledger_words import story_lines
from cashback.admin.people import points_page
from cashback.admin.points import PointsAdmin
from cashback.admin.states import entry_state, tracker_state
from cashback.models import CashbackTransaction, DailyTracker, TrackerEntry
from cashback.selectors.tracker_days import TrackerDay, days_of, figures_of

MOST_DAYS = 100


@admin.register(DailyTracker)
class DailyTrackerAdmin(PointsAdmin):
    """Trackers: opened, paid into and closed by services."""

    list_before_template = "cashback/ways_before.html"
    list_display = ["tracker_name", "owner", "tracker_type", "a_day", "investment", "period", "start_date", "state"]
    list_filter = ["is_active", "tracker_type", ("user", FollowedLink)]
    list_select_related = ["user"]
    search_fields = ["id__exact", "user__email__exact", "tracker_name__startswith"]
    search_help_text = "A whole tracker id or the owner's e-mail, or how the tracker's name begins."
    empty_says = "Open the first tracker with the button above."

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> Any:
        ways = [("Open a tracker", reverse("admin:cashback-open-tracker"), True)]
        may = request.user.has_perm("cashback.run_tracker")
        return super().changelist_view(request, {**(extra_context or {}), "ways": ways if may else []})

    def card(self, request: HttpRequest, row: DailyTracker) -> Card:
        return Card(what=in_a_sentence(row), state=tracker_state(row), figures=figures(row), links=links(row))

    def glances(self, request: HttpRequest, row: DailyTracker) -> list[Glance]:
        return [days_glance(row), config_glance(row, request.user), assignment_glance(row, request.user)]

    def happenings(self, request: HttpRequest, row: DailyTracker) -> Iterable[StoryLine]:
        return story_lines(CashbackTransaction.objects.filter(related_tracker=row), None)

    @display(description="Owner")
    def owner(self, row: DailyTracker) -> str:
        return str(row.user)

    @display(description="A day")
    def a_day(self, row: DailyTracker) -> str:
        return money(row.per_day_payment_cents, row.currency)

    @display(description="Invested")
    def investment(self, row: DailyTracker) -> str:
        return money(row.investment_cents, row.currency)

    @display(description="Period")
    def period(self, row: DailyTracker) -> str:
        return counted(row.scheme_period_days, "days")

    @display(description="State")
    def state(self, row: DailyTracker) -> State:
        return tracker_state(row)


def in_a_sentence(row: DailyTracker) -> str:
    """What the tracker is."""
    return (
        f"{row.get_tracker_type_display()} of {row.user}: {grouped(row.per_day_payment_cents, row.currency)} {row.currency} a "
        f"day over {row.scheme_period_days} days from {row.start_date:%-d %B %Y}."
    )


def figures(row: DailyTracker) -> list[Figure]:
    """What came in and what is left of it; what it brought; what is missed."""
    sums = figures_of(row, as_of=row.tenant.day_of(timezone.now()))
    found = [
        Figure("Paid in", money(sums.total_payments_cents, row.currency), f"on {counted(sums.paid_days, 'days')}"),
        Figure("taken out", money(sums.withdrawn_cents, row.currency), sign="−"),
        Figure("balance", money(sums.balance_cents, row.currency), sign="="),
        behind(sums.pending_cents, row.currency),
        Figure(
            "Days missed", f"{sums.missed_days:,}", f"{grouped(sums.missed_cents, row.currency)} {row.currency} in all"
        ),
    ]
    if sums.roi_percent is not None:
        share = f"{sums.roi_percent} % of what is invested".replace("-", "−")
        found.append(Figure("Profit", money(sums.profit_cents, row.currency), share))
    if sums.waiting_days:
        waits = f"{grouped(sums.waiting_cents, row.currency)} {row.currency} in all"
        found.append(Figure("Days to approve", f"{sums.waiting_days}", waits, entries_list(row)))
    return found


def behind(pending_cents: int, currency: str) -> Figure:
    """What is paid in beside what the entered days should have brought."""
    note = "beside what the entered days should have brought"
    return Figure("Behind" if pending_cents > 0 else "Ahead", money(abs(pending_cents), currency), note)


def entries_list(row: DailyTracker) -> str:
    """The list of all entered days of a tracker."""
    return f"{reverse('admin:cashback_trackerentry_changelist')}?tracker__id__exact={row.pk}"


def links(row: DailyTracker) -> list[Link]:
    """What the tracker hangs together with."""
    ledger = f"{reverse('admin:cashback_cashbacktransaction_changelist')}?related_tracker__id__exact={row.pk}"
    return [
        Link("Owner", str(row.user), page_of(row.user)),
        Link("", "Their points", points_page(row.user)),
        Link("", "Cashback of this tracker", ledger),
        Link("", "All its days", entries_list(row)),
        Link("", "Workbook (Excel)", reverse("admin:cashback-workbook", args=[row.pk])),
    ]


def days_glance(row: DailyTracker) -> Glance:
    """The entered days, the newest first, with their running figures."""
    columns = [
        Column("Day"),
        Column("Date"),
        Column("State"),
        Column("Paid", is_money=True),
        Column("Taken out", is_money=True),
        Column("Paid in so far", is_money=True),
        Column("Balance", is_money=True),
        Column("Behind", is_money=True),
    ]
    found = days_of(row)[::-1]
    cells = [day_cells(each, row.currency) for each in found[:MOST_DAYS]]
    quiet = (place for place, each in enumerate(found[:MOST_DAYS]) if each.entry.status == TrackerEntry.Status.REJECTED)
    foot = f"The newest {MOST_DAYS} of {len(found)} days are shown." if len(found) > MOST_DAYS else ""
    return Glance("Days", columns, cells, foot, "No day is entered yet.", frozenset(quiet))


def day_cells(each: TrackerDay, currency: str) -> list[Any]:
    """One day as a row of the table."""
    entry, sums = each.entry, each.figures
    return [
        linked(entry, f"Day {entry.day}"),
        f"{each.date:%a %-d %b %Y}" if each.date else "–",
        entry_state(entry),
        money(entry.payment_cents, currency),
        money(entry.withdrawn_cents, currency),
        money(sums.cumulative_cents, currency),
        money(sums.balance_cents, currency),
        money(sums.pending_cents, currency),
    ]
