"""Work lists on which somebody earns: rows are decided one by one, or those that are checked, each as it was shown."""

from collections.abc import Iterator
from contextlib import suppress
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect

from accounts.admin import State, linked
from accounts.admin.acting import address_of
from accounts.errors import DomainError
from accounts.words import counted
from cashback.admin.people import person_link
from cashback.admin.people_rows import BY_CONFIGS
from cashback.admin.points import points
from cashback.admin.preview import how, would_earn
from cashback.admin.work_list import LISTED, WHY, Case, Side, Way, WorkList

CHECKED = "finding"  # the name by which the script of the work lists finds the boxes
MOST_REFUSALS = 5
OWN = "You submitted it: a colleague decides."


class EarningList(WorkList):
    """Rows on which somebody earns once they are decided: one by one, or those that are checked, each for itself."""

    action: Any
    rejection: Any
    service: Any
    of = many = bulk = label = ""

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

    def case(self, row: Any, title: str, state: State, sides: list[Side], submitted_by_id: UUID | None) -> Case:
        """One row that waits; who submitted it sees it, and does not decide."""
        is_own = submitted_by_id == self.request.user.pk
        return Case(
            key=str(row.pk),
            title=linked(row, title),
            state=state,
            sides=sides,
            ways=[] if is_own else self.decisions(row),
            links=[] if is_own else self.otherwise(row),
            note=OWN if is_own else "",
            box=f"{row.pk}:{row.seen}",  # its key, and the mark of the row as it is shown
        )

    def decisions(self, row: Any) -> list[Way]:
        """Let it count with the cashback that is shown, or reject it."""
        as_shown = {"values": [("cashback", BY_CONFIGS), ("seen", str(row.seen))]}
        return [*self.way(self.action, row, self.label, **as_shown), *self.way(self.rejection, row, "Reject", **WHY)]

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


def marks_in(texts: list[str]) -> Iterator[tuple[UUID, int | None]]:
    """The keys among what the boxes sent, each with its mark if it came with one."""
    for text in texts[:LISTED]:
        key, _, seen = text.partition(":")
        with suppress(ValueError):
            yield UUID(key), int(seen) if seen else None
