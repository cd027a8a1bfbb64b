"""Work lists: what waits for a decision, the oldest first, with the evidence side by side and the decisions beside it.

Each decision is the action of the row's own page; taken here, it leads back here, where the next row takes the place of the last.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from django.db.models import Model, QuerySet
from django.urls import reverse
from django.utils.safestring import SafeString

from accounts.admin import RowAction, State
from accounts.admin.acting import address_of
from cashback.admin.business_page import PointsOfBusiness
from cashback.selectors.marks import mark_of

LISTED = 20
FROM_LIST = "list"
WHY = {"asks": "reason", "says": "Why not"}  # what a refusal asks, beside its button


@dataclass(frozen=True, slots=True)
class Side:
    """One side of the evidence: a heading, and facts as pairs of words and value."""

    heading: str
    facts: Sequence[tuple[str, Any]]
    empty: str = ""


@dataclass(frozen=True, slots=True)
class Way:
    """One decision: sent at once with what its field holds, or a link to the page that asks for more."""

    name: str
    label: str
    href: str
    explains: str
    is_main: bool = False
    asks: str = ""
    says: str = ""
    values: Sequence[tuple[str, str]] = ()


@dataclass(frozen=True, slots=True)
class Case:
    """One row that waits; `box` is what its box sends: its key, and the mark of what was shown."""

    key: str
    title: str | SafeString
    state: State
    sides: Sequence[Side]
    ways: Sequence[Way] = field(default_factory=list)
    links: Sequence[Way] = field(default_factory=list)
    note: str = ""
    box: str = ""


class WorkList(PointsOfBusiness):
    """A page of rows that wait. A subclass says which, and what is shown of each."""

    template_name = "cashback/work_list.html"
    empty_heading = "Nothing waits"
    empty_says = ""
    everything = ""

    def waiting(self) -> QuerySet[Any]:
        """The rows that wait, the oldest first."""
        raise NotImplementedError

    def cases(self, rows: list[Any]) -> Iterable[Case]:
        """What is shown of each."""
        raise NotImplementedError

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        waiting = self.waiting()
        rows = list(waiting[:LISTED])
        number = len(rows) if len(rows) < LISTED else waiting.order_by().count()
        return {
            **super().get_context_data(**kwargs),
            "cases": list(self.cases(rows)),
            "number": number,
            "is_cut": number > LISTED,
            "empty_heading": self.empty_heading,
            "empty_says": self.empty_says,
            "everything": self.everything_address(),
        }

    def everything_address(self) -> str:
        """The list of all rows, also those that do not wait."""
        return self.address(self.everything) if self.everything else ""

    def may(self, action: type[RowAction], row: Model) -> bool:
        """Whether the person may do this with the row as it stands."""
        return self.request.user.has_perm(action.permission_required) and action.is_offered(row)

    def way(self, action: type[RowAction], row: Model, label: str, **more: Any) -> list[Way]:
        """A decision that is sent from here, if the person may take it."""
        if not self.may(action, row):
            return []
        href = f"{address_of(action, row)}?{FROM_LIST}=1"
        return [Way(action.name, label, href, action.means, action.is_main, **more)]


class ListedAction(RowAction):
    """An action of a work list: taken from there, it leads back there."""

    work_list = ""

    def onward(self) -> str:
        if FROM_LIST not in self.request.GET:
            return super().onward()
        of_tenant = f"?tenant={self.row.tenant.slug}" if self.request.user.is_superuser else ""
        return reverse(f"admin:{self.work_list}") + of_tenant


class SeenAction(ListedAction):
    """An action that books what the page shows: its form carries the mark of the row."""

    @cached_property
    def row(self) -> Any:
        # The mark before the row: what changes between the two is refused, never booked unseen.
        seen = mark_of(self.model, self.kwargs["pk"])
        row = super().row
        row.seen = seen
        return row
