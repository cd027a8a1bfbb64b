"""The tables that loans and trackers share: who earns how much on it, and who looks after it."""

from typing import Any

from django.utils.html import format_html_join

from accounts.admin import State, linked, when
from accounts.admin.acting import buttons_of
from billing.admin.glance import Column, Glance
from cashback.admin.people import person_link
from cashback.admin.points import earns
from cashback.models import DailyTracker, Loan

MOST_ROWS = 50


def config_glance(of: Loan | DailyTracker, user: Any) -> Glance:
    """Who earns how much each time; ended rules stay, marked."""
    found = list(of.cashback_configs.select_related("user", "created_by").order_by("-is_active", "created_at", "id"))
    base = "the interest of a payment" if isinstance(of, Loan) else "what is paid on a day"
    columns = [Column("Who earns"), Column("How much"), Column("Said by"), Column("Since"), Column("State"), Column("")]
    ended = frozenset(place for place, row in enumerate(found) if not row.is_active)
    return Glance(
        f"Cashback, on {base}",
        columns,
        [config_cells(row, user) for row in found[:MOST_ROWS]],
        empty="Nobody earns cashback here. Say who does with the button above; it holds for what is decided from then on.",
        quiet_rows=ended,
    )


def config_cells(row: Any, user: Any) -> list[Any]:
    """One rule as a row of the table."""
    return [
        person_link(row.user),
        linked(row, earns(row)),
        row.created_by or "system",
        when(row.created_at),
        State("Holds", "success") if row.is_active else State("Ended"),
        ways(row, user),
    ]


def assignment_glance(of: Loan | DailyTracker, user: Any) -> Glance:
    """Which staff looks after it and may say who earns on it."""
    found = list(of.assignments.select_related("user", "assigned_by").order_by("assigned_at", "id"))
    columns = [Column("Who looks after it"), Column("Role"), Column("Assigned by"), Column("Since")]
    cells = [
        [row.user, row.user.get_role_display(), row.assigned_by or "system", when(row.assigned_at)] for row in found
    ]
    empty = "Nobody besides administrators. Who is assigned may say who earns on it, and enter what is paid."
    return Glance("Looked after by", columns, cells, empty=empty)


def ways(row: Any, user: Any) -> str:
    """What can be done with a row of a table, as links."""
    links = [(button.href, button.explains, button.label) for button in buttons_of(row, user)]
    return format_html_join(" ", '<a class="text-link" href="{}" title="{}">{}</a>', links)
