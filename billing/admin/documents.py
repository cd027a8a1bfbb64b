"""Pages of invoices and credits. Read-only: their services come with the invoices."""

from collections.abc import Iterable

from django.contrib import admin
from django.http import HttpRequest
from unfold.decorators import display

from accounts.admin import Card, Figure, FollowedLink, Link, State, StoryLine, page_of
from billing.admin.allocated import allocation_lines
from billing.admin.money import MoneyAdmin, grouped, money
from billing.admin.states import state_of
from billing.models import Credit, Invoice


@admin.register(Invoice)
class InvoiceAdmin(MoneyAdmin):
    """Invoices: what a customer was asked to pay, by when, and what is paid of it."""

    list_display = ["number", "customer", "total_money", "balance_money", "state", "source", "issued_at", "due_at"]
    list_filter = ["status", "source", ("customer", FollowedLink)]
    list_select_related = ["customer"]
    search_fields = ["number__exact", "id__exact", "customer__number__exact"]
    search_help_text = "A whole invoice number, id or customer number."
    story_skips = {"allocated_cents"}
    empty_says = "Invoices appear here once they are issued."

    def card(self, request: HttpRequest, row: Invoice) -> Card:
        balance = row.total_cents - row.allocated_cents
        return Card(
            what=f"{row.get_source_display()} invoice to {row.customer}.",
            state=state_of(row),
            figures=[
                Figure("Total", money(row.total_cents, row.currency)),
                Figure("paid", money(row.allocated_cents, row.currency), sign="−"),
                Figure("still to pay", money(balance, row.currency), sign="="),
            ],
            sum_shown=f"{grouped(row.total_cents)} − {grouped(row.allocated_cents)} = {grouped(balance)} {row.currency}",
            links=[Link("Customer", str(row.customer), page_of(row.customer))],
        )

    def happenings(self, request: HttpRequest, row: Invoice) -> Iterable[StoryLine]:
        return allocation_lines(invoice=row)

    @display(description="Total")
    def total_money(self, row: Invoice) -> str:
        return money(row.total_cents, row.currency)

    @display(description="Still to pay")
    def balance_money(self, row: Invoice) -> str:
        return money(row.total_cents - row.allocated_cents, row.currency)

    @display(description="State")
    def state(self, row: Invoice) -> State:
        return state_of(row)


@admin.register(Credit)
class CreditAdmin(MoneyAdmin):
    """Credits: what is owed to a customer with no payment behind it."""

    list_display = ["created_at", "customer", "amount_money", "left_money", "state", "reason"]
    list_filter = ["status", ("customer", FollowedLink)]
    list_select_related = ["customer"]
    ordering = ["-pk"]
    search_fields = ["id__exact", "customer__number__exact"]
    search_help_text = "A whole credit id or customer number."
    story_skips = {"allocated_cents"}
    empty_says = "Credit notes and goodwill appear here. What a payment leaves over lies on the payment itself."

    def card(self, request: HttpRequest, row: Credit) -> Card:
        left = row.amount_cents - row.allocated_cents
        return Card(
            what=f"Owed to {row.customer}: {row.reason}",
            state=state_of(row),
            figures=[
                Figure("Amount", money(row.amount_cents, row.currency)),
                Figure("used", money(row.allocated_cents, row.currency), sign="−"),
                Figure("left", money(left, row.currency), sign="="),
            ],
            sum_shown=f"{grouped(row.amount_cents)} − {grouped(row.allocated_cents)} = {grouped(left)} {row.currency}",
            links=[Link("Customer", str(row.customer), page_of(row.customer))],
        )

    def happenings(self, request: HttpRequest, row: Credit) -> Iterable[StoryLine]:
        return allocation_lines(credit=row)

    @display(description="Amount")
    def amount_money(self, row: Credit) -> str:
        return money(row.amount_cents, row.currency)

    @display(description="Left")
    def left_money(self, row: Credit) -> str:
        return money(row.amount_cents - row.allocated_cents, row.currency)

    @display(description="State")
    def state(self, row: Credit) -> State:
        return state_of(row)
