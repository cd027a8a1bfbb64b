"""Allocations: their own list, and their lines in the stories on both sides."""

from collections.abc import Iterator
from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils.html import format_html
from unfold.decorators import display

from accounts.admin import Card, Figure, FollowedLink, Link, StoryLine, linked, page_of
from billing.admin.money import MoneyAdmin, grouped, money
from billing.models import Allocation, Credit

LINES = 50
SIDES = ["payment", "credit", "sale", "invoice", "opening_balance_customer"]


def source(row: Allocation) -> Any:
    """Where the money comes from."""
    return row.payment or row.credit


def target(row: Allocation) -> Any:
    """What it pays."""
    return row.sale or row.invoice or row.opening_balance_customer


def source_in_words(row: Allocation) -> str:
    """The source as a link with a name that people use."""
    name = f"payment of {row.payment.received_at:%-d %b %Y}" if row.payment_id else credit_name(row.credit)
    return linked(source(row), name)


def credit_name(credit: Credit) -> str:
    """A credit's number; goodwill has none."""
    return credit.number or f"credit {str(credit.pk)[-6:]}"


def target_in_words(row: Allocation) -> str:
    """The target as a link with its kind."""
    kind = "sale" if row.sale_id else "invoice" if row.invoice_id else "opening balance of"
    return format_html("{} {}", kind, linked(target(row)))


def allocation_lines(**side: Any) -> Iterator[StoryLine]:
    """The newest allocations of one side, for its story; each line links to the other side."""
    rows = (
        Allocation.objects.filter(**side).select_related(*SIDES, "created_by", "tenant").order_by("-created_at", "-id")
    )
    from_source = "payment" in side or "credit" in side
    for row in rows[:LINES]:
        amount = f"{grouped(row.amount_cents, row.tenant.currency)} {row.tenant.currency}"
        yield StoryLine(
            at=row.created_at,
            what=format_html(
                sentence(row, from_source), amount, target_in_words(row) if from_source else source_in_words(row)
            ),
            who=str(row.created_by or "system"),
            why=row.reason,
            icon="undo" if row.reverses_id else "payments",
        )


def sentence(row: Allocation, from_source: bool) -> str:
    """How a line reads, seen from the money or from what it pays."""
    if row.reverses_id:
        return "{} taken back from {}" if from_source else "{} taken back by {}"
    return "{} applied to {}" if from_source else "{} paid by {}"


@admin.register(Allocation)
class AllocationAdmin(MoneyAdmin):
    """Allocations: which money pays for what. Append-only; an undo is a line of its own."""

    list_display = ["created_at", "signed_money", "from_source", "to_target", "rule", "created_by"]
    list_filter = [
        ("payment", FollowedLink),
        ("sale", FollowedLink),
        ("credit", FollowedLink),
        ("invoice", FollowedLink),
        ("opening_balance_customer", FollowedLink),
    ]
    list_select_related = [*SIDES, "created_by", "tenant"]
    ordering = ["-pk"]
    search_fields = ["id__exact", "payment__id__exact", "sale__number__exact"]
    search_help_text = "A whole allocation id, payment id or sale number."
    empty_says = "A line appears here whenever a payment or credit is applied to a sale or invoice."

    def card(self, request: HttpRequest, row: Allocation) -> Card:
        undone = Allocation.objects.filter(reverses=row).first()
        links = [
            Link("From", f"{source(row)}", page_of(source(row))),
            Link("To", f"{target(row)}", page_of(target(row))),
        ]
        for kind, other in (("Undoes", row.reverses), ("Undone by", undone)):
            links += [Link(kind, str(other), page_of(other))] if other else []
        verb = "Takes money back from what it paid" if row.reverses_id else "Applies money to what it pays"
        return Card(
            what=f"{verb}, by the rule “{row.rule}”{f': {row.reason}' if row.reason else ''}.",
            figures=[Figure("Effect on both sides", money(row.signed_cents, row.tenant.currency))],
            links=links,
        )

    @display(description="Amount")
    def signed_money(self, row: Allocation) -> str:
        return money(row.signed_cents, row.tenant.currency)

    @display(description="From")
    def from_source(self, row: Allocation) -> str:
        return source_in_words(row)

    @display(description="To")
    def to_target(self, row: Allocation) -> str:
        return target_in_words(row)
