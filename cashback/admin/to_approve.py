"""The work list of days of trackers that wait to be approved; who earns on each is shown beside it."""

from collections.abc import Iterable
from typing import Any

from django.db.models import QuerySet

from accounts.admin import linked, staff_page, when
from billing.admin.money import money
from cashback.admin.earning_list import EarningList
from cashback.admin.entry_actions import ApproveEntry, RejectEntry
from cashback.admin.people import person_link
from cashback.admin.preview import configs_of
from cashback.admin.states import entry_state
from cashback.admin.tracker_entries import date_of, said_of
from cashback.admin.work_list import Case, Side
from cashback.models import TrackerEntry
from cashback.selectors.marks import with_mark
from cashback.services import approve_entry


@staff_page("cashback/to-approve/", name="cashback-to-approve")
class ToApprovePage(EarningList):
    """Days of trackers that wait to be approved."""

    title = "Days to approve"
    permission_required = "cashback.view_trackerentry"
    everything = "cashback_trackerentry_changelist"
    action, rejection, service = ApproveEntry, RejectEntry, staticmethod(approve_entry)
    of, many, bulk, label = "entry", "days", "Approve the checked days", "Approve"
    explains = (
        "What was entered for a day stands beside what was agreed and the day before it. An approved day counts, and cashback is "
        "earned on what was paid. Who entered a day does not approve it."
    )
    empty_heading = "No day waits"
    empty_says = "A day appears here when staff enters what was paid into a tracker, or uploads its workbook."

    def waiting(self) -> QuerySet[Any]:
        rows = TrackerEntry.objects.for_user(self.request.user).filter(tenant=self.tenant).waiting()
        return with_mark(rows).select_related("tracker__user", "tenant", "submitted_by_user").order_by("id")

    def cases(self, rows: list[Any]) -> Iterable[Case]:
        configs, before = configs_of(rows), days_before(rows)
        for row in rows:
            sides = [entered(row), agreed(row, before), self.earns(row, configs, "Nobody earns on this day.")]
            title = f"{row.tracker}, day {row.day}"
            yield self.case(row, title, entry_state(row), sides, row.submitted_by_user_id)


def days_before(rows: list[TrackerEntry]) -> dict[tuple[Any, int], TrackerEntry]:
    """The entered days around these, read once: by tracker and day."""
    days = {row.day - 1 for row in rows}
    found = TrackerEntry.objects.filter(tracker__in={row.tracker_id for row in rows}, day__in=days)
    return {(row.tracker_id, row.day): row for row in found}


def entered(row: TrackerEntry) -> Side:
    """What somebody entered."""
    currency = row.tracker.currency
    amounts = [
        ("Taken out", row.withdrawn_cents),
        ("Reinvested", row.reinvest_cents),
        ("Pocket money", row.pocket_money_cents),
    ]
    more = [(words, money(cents, currency)) for words, cents in amounts if cents]
    by = [("Entered by", str(row.submitted_by_user or "the system")), ("Entered on", when(row.submitted_at))]
    return Side("What was entered", [("Paid", money(row.payment_cents, currency)), *more, *said_of(row), *by])


def agreed(row: TrackerEntry, before: dict[tuple[Any, int], TrackerEntry]) -> Side:
    """What was agreed, and what the day before says."""
    tracker, last = row.tracker, before.get((row.tracker_id, row.day - 1))
    facts: list[tuple[str, Any]] = [
        ("Tracker", linked(tracker)),
        ("Owner", person_link(tracker.user)),
        ("Date", date_of(row)),
        ("Agreed for a day", money(tracker.per_day_payment_cents, tracker.currency)),
    ]
    if last is not None:
        facts.append(("The day before", money(last.payment_cents, tracker.currency)))
    if row.approvals:
        facts.append(("Approved before", f"{row.approvals} times; entered anew since"))
    return Side("What was agreed", facts)
