"""Tables on an object's page that answer its question at a glance: above its story, below its figures."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from accounts.admin import linked, when
from accounts.admin.acting import buttons_of
from billing.admin.allocated import SIDES, source_in_words, target_in_words
from billing.admin.money import MoneyAdmin, money
from billing.models import Allocation

MOST_ROWS = 200
RULES = {
    "manual": "chosen by a person",
    "oldest_due_first": "due first",
    "sale_payment": "paid for this sale",
    "opening_balance": "for the opening balance",
    "invoiced_sale": "moved from the sale when it was invoiced",
    "freed_sale": "moved back to the sale",
    "credit_note": "credit note",
    "write_off": "write-off",
    "opening_first": "the opening balance first",
    "oldest": "the oldest first",
    "largest": "the largest debt first",
    "legacy": "as the old system had it",
    "legacy_backfill": "as the old system had it",
}


@dataclass(frozen=True, slots=True)
class Column:
    """A column's heading, and whether its cells are amounts."""

    label: str
    is_money: bool = False


@dataclass(frozen=True, slots=True)
class Glance:
    """One table: what it answers, its rows, its foot, and what to say when it is empty."""

    heading: str
    columns: Sequence[Column]
    rows: Sequence[Sequence[Any]]
    foot: str | SafeString = ""
    empty: str = ""
    quiet_rows: frozenset[int] = field(default_factory=frozenset)

    def lines(self) -> Iterator[tuple[list[tuple[Column, Any]], bool]]:
        """Each row as pairs of column and cell, and whether it does not count any more."""
        for place, row in enumerate(self.rows):
            yield list(zip(self.columns, row, strict=True)), place in self.quiet_rows


class GlanceAdmin(MoneyAdmin):
    """Pages of objects with tables between their figures and their story."""

    change_form_template = "billing/object.html"

    def glances(self, request: HttpRequest, row: Any) -> list[Glance]:
        """The tables of a row; a subclass says which."""
        return []

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        row = kwargs.get("obj")
        if row is not None:
            context["glances"] = self.glances(request, row)
        return super().render_change_form(request, context, *args, **kwargs)


def allocation_glance(heading: str, *, user: Any, currency: str, empty: str, **side: Any) -> Glance:
    """The allocations of one side: when, the other side, who, why, how much, and the way to take one back."""
    from_source = "payment" in side or "credit" in side
    rows = Allocation.objects.filter(**side).select_related(*SIDES, "created_by", "reversal")
    found = list(rows.order_by("created_at", "id")[:MOST_ROWS])
    columns = [
        Column("When"),
        Column("Pays for" if from_source else "Paid by"),
        Column("Who"),
        Column("Why"),
        Column("Amount", is_money=True),
        Column(""),
    ]
    gone = {place for place, row in enumerate(found) if not is_live(row)}
    total = money(sum(row.signed_cents for row in found), currency)
    return Glance(
        heading,
        columns,
        [cells(row, from_source=from_source, user=user, currency=currency) for row in found],
        format_html("{}{}", "Together " if len(found) < MOST_ROWS else f"The first {MOST_ROWS} together ", total),
        empty,
        frozenset(gone),
    )


def is_live(allocation: Allocation) -> bool:
    """Whether an allocation stands: it takes nothing back and was not taken back."""
    return allocation.reverses_id is None and not hasattr(allocation, "reversal")


def cells(row: Allocation, *, from_source: bool, user: Any, currency: str) -> list[Any]:
    """One allocation as a row of the table."""
    return [
        linked(row, when(row.created_at)),
        other_side(row, from_source),
        row.created_by or "system",
        why(row),
        money(row.signed_cents, currency),
        what_can_be_done(row, user),
    ]


def other_side(row: Allocation, from_source: bool) -> str:
    """What is at the other end: the debt, or the money with its channel."""
    if from_source:
        return target_in_words(row)
    kind = row.payment.get_channel_display() if row.payment_id else row.credit.get_kind_display()
    return format_html('{} <span class="rm-quiet">{}</span>', source_in_words(row), kind)


def why(row: Allocation) -> str:
    """The reason that a person gave, and the rule that chose the debt with its place in that order."""
    rule = RULES.get(row.rule, row.rule.replace("_", " "))
    place = f"{rule}, number {row.rank}" if row.rank > 1 else rule
    if row.reverses_id:
        place = "takes an earlier line back"
    return format_html('{} <span class="rm-quiet">{}</span>', row.reason, place) if row.reason else place


def what_can_be_done(row: Allocation, user: Any) -> str:
    """Take it back, where it stands and the person may."""
    if not is_live(row):
        return "" if row.reverses_id else "taken back"
    [button] = buttons_of(row, user)[:1] or [None]
    if button is None:
        return ""
    return format_html('<a class="text-link" href="{}" title="{}">{}</a>', button.href, button.explains, button.label)
