"""The figures of many routes at once: one grouped query per kind of row, each driven by the routes that are asked for.

A payment counts with what of it did not go back to the customer (`amount_cents - refunded_cents`); a refund after the route was
reconciled leaves the signed figures as they are and is counted beside them. Rows come back by route and currency. What is in the
tenant's currency goes into the figures; everything else is summed apart, by currency, and never added to them.
"""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from django.db.models import BooleanField, Case, CharField, Count, F, Q, QuerySet, Sum, Value, When
from django.db.models.expressions import Combinable
from django.db.models.functions import Coalesce

from billing.models import Payment, RouteOpeningDue, RouteReconciliation, Sale
from billing.models.payment import PaymentQuerySet
from billing.rules import route_link as rule
from billing.rules.route_figures import Figures
from billing.selectors.route_links import link_verdict
from billing.selectors.route_money import KEPT, settled_refunds
from routes.models import Route

ELSEWHERE = "elsewhere"
AFTERWARDS = "afterwards"
REFUNDED_AFTERWARDS = "refunded_after_settlement"
PREPAID = {ELSEWHERE, rule.RECEIVED_BEFORE_ROUTE, rule.ROUTE_UNCLEAR}

NO_CENTS = Value(0)


@dataclass(slots=True)
class RouteMoney:
    """One route (as a row of values) with its figures."""

    route: dict[str, Any]
    figures: Figures = field(default_factory=Figures)

    def as_dict(self, currency: str) -> dict[str, Any]:
        """The route and its figures, for reports."""
        return {
            "route_id": self.route["id"],
            "number": self.route["number"],
            "route_date": self.route["route_date"],
            "status": self.route["status"],
            **self.figures.as_dict(currency),
        }


def new_sums() -> dict[str, int]:
    """A number of payments and their cents, both 0."""
    return {"payments": 0, "cents": 0}


@dataclass(slots=True)
class Gathered:
    """All that was found about a set of routes, and beside them."""

    currency: str
    routes: dict[UUID, RouteMoney]
    other_currencies: dict[str, dict[str, int]] = field(default_factory=lambda: defaultdict(new_sums))
    unattributed: dict[str, dict[str, int]] = field(default_factory=lambda: defaultdict(new_sums))

    def rows(self, rows: QuerySet) -> Iterator[tuple[Figures, dict[str, Any]]]:
        """Yield each row in our currency with the figures of its route."""
        for row in rows:
            if row["currency"] == self.currency and row["on_route"] in self.routes:
                yield self.routes[row["on_route"]].figures, row

    def count_elsewhere(self, row: dict[str, Any]) -> None:
        """Count a row of payments in another currency apart."""
        sums = self.other_currencies[row["currency"]]
        sums["payments"] += row["payments"]
        sums["cents"] += row["cents"]


def gather(routes: QuerySet[Route], *, currency: str) -> Gathered:
    """Read the routes, what was sold, owed and paid on them by their own link, and what went back after they were signed for."""
    values = routes.order_by("-route_date", "-id").values(
        "id", "number", "route_date", "status", "assigned_to_id", "assigned_to__name"
    )
    gathered = Gathered(currency, {row["id"]: RouteMoney({**row}) for row in values})
    _add_sales(gathered, routes)
    _add_opening_dues(gathered, routes)
    _add_linked_payments(gathered, routes)
    _add_settled_refunds(gathered, routes)
    return gathered


def add_unlinked_payments(gathered: Gathered, payments: PaymentQuerySet, *, in_period: Q | None = None) -> None:
    """Add payments whose own link is not their sale's route: counted through it, prepaid, or unattributed by reason."""
    for row in _unlinked(payments, in_period or Q(pk__isnull=False)):
        money = gathered.routes.get(row["on_route"])
        if row["verdict"] == rule.LINK:
            if money is not None:
                _count_payments(gathered, money.figures, row, via_fallback=True)
            continue
        if money is not None and row["verdict"] in PREPAID and row["currency"] == gathered.currency:
            money.figures.prepaid_cents += row["allocated"]
        if row["verdict"] in rule.REASONS and row["is_in_period"]:
            count_unattributed(gathered, row["verdict"], row)


def add_reconciliations(gathered: Gathered, routes: QuerySet[Route]) -> None:
    """Add the cash handed over beyond the recorded cash; called last, when all payments are in."""
    handed_over = RouteReconciliation.objects.using(routes.db).filter(route__in=routes.order_by().values("pk"))
    for route_id, cents in handed_over.values_list("route", "cash_handed_over_cents"):
        gathered.routes[route_id].figures.hand_over(cents)


