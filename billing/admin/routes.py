"""The money side of routes: their page with figures, the cash settlement, and older debts carried out."""

from collections.abc import Iterable
from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from unfold.admin import TabularInline
from unfold.decorators import display

from accounts.admin import Card, Figure, FollowedLink, Link, State, StoryLine, linked, page_of
from accounts.words import counted
from billing.admin.money import MoneyAdmin, MoneyTeller, grouped, money
from billing.admin.states import DISPOSITIONS, state_of
from billing.models import RouteOpeningDebt, RouteOpeningDue, RouteReconciliation
from billing.selectors.accountability import accountability_of
from routes.admin import RouteAdmin
from routes.models import Route

admin.site.unregister(Route)


@admin.register(Route)
class RouteWithMoneyAdmin(RouteAdmin):
    """Routes as `routes.admin` shows them, with links to their sales, payments and settlement."""

    def storyteller(self) -> MoneyTeller:
        return MoneyTeller(self.model, self.story_skips)

    def card(self, request: HttpRequest, row: Route) -> Card:
        report = figures_of(row)
        settlement = RouteReconciliation.objects.filter(route=row).select_related("tenant").first()
        return Card(
            what=self.what(row),
            state=state_of(row),
            figures=[*route_figures(report), *(settlement_figures(settlement) if settlement else [])],
            sum_shown="; cash: ".join([route_sum(report), *([settlement_sum(settlement)] if settlement else [])]),
            links=route_links(request, row, settlement),
        )

    @display(description="State")
    def state(self, row: Route) -> State:
        return state_of(row)


def figures_of(route: Route) -> dict[str, Any]:
    """The route's figures as its representative's accountability has them."""
    report = accountability_of(route.assigned_to, first=route.route_date, last=route.route_date)
    of_routes = [*report["routes"], *report["planned_routes"]]
    return {"currency": report["currency"], **next(row for row in of_routes if row["route_id"] == route.pk)}


def route_figures(report: dict[str, Any]) -> list[Figure]:
    """Expected - collected = outstanding, with the rows behind them."""
    currency, pk = report["currency"], report["route_id"]
    sales = f"{reverse('admin:billing_sale_changelist')}?route__id__exact={pk}"
    paid = counted(report["payments_counted"], "payments")
    in_words = f"{paid}, {report['payments_via_fallback']} of them through fallback"
    payments = reverse("admin:accountability-route", args=[pk])
    return [
        Figure("Expected", money(report["expected_cents"], currency), "sales less returns, and older debts", sales),
        Figure("collected", money(report["total_collected_cents"], currency), in_words, payments, "−"),
        Figure("outstanding", money(report["current_outstanding_cents"], currency), sign="="),
    ]


def route_sum(report: dict[str, Any]) -> str:
    """Expected - collected = outstanding, as one line."""
    names = ("expected_cents", "total_collected_cents", "current_outstanding_cents")
    expected, collected, outstanding = (grouped(report[name], report["currency"]) for name in names)
    return f"{expected} − {collected} = {outstanding} {report['currency']}"


def route_links(request: HttpRequest, route: Route, settlement: RouteReconciliation | None) -> list[Link]:
    """The lists behind a route, its settlement, and its place in the accountability report."""
    of_route = f"?route__id__exact={route.pk}"
    rows = [("Sales on it", "sale"), ("Payments linked to it", "payment"), ("Debts carried out", "routeopeningdue")]
    links = [Link("", text, reverse(f"admin:billing_{name}_changelist") + of_route) for text, name in rows]
    if request.user.has_perm("billing.view_accountability"):
        links.append(Link("", "Every payment counted on it", reverse("admin:accountability-route", args=[route.pk])))
    if settlement:
        links.append(Link("Settled", f"{settlement.reconciled_at:%-d %b %Y}", page_of(settlement)))
    return links


def settlement_figures(row: RouteReconciliation) -> list[Figure]:
    """Handed over - recorded = difference."""
    currency = row.tenant.currency
    word = "difference" if row.cash_variance_cents == 0 else "over" if row.cash_variance_cents > 0 else "short"
    return [
        Figure("Cash handed over", money(row.cash_handed_over_cents, currency)),
        Figure("cash recorded", money(row.cash_expected_cents, currency), sign="−"),
        Figure(
            word, money(row.cash_variance_cents, currency), row.get_variance_disposition_display().lower(), sign="="
        ),
    ]


