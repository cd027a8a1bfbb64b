"""Pages of customers: who they are, and what they owe."""

from collections.abc import Iterable
from typing import Any
from urllib.parse import urlencode

from django.contrib import admin
from django.db.models import F, Q, QuerySet
from django.http import HttpRequest
from django.urls import reverse
from unfold.decorators import display

from accounts.admin import Card, Figure, FollowedLink, Link, State, StoryLine
from accounts.admin.people import active_state
from billing.admin.allocated import allocation_lines
from billing.admin.money import MoneyAdmin, grouped, money
from billing.models import Customer
from billing.selectors.account_balance import AccountBalance, account_balance


class OpeningFilter(admin.SimpleListFilter):
    """Customers who still owe something of their opening balance."""

    title, parameter_name = "opening balance", "opening"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("left", "Still to pay")]

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        owing = Q(opening_balance_allocated_cents__lt=F("opening_balance_cents"))
        return queryset.filter(owing) if self.value() == "left" else queryset


@admin.register(Customer)
class CustomerAdmin(MoneyAdmin):
    """Customers: administrators add them and correct their names; what they owe comes from sales and payments alone."""

    is_editable = True
    list_display = ["number", "name", "phone", "round", "opening_money", "state"]
    list_filter = ["is_active", OpeningFilter, ("round", FollowedLink)]
    list_select_related = ["round", "tenant"]
    autocomplete_fields = ["round", "user"]
    search_fields = ["number__exact", "name__startswith", "id__exact"]
    search_help_text = "A whole customer number, or how a name begins (capitals matter)."
    story_skips = {"opening_balance_allocated_cents"}
    empty_says = "Add the first customer with the button above, or import them by the API."

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> list[Any]:
        tenant = ["tenant"] if request.user.is_superuser else []
        first = ["number", "name", "phone", *tenant, "round", "user", "is_active"]
        opening = "opening_at_start" if obj else "opening_balance_cents"
        money_fields = ("Money", {"fields": [opening, "credit_limit_cents"]})
        why = [(None, {"fields": ["change_reason"]})] if self.has_change_permission(request, obj) else []
        return [(None, {"fields": first}), money_fields, *why]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        """What was owed at the start is set once; afterwards it is history that allocations stand on."""
        return ["opening_at_start", *(["tenant"] if request.user.is_superuser else [])] if obj else []

    def card(self, request: HttpRequest, row: Customer) -> Card:
        currency, account, lists = row.tenant.currency, account_balance(row), lists_of(row)
        balance = account.balance_cents
        owed, credit = (
            [grouped(part, currency) for part in parts] for parts in (account.owed_cents, account.credit_cents)
        )
        return Card(
            what=f"Customer {row.number}{f' on round {row.round}' if row.round_id else ', on no round'}.",
            state=active_state(row.is_active),
            figures=[
                *account_figures(account, currency, lists),
                Figure("owes" if balance >= 0 else "is owed", money(balance, currency), sign="="),
            ],
            sum_shown=f"{' − '.join([' + '.join(owed), *credit])} = {grouped(balance, currency)} {currency}",
            links=[
                Link("", "Statement", statement_page(request, row)),
                *(Link("", name.capitalize(), lists[name]) for name in ("sales", "invoices", "payments")),
            ],
        )

    def happenings(self, request: HttpRequest, row: Customer) -> Iterable[StoryLine]:
        return allocation_lines(opening_balance_customer=row)

    @display(description="Opening balance left")
    def opening_money(self, row: Customer) -> str:
        return money(row.opening_balance_left_cents, row.tenant.currency)

    @display(description="Opening balance at the start")
    def opening_at_start(self, row: Customer) -> str:
        currency = row.tenant.currency
        left = grouped(row.opening_balance_left_cents, currency)
        return f"{grouped(row.opening_balance_cents, currency)} {currency}, of which {left} is left"

    @display(description="State")
    def state(self, row: Customer) -> State:
        return active_state(row.is_active)


def statement_page(request: HttpRequest, customer: Customer) -> str:
    """The customer's account over a period, to read and to print."""
    asked = {"customer": customer.number, **({"tenant": customer.tenant.slug} if request.user.is_superuser else {})}
    return f"{reverse('admin:report-statement')}?{urlencode(asked)}"


def lists_of(customer: Customer) -> dict[str, str]:
    """The lists of what belongs to the customer, by what they hold."""
    models = {"sales": "sale", "invoices": "invoice", "payments": "payment", "credits": "credit"}
    of_customer = f"?customer__id__exact={customer.pk}"
    lists = {name: reverse(f"admin:billing_{model}_changelist") + of_customer for name, model in models.items()}
    allocations = reverse("admin:billing_allocation_changelist")
    return {**lists, "opening": f"{allocations}?opening_balance_customer__id__exact={customer.pk}"}


def account_figures(account: AccountBalance, currency: str, lists: dict[str, str]) -> list[Figure]:
    """Each part of the account, with the list of what it is made of."""
    parts = [
        ("", "Opening balance left", account.opening_cents, lists["opening"]),
        ("+", "unpaid of sales", account.sales_cents, lists["sales"]),
        ("+", "unpaid of invoices", account.invoices_cents, f"{lists['invoices']}&state=OUTSTANDING"),
        ("+", "delivered, not invoiced yet", account.unbilled_cents, ""),
        ("−", "credit on payments", account.on_payments_cents, lists["payments"]),
        ("−", "credit notes, goodwill", account.granted_cents, lists["credits"]),
    ]
    return [Figure(label, money(cents, currency), href=href, sign=sign) for sign, label, cents, href in parts]
