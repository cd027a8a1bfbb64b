"""Pages of the days of trackers: what somebody wrote of a day, whether it counts, and what it earned."""

from collections.abc import Iterable

from django.contrib import admin
from django.http import HttpRequest
from django.urls import reverse
from unfold.decorators import display

from accounts.admin import Card, Figure, FollowedLink, Link, State, StoryLine, page_of, when
from billing.admin.glance import Glance
from billing.admin.money import money
from cashback.admin.ledger_words import story_lines
from cashback.admin.points import PointsAdmin
from cashback.admin.preview import would_earn_glance
from cashback.admin.states import entry_state
from cashback.models import CashbackTransaction, TrackerEntry
from cashback.rules.tracker_figures import date_of_day

SAID = {
    "payment_mode": "How",
    "transaction_details": "Reference",
    "reinvest_from": "Reinvested from",
    "notes": "Notes",
}


@admin.register(TrackerEntry)
class TrackerEntryAdmin(PointsAdmin):
    """Days of trackers: submitted and approved by services."""

    list_display = ["of_tracker", "owner", "which_day", "on", "paid", "submitter", "submitted_at", "state"]
    list_filter = ["status", ("tracker", FollowedLink)]
    list_select_related = ["tracker__user", "submitted_by_user"]
    search_fields = ["id__exact", "tracker__user__email__exact"]
    search_help_text = "A whole id of a day, or the owner's whole e-mail."
    ordering = ["-pk"]
    empty_says = "A day appears here when staff enters what was paid into a tracker."

    def card(self, request: HttpRequest, row: TrackerEntry) -> Card:
        return Card(
            what=in_a_sentence(row),
            state=entry_state(row),
            figures=figures(row),
            warning=f"Rejected: {row.rejection_reason}" if row.rejection_reason else "",
            links=links(row),
        )

    def glances(self, request: HttpRequest, row: TrackerEntry) -> list[Glance]:
        return [would_earn_glance(row)] if row.status == TrackerEntry.Status.PENDING else []

    def happenings(self, request: HttpRequest, row: TrackerEntry) -> Iterable[StoryLine]:
        rows = CashbackTransaction.objects.filter(related_tracker=row.tracker_id, related_tracker_entry_day=row.day)
        return story_lines(rows, None)

    @display(description="Tracker")
    def of_tracker(self, row: TrackerEntry) -> str:
        return str(row.tracker)

    @display(description="Owner")
    def owner(self, row: TrackerEntry) -> str:
        return str(row.tracker.user)

    @display(description="Day")
    def which_day(self, row: TrackerEntry) -> str:
        return f"Day {row.day}"

    @display(description="Date")
    def on(self, row: TrackerEntry) -> str:
        return date_of(row)

    @display(description="Paid")
    def paid(self, row: TrackerEntry) -> str:
        return money(row.payment_cents, row.tracker.currency)

    @display(description="Submitted by")
    def submitter(self, row: TrackerEntry) -> str:
        return str(row.submitted_by_user or "–")

    @display(description="State")
    def state(self, row: TrackerEntry) -> State:
        return entry_state(row)


def date_of(row: TrackerEntry) -> str:
    """The date of a day of a tracker."""
    found = date_of_day(row.tracker.start_date, row.day)
    return f"{found:%a %-d %b %Y}" if found else "–"


def said_of(row: TrackerEntry) -> list[tuple[str, str]]:
    """What else somebody wrote of the day, in words."""
    return [(words, str(row.entry_data[name])) for name, words in SAID.items() if row.entry_data.get(name)]


def in_a_sentence(row: TrackerEntry) -> str:
    """What the day is."""
    said = "".join(f" {words}: {value}." for words, value in said_of(row))
    by = f" Submitted by {row.submitted_by_user or 'the system'} on {when(row.submitted_at)}."
    decided = f" Decided by {row.verified_by_user} on {when(row.verified_at)}." if row.verified_by_user else ""
    return f"Day {row.day}, {date_of(row)}, of {row.tracker} of {row.tracker.user}.{by}{decided}{said}"


def figures(row: TrackerEntry) -> list[Figure]:
    """What was paid that day beside what was agreed, and what else moved."""
    currency = row.tracker.currency
    agreed = Figure("agreed for a day", money(row.tracker.per_day_payment_cents, currency))
    others = [
        ("Taken out", row.withdrawn_cents),
        ("Reinvested", row.reinvest_cents),
        ("Pocket money", row.pocket_money_cents),
    ]
    more = [Figure(words, money(cents, currency)) for words, cents in others if cents]
    return [Figure("Paid", money(row.payment_cents, currency), "cashback is earned on this"), agreed, *more]


def links(row: TrackerEntry) -> list[Link]:
    """What the day hangs together with."""
    asked = f"related_tracker__id__exact={row.tracker_id}"
    return [
        Link("Tracker", str(row.tracker), page_of(row.tracker)),
        Link("Owner", str(row.tracker.user), page_of(row.tracker.user)),
        Link("", "Cashback of the tracker", f"{reverse('admin:cashback_cashbacktransaction_changelist')}?{asked}"),
    ]
