"""Two work lists of cashback: loan payments to verify, and days of trackers to approve; deciding, somebody earns."""

from collections.abc import Iterable, Iterator
from contextlib import suppress
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect

from accounts.admin import linked, staff_page, when
from accounts.admin.acting import address_of
from accounts.errors import DomainError
from accounts.words import counted
from billing.admin.money import money
from cashback.admin.entry_actions import ApproveEntry, RejectEntry
from cashback.admin.loan_payment_actions import RejectLoanPayment, VerifyLoanPayment
from cashback.admin.people import person_link
from cashback.admin.people_rows import BY_CONFIGS
from cashback.admin.points import points
from cashback.admin.preview import configs_of, how, would_earn
from cashback.admin.states import entry_state, payment_state
from cashback.admin.tracker_entries import date_of, said_of
from cashback.admin.work_list import LISTED, WHY, Case, Side, Way, WorkList
from cashback.models import LoanPayment, TrackerEntry
from cashback.selectors.marks import with_mark
from cashback.services import approve_entry, verify_loan_payment

CHECKED = "finding"  # the name by which the script of the work lists finds the boxes
MOST_REFUSALS = 5
OWN = "You submitted it: a colleague decides."


class Earning(WorkList):
    """Rows on which somebody earns once they are decided: one by one, or those that are checked, each for itself."""

    action: Any
    rejection: Any
    service: Any
    of = many = bulk = ""

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Let the checked rows count, by the configurations; one that is refused keeps no other back."""
        if not request.user.has_perm(self.action.permission_required):
            raise PermissionDenied
        marks = dict(marks_in(request.POST.getlist(CHECKED)))
        rows = list(self.waiting().filter(pk__in=marks))
        refused = [refusal for row in rows if (refusal := self.decide(row, marks[row.pk]))]
        if done := len(rows) - len(refused):
            messages.success(request, f"{counted(done, self.many)} count now, and their cashback is booked.")
        for refusal in refused[:MOST_REFUSALS]:
            messages.error(request, refusal)
        return HttpResponseRedirect(self.address(self.action.work_list))

    def decide(self, row: Any, seen: int | None) -> str:
        """Let one row count as it was shown; or why not."""
        try:
            type(self).service(actor=self.request.user, now=self.now, seen=seen, **{self.of: row})
        except DomainError as error:
            return error.message
        return ""

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        may = self.request.user.has_perm(self.action.permission_required)
        return {**super().get_context_data(**kwargs), "bulk": self.bulk if may else "", "checked": CHECKED}

    def decisions(self, row: Any, label: str) -> list[Way]:
        """Let it count with the cashback that is shown, or reject it."""
        as_shown = {"values": [("cashback", BY_CONFIGS), ("seen", str(row.seen))]}
        return [*self.way(self.action, row, label, **as_shown), *self.way(self.rejection, row, "Reject", **WHY)]

    def otherwise(self, row: Any) -> list[Way]:
        """Let it count with other cashback."""
        if not self.may(self.action, row):
            return []
        href = f"{address_of(self.action, row)}?list=1"
        return [Way("other", "With other cashback…", href, "Type who earns how much, or let nobody earn this time.")]

    def earns(self, row: Any, configs: Any, empty: str) -> Side:
        """Who would earn how much, or why nothing."""
        earnings = would_earn(row, configs)
        facts = [
            (person_link(each.user), points(each.points_cents) if each.points_cents else how(each)) for each in earnings
        ]
        return Side("Cashback, once it counts", facts, empty)


def box_of(row: Any) -> str:
    """What the box of a row sends: its key, and the mark of the row as it is shown."""
    return f"{row.pk}:{row.seen}"


def marks_in(texts: list[str]) -> Iterator[tuple[UUID, int | None]]:
    """The keys among what was sent, each with its mark if it came with one."""
    for text in texts[:LISTED]:
        key, _, seen = text.partition(":")
        with suppress(ValueError):
            yield UUID(key), int(seen) if seen else None


@staff_page("cashback/to-verify/", name="cashback-to-verify")
class ToVerifyPage(Earning):
    """Loan payments that wait to be verified."""

    title = "Loan payments to verify"
    permission_required = "cashback.view_loanpayment"
    everything = "cashback_loanpayment_changelist"
    action, rejection, service = VerifyLoanPayment, RejectLoanPayment, staticmethod(verify_loan_payment)
    of, many, bulk = "payment", "payments", "Verify the checked payments"
    explains = (
        "Look whether the money came in, then let it count. Interest is paid and principal comes off the loan as shown; cashback "
        "is earned on the interest. Who submitted a payment does not verify it."
    )
    empty_heading = "No loan payment waits"
    empty_says = "A payment appears here when a borrower submits one, or a colleague records it on the loan's page."

    def waiting(self) -> QuerySet[Any]:
        rows = LoanPayment.objects.for_user(self.request.user).filter(tenant=self.tenant).waiting()
        return with_mark(rows).select_related("loan__customer", "tenant", "submitted_by").order_by("id")

    def cases(self, rows: list[Any]) -> Iterable[Case]:
        configs = configs_of(rows)
        for row in rows:
            is_own = row.submitted_by_id == self.request.user.pk
            yield Case(
                key=str(row.pk),
                title=linked(row, f"{row.loan.customer}, {row.payment_date:%-d %b %Y}"),
                state=payment_state(row),
                sides=[said(row), on_the_loan(row), self.earns(row, configs, "Nobody earns on this payment.")],
                ways=[] if is_own else self.decisions(row, "Verify"),
                links=[] if is_own else self.otherwise(row),
                note=OWN if is_own else "",
                box=box_of(row),
            )


def said(row: LoanPayment) -> Side:
    """What was submitted."""
    facts = [
        ("Amount", money(row.amount_cents, row.loan.currency)),
        ("How", row.get_payment_method_display()),
        ("Reference", row.transaction_id or "–"),
        ("Submitted by", str(row.submitted_by or "the system")),
    ]
    return Side("What was submitted", facts)


def on_the_loan(row: LoanPayment) -> Side:
    """What it does on its loan."""
    loan = row.loan
    left = loan.remaining_principal_cents
    facts = [
        ("Loan", linked(loan)),
        ("Interest", money(row.interest_cents, loan.currency)),
        ("Principal", money(row.principal_cents, loan.currency)),
        ("Left of the loan", money(left, loan.currency)),
        ("Left after it", money(left - row.principal_cents, loan.currency)),
    ]
    return Side("On the loan", facts)


@staff_page("cashback/to-approve/", name="cashback-to-approve")
class ToApprovePage(Earning):
    """Days of trackers that wait to be approved."""

    title = "Days to approve"
    permission_required = "cashback.view_trackerentry"
    everything = "cashback_trackerentry_changelist"
    action, rejection, service = ApproveEntry, RejectEntry, staticmethod(approve_entry)
    of, many, bulk = "entry", "days", "Approve the checked days"
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
            is_own = row.submitted_by_user_id == self.request.user.pk
            yield Case(
                key=str(row.pk),
                title=linked(row, f"{row.tracker}, day {row.day}"),
                state=entry_state(row),
                sides=[entered(row), agreed(row, before), self.earns(row, configs, "Nobody earns on this day.")],
                ways=[] if is_own else self.decisions(row, "Approve"),
                links=[] if is_own else self.otherwise(row),
                note=OWN if is_own else "",
                box=box_of(row),
            )


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
