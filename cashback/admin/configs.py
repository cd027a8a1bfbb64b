"""Lists of who earns how much on which loan and on which tracker."""

from collections.abc import Iterable
from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from unfold.decorators import display

from accounts.admin import Card, Figure, FollowedLink, Link, State, StoryLine, linked, page_of, when
from cashback.admin.people import points_page
from cashback.admin.points import PointsAdmin, earns
from cashback.models import LoanCashbackConfig, TrackerCashbackConfig


class ConfigAdmin(PointsAdmin):
    """Rules of cashback: set and ended by services; what was earned keeps the rule beside it."""

    base = ""
    list_display = ["person", "owner_page", "how_much", "created_by", "created_at", "state"]
    search_fields = ["id__exact", "user__email__exact"]
    search_help_text = "The whole e-mail of who earns."
    ordering = ["-pk"]

    def of(self, row: Any) -> Any:
        """The loan or the tracker of a rule."""
        raise NotImplementedError

    def card(self, request: HttpRequest, row: Any) -> Card:
        said = f" Said by {row.created_by or 'the system'} on {when(row.created_at)}."
        return Card(
            what=f"{row.user} earns on {self.base} of {self.of(row)}.{said}",
            state=state_of(row),
            figures=[Figure("Each time", earns(row), f"of {self.base}" if row.cashback_value else "whatever is paid")],
            links=[
                Link("Who earns", str(row.user), points_page(row.user)),
                Link("On", str(self.of(row)), page_of(self.of(row))),
            ],
        )

    def happenings(self, request: HttpRequest, row: Any) -> Iterable[StoryLine]:
        return []

    @display(description="Who earns")
    def person(self, row: Any) -> str:
        return str(row.user)

    @display(description="On")
    def owner_page(self, row: Any) -> str:
        return linked(self.of(row))

    @display(description="How much")
    def how_much(self, row: Any) -> str:
        return earns(row)

    @display(description="State")
    def state(self, row: Any) -> State:
        return state_of(row)


def state_of(row: Any) -> State:
    """Whether a rule holds."""
    return State("Holds", "success") if row.is_active else State("Ended")


@admin.register(LoanCashbackConfig)
class LoanCashbackConfigAdmin(ConfigAdmin):
    """Who earns on the interest of which loan."""

    base = "the interest"
    list_filter = ["is_active", "cashback_type", ("loan", FollowedLink), ("user", FollowedLink)]
    list_select_related = ["loan", "user", "created_by"]
    empty_says = "A line appears here when somebody says, on a loan's page, who earns cashback on its interest."

    def of(self, row: LoanCashbackConfig) -> Any:
        return row.loan


@admin.register(TrackerCashbackConfig)
class TrackerCashbackConfigAdmin(ConfigAdmin):
    """Who earns on what is paid into which tracker."""

    base = "what is paid on a day"
    list_filter = ["is_active", "cashback_type", ("tracker", FollowedLink), ("user", FollowedLink)]
    list_select_related = ["tracker", "user", "created_by"]
    empty_says = "A line appears here when somebody says, on a tracker's page, who earns cashback on its days."

    def of(self, row: TrackerCashbackConfig) -> Any:
        return row.tracker
