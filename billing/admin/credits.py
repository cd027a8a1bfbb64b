"""Pages of credits: what is owed to a customer with no payment behind it, and what it paid for."""

from collections.abc import Iterable

from django.contrib import admin
from django.http import HttpRequest
from unfold.decorators import display

from accounts.admin import Card, Figure, FollowedLink, Link, State, StoryLine, page_of
from billing.admin.allocated import allocation_lines
from billing.admin.glance import Glance, GlanceAdmin, allocation_glance
from billing.admin.money import money, subtraction
from billing.admin.states import state_of
from billing.models import Credit


@admin.register(Credit)
class CreditAdmin(GlanceAdmin):
    """Credits: what is owed to a customer with no payment behind it."""

    list_display = ["created_at", "kind", "customer", "amount_money", "left_money", "state", "reason"]
    list_filter = ["status", "kind", ("customer", FollowedLink), ("invoice", FollowedLink)]
    list_select_related = ["customer"]
    ordering = ["-pk"]
    search_fields = ["id__exact", "customer__number__exact"]
    search_help_text = "A whole credit id or customer number."
    story_skips = {"allocated_cents"}
    empty_says = (
        "Credit notes and goodwill appear here; goodwill is granted on a customer's page. What a payment leaves over lies on the "
        "payment itself."
    )

    def card(self, request: HttpRequest, row: Credit) -> Card:
        left = row.unallocated_cents
        others = [("Customer", row.customer), ("Corrects invoice", row.invoice)]
        return Card(
            what=f"{row.get_kind_display()} for {row.customer}: {row.reason}",
            state=state_of(row),
            figures=[
                Figure("Amount", money(row.amount_cents, row.currency)),
                Figure("used", money(row.allocated_cents, row.currency), sign="−"),
                Figure("left", money(left, row.currency), sign="="),
            ],
            sum_shown=sum_shown(row),
            links=[Link(kind, str(other), page_of(other)) for kind, other in others if other is not None],
        )

    def glances(self, request: HttpRequest, row: Credit) -> list[Glance]:
        empty = "It pays for nothing yet."
        return [
            allocation_glance("What it pays for", user=request.user, currency=row.currency, empty=empty, credit=row)
        ]

    def happenings(self, request: HttpRequest, row: Credit) -> Iterable[StoryLine]:
        return allocation_lines(credit=row)

    @display(description="Amount")
    def amount_money(self, row: Credit) -> str:
        return money(row.amount_cents, row.currency)

    @display(description="Left")
    def left_money(self, row: Credit) -> str:
        return money(row.unallocated_cents, row.currency)

    @display(description="State")
    def state(self, row: Credit) -> State:
        return state_of(row)


def sum_shown(row: Credit) -> str:
    """The figures as one line that can be checked by hand."""
    if row.status == Credit.Status.VOIDED:
        return "Void: it pays for nothing any more."
    parts = (row.amount_cents, row.allocated_cents)
    return subtraction(parts, row.unallocated_cents, row.currency)
