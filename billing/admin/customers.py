"""Pages of customers: who they are, and what they owe."""

from collections.abc import Iterable
from typing import Any
from urllib.parse import urlencode

from django.contrib import admin
from django.db.models import F, Q, QuerySet, Sum
from django.db.models.functions import Coalesce
from django.http import HttpRequest
from django.urls import reverse
from unfold.decorators import display

from accounts.admin import Card, Figure, FollowedLink, Link, State, StoryLine
from accounts.admin.people import active_state
from billing.admin.allocated import allocation_lines
from billing.admin.money import MoneyAdmin, grouped, money
from billing.models import Customer, Invoice, Sale
from billing.selectors.account_events import ACCOUNT_SOURCES
from billing.selectors.credits import credits_left, payments_with_credit


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
        currency = row.tenant.currency
        opening, unpaid = opening_left(row), unpaid_sales(row)
        lying, granted = credit_in(payments_with_credit(row), currency), credit_in(credits_left(row), currency)
        of_customer = f"?customer__id__exact={row.pk}"
        invoiced = unpaid_invoices(row)
        kinds = ("sale", "invoice", "payment", "credit")
        sales, invoices, payments, credits = (
            reverse(f"admin:billing_{name}_changelist") + of_customer for name in kinds
        )
        opening_rows = f"{reverse('admin:billing_allocation_changelist')}?opening_balance_customer__id__exact={row.pk}"
        unbilled = sum(source.unbilled_cents(row) for source in ACCOUNT_SOURCES.values())
        balance = opening + unpaid + invoiced + unbilled - lying - granted
        owed = " + ".join(grouped(part, currency) for part in (opening, unpaid, invoiced, unbilled))
        parts = f"{owed} − {grouped(lying, currency)} − {grouped(granted, currency)}"
        return Card(
            what=f"Customer {row.number}{f' on round {row.round}' if row.round_id else ', on no round'}.",
            state=active_state(row.is_active),
            figures=[
                Figure("Opening balance left", money(opening, currency), href=opening_rows),
                Figure("unpaid of sales", money(unpaid, currency), href=sales, sign="+"),
                Figure("unpaid of invoices", money(invoiced, currency), href=f"{invoices}&state=OUTSTANDING", sign="+"),
                Figure("delivered, not invoiced yet", money(unbilled, currency), sign="+"),
                Figure("credit on payments", money(lying, currency), href=payments, sign="−"),
                Figure("credit notes, goodwill", money(granted, currency), href=credits, sign="−"),
                Figure("owes" if balance >= 0 else "is owed", money(balance, currency), sign="="),
            ],
            sum_shown=f"{parts} = {grouped(balance, currency)} {currency}",
            links=[
                Link("", "Statement", statement_page(request, row)),
                Link("", "Sales", sales),
                Link("", "Invoices", invoices),
                Link("", "Payments", payments),
            ],
        )

    def happenings(self, request: HttpRequest, row: Customer) -> Iterable[StoryLine]:
        return allocation_lines(opening_balance_customer=row)

    @display(description="Opening balance left")
    def opening_money(self, row: Customer) -> str:
        return money(opening_left(row), row.tenant.currency)

    @display(description="Opening balance at the start")
    def opening_at_start(self, row: Customer) -> str:
        currency = row.tenant.currency
        left = grouped(opening_left(row), currency)
        return f"{grouped(row.opening_balance_cents, currency)} {currency}, of which {left} is left"

    @display(description="State")
    def state(self, row: Customer) -> State:
        return active_state(row.is_active)


def statement_page(request: HttpRequest, customer: Customer) -> str:
    """The customer's account over a period, to read and to print."""
    asked = {"customer": customer.number, **({"tenant": customer.tenant.slug} if request.user.is_superuser else {})}
    return f"{reverse('admin:report-statement')}?{urlencode(asked)}"


def opening_left(customer: Customer) -> int:
    """What is still owed from before this system knew the customer."""
    return customer.opening_balance_cents - customer.opening_balance_allocated_cents


def unpaid_sales(customer: Customer) -> int:
    """What is still to pay of the customer's standing sales, in the currency of the business."""
    balance = Sum(F("total_cents") - F("returned_cents") - F("allocated_cents"))
    own = Sale.objects.filter(customer=customer, currency=customer.tenant.currency)
    return own.asking().aggregate(cents=Coalesce(balance, 0))["cents"]


def unpaid_invoices(customer: Customer) -> int:
    """What is still to pay of the customer's invoices, in the currency of the business."""
    own = Invoice.objects.asking().filter(customer=customer, currency=customer.tenant.currency)
    return own.with_money().aggregate(cents=Coalesce(Sum("balance_now_cents"), 0))["cents"]


def credit_in(rows: QuerySet[Any], currency: str) -> int:
    """How much of a customer's credit lies in these rows."""
    return rows.filter(currency=currency).aggregate(cents=Coalesce(Sum("credit_cents"), 0))["cents"]