def count_unattributed(gathered: Gathered, reason: str, row: dict[str, Any]) -> None:
    """Count a row of payments under the reason why no route has it."""
    if row["currency"] != gathered.currency:
        gathered.count_elsewhere(row)
        return
    sums = gathered.unattributed[reason]
    sums["payments"] += row["payments"]
    sums["cents"] += row["cents"]


def _add_sales(gathered: Gathered, routes: QuerySet[Route]) -> None:
    sales = Sale.objects.using(routes.db).standing().filter(route__in=routes.order_by().values("pk")).order_by()
    rows = sales.values("currency", on_route=F("route")).annotate(total=Sum("total_cents"), back=Sum("returned_cents"))
    for figures, row in gathered.rows(rows):
        figures.sales_net_cents += row["total"] - row["back"]
        figures.returns_cents += row["back"]


def _add_opening_dues(gathered: Gathered, routes: QuerySet[Route]) -> None:
    dues = RouteOpeningDue.objects.using(routes.db).filter(route__in=routes.order_by().values("pk")).order_by()
    for route_id, cents in dues.values_list("route").annotate(cents=Sum("previous_due_cents")):
        gathered.routes[route_id].figures.opening_dues_cents += cents


def _add_linked_payments(gathered: Gathered, routes: QuerySet[Route]) -> None:
    payments = Payment.objects.using(routes.db).counting().filter(route__in=routes.order_by().values("pk")).order_by()
    for row in payments.values("currency", on_route=F("route")).annotate(**_sums("route__assigned_to")):
        _count_payments(gathered, gathered.routes[row["on_route"]].figures, {**row})


def _add_settled_refunds(gathered: Gathered, routes: QuerySet[Route]) -> None:
    """What went back afterwards was collected, signed for, and is subtracted beside the routes."""
    refunds = settled_refunds(routes).order_by().values(currency=F("payment__currency"), on_route=F("settled_route"))
    sums = _sums("settled_route__assigned_to", cents=F("amount_cents"), of_payment="payment__")
    for figures, row in gathered.rows(refunds.annotate(**sums)):
        _add_cents(figures, row)
        count_unattributed(gathered, REFUNDED_AFTERWARDS, {**row, "payments": 0, "cents": -row["cents"]})


def _count_payments(gathered: Gathered, figures: Figures, row: dict[str, Any], *, via_fallback: bool = False) -> None:
    if row["currency"] != gathered.currency:
        gathered.count_elsewhere(row)
        return
    _add_cents(figures, row)
    figures.payments_counted += row["payments"]
    figures.payments_via_fallback += row["payments"] if via_fallback else 0


def _add_cents(figures: Figures, row: dict[str, Any]) -> None:
    figures.payments_cents += row["cents"]
    figures.cash_payments_cents += row["cash"]
    figures.collected_by_others_cents += row["by_others"]


def _unlinked(payments: PaymentQuerySet, in_period: Q) -> QuerySet:
    verdict = Case(
        When(route__isnull=True, then=link_verdict()),
        When(received_at__gt=F("sale__route__reconciled_at"), then=Value(AFTERWARDS)),
        default=Value(ELSEWHERE),
        output_field=CharField(),
    )
    is_in_period = Case(When(in_period, then=True), default=False, output_field=BooleanField())
    elsewhere = Q(route__lt=F("sale__route")) | Q(route__gt=F("sale__route"))
    unlinked = payments.counting().filter(Q(route__isnull=True) | elsewhere)
    grouped = unlinked.order_by().annotate(verdict=verdict, is_in_period=is_in_period)
    return grouped.values("currency", "verdict", "is_in_period", on_route=F("sale__route")).annotate(
        **_sums("sale__route__assigned_to"), allocated=Sum("allocated_cents")
    )


def _sums(rep: str, *, cents: Combinable = KEPT, of_payment: str = "") -> dict[str, Any]:
    collector = f"{of_payment}collected_by"
    by_others = Q(**{f"{collector}__isnull": False}) & ~Q(**{collector: F(rep)})
    cash = Q(**{f"{of_payment}channel": Payment.Channel.CASH})
    return {
        "payments": Count("pk"),
        "cents": Sum(cents),
        "cash": Coalesce(Sum(cents, filter=cash), NO_CENTS),
        "by_others": Coalesce(Sum(cents, filter=by_others), NO_CENTS),
    }