def settlement_sum(row: RouteReconciliation) -> str:
    """The settlement as one line that can be checked by hand."""
    currency = row.tenant.currency
    parts = f"{grouped(row.cash_handed_over_cents, currency)} − {grouped(row.cash_expected_cents, currency)}"
    return f"{parts} = {grouped(row.cash_variance_cents, currency)} {currency}"


@admin.register(RouteReconciliation)
class RouteReconciliationAdmin(MoneyAdmin):
    """Settlements: cash handed over against cash recorded, who checked, and what became of the difference."""

    list_display = [
        "reconciled_at",
        "route",
        "handed_money",
        "expected_money",
        "variance_money",
        "disposition",
        "verified_by",
    ]
    list_filter = ["variance_disposition", ("route", FollowedLink)]
    list_select_related = ["route", "verified_by", "tenant"]
    ordering = ["-pk"]
    search_fields = ["route__number__exact", "id__exact"]
    search_help_text = "A whole route number or settlement id."
    empty_says = "A settlement appears here when a route's cash is handed over and counted."

    def card(self, request: HttpRequest, row: RouteReconciliation) -> Card:
        return Card(
            what=f"Cash of route {row.route}, counted by {row.verified_by}. {row.variance_reason}",
            state=disposition_state(row),
            figures=settlement_figures(row),
            sum_shown=settlement_sum(row),
            links=[Link("Route", str(row.route), page_of(row.route))],
        )

    @display(description="Handed over")
    def handed_money(self, row: RouteReconciliation) -> str:
        return money(row.cash_handed_over_cents, row.tenant.currency)

    @display(description="Recorded")
    def expected_money(self, row: RouteReconciliation) -> str:
        return money(row.cash_expected_cents, row.tenant.currency)

    @display(description="Difference")
    def variance_money(self, row: RouteReconciliation) -> str:
        return money(row.cash_variance_cents, row.tenant.currency)

    @display(description="What became of it")
    def disposition(self, row: RouteReconciliation) -> State:
        return disposition_state(row)


def disposition_state(row: RouteReconciliation) -> State:
    """What became of the difference, as a state."""
    return State(row.get_variance_disposition_display(), DISPOSITIONS.get(row.variance_disposition, ""))


class OpeningDebts(TabularInline):
    """The debts that make up a due, to read: what was unpaid of each when the route started."""

    model = RouteOpeningDebt
    verbose_name_plural = "Made up of"
    hide_title = True
    fields = readonly_fields = ["debt", "debt_money"]
    extra = 0
    can_delete = False

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        return super().get_queryset(request).select_related("sale", "opening_due__customer__tenant").order_by("pk")

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return request.user.has_perm("billing.view_routeopeningdue")

    @display(description="Debt")
    def debt(self, row: RouteOpeningDebt) -> str:
        return linked(row.sale) if row.sale_id else "opening balance"

    @display(description="Unpaid then")
    def debt_money(self, row: RouteOpeningDebt) -> str:
        return money(row.amount_cents, row.opening_due.customer.tenant.currency)


@admin.register(RouteOpeningDue)
class RouteOpeningDueAdmin(MoneyAdmin):
    """Older debts that a route was sent out with, frozen when it started."""

    tenant_path = "route__tenant"
    list_display = ["route", "customer", "due_money"]
    list_filter = [("route", FollowedLink), ("customer", FollowedLink)]
    list_select_related = ["route", "customer__tenant"]
    ordering = ["-pk"]
    search_fields = ["route__number__exact", "customer__number__exact"]
    search_help_text = "A whole route number or customer number."
    empty_says = "Debts appear here when a route starts whose customers still owe from before."
    inlines = [OpeningDebts]

    def card(self, request: HttpRequest, row: RouteOpeningDue) -> Card:
        return Card(
            what=f"What {row.customer} owed when route {row.route} started.",
            figures=[Figure("Owed then", money(row.previous_due_cents, row.customer.tenant.currency))],
            links=[
                Link("Route", str(row.route), page_of(row.route)),
                Link("Customer", str(row.customer), page_of(row.customer)),
            ],
        )

    def happenings(self, request: HttpRequest, row: Any) -> Iterable[StoryLine]:
        return []

    @display(description="Owed then")
    def due_money(self, row: RouteOpeningDue) -> str:
        return money(row.previous_due_cents, row.customer.tenant.currency)
