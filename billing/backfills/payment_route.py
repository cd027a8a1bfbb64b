"""`payments.route_id` for payments from before 2026-01-13, when payments did not yet say on which route they were collected.

The rule is `billing.rules.route_link`; the accountability report counts by the same rule until the link is stored, so
this backfill changes what is stored and never what is counted.
Source: seed 000, the payment route id backfill runbook.
"""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.db.models import F, Q, QuerySet, Value
from django.db.models.expressions import Combinable
from django.db.models.lookups import Exact

from accounts.errors import NotFound, RuleBroken
from accounts.models import Tenant, User
from billing.models import Payment
from billing.rules import route_link as rule
from billing.selectors.route_links import link_verdict, route_when_received
from billing.services import set_payment_route
from operations.backfill import Backfill, Check, Choice, FindingKind, register
from routes.models import Route
from routes.selectors import routes_like

MISMATCH = "mismatch"
SALE_LEFT_ROUTE = "sale_left_route"
NO_SALE = rule.NO_SALE
COLLECTOR_DIFFERS = "collector_differs"
ON_RECONCILED_ROUTE = "on_reconciled_route"


def take_sale_route(actor: User | None, payment: Payment, argument: str, reason: str) -> None:
    """Store the route that the payment's sale is on."""
    if payment.sale is None or payment.sale.route is None:
        raise RuleBroken(
            f"Payment {payment.pk}: its sale is on no route, so there is none to take. Choose a route or keep."
        )
    _set_route(actor, payment, payment.sale.route, reason)


def choose_route(actor: User | None, payment: Payment, argument: str, reason: str) -> None:
    """Store the route that the person names, by id or by number, within the payment's tenant."""
    route = _find_route(payment, argument)
    if route is None:
        raise NotFound(f"There is no route '{argument}' in this business. Give a route's number, as on its sheet.")
    _set_route(actor, payment, route, reason)


def routes_to_choose(tenant: Tenant, text: str) -> list[tuple[str, str]]:
    """Routes that a person may mean, each with its day, who went, and how far it has come."""
    return [(route.number, _in_words(route)) for route in routes_like(tenant=tenant, text=text)]


def _in_words(route: Route) -> str:
    day = f"{route.route_date:%-d %b %Y} ({route.route_date})"
    return f"{day}, {route.assigned_to}, {route.get_status_display().lower()}"


def _find_route(payment: Payment, argument: str) -> Route | None:
    routes = Route.objects.of_tenant(payment.tenant)
    by_number = routes.filter(number=argument).first()
    if by_number is not None:
        return by_number
    try:
        return routes.filter(pk=UUID(argument)).first()
    except ValueError:
        return None


def _set_route(actor: User | None, payment: Payment, route: Route, reason: str) -> None:
    set_payment_route(actor=actor, payment=payment, route=route, reason=reason)


KEEP = Choice("keep", "Keep as it is")
TAKE_SALE_ROUTE = Choice("take_sale_route", "Take the sale's route", take_sale_route)
CHOOSE_ROUTE = Choice(
    "choose_route",
    "Choose a route",
    choose_route,
    argument="route",
    asks="Route to choose",
    hint="number, day or person",
    offers=routes_to_choose,
)
ALL_CHOICES = (KEEP, TAKE_SALE_ROUTE, CHOOSE_ROUTE)


@register
class PaymentRoute(Backfill):
    """A payment without a route takes the route of its sale, where the sale's history does not speak against it."""

    name = "payment_route_id"
    title = "Payment routes"
    description = (
        "Payments from before 2026-01-13 do not say on which route they were collected. Each takes the route of its sale, "
        "unless the sale's history shows another route on that day: those wait for a person. No total changes."
    )
    source = "Seed 000, the payment route id backfill runbook; rule: billing/rules/route_link.py"
    noun = "payments"
    model = Payment
    writes = ("route_id",)
    write_verdict = rule.LINK
    unclear_verdicts = frozenset({rule.ROUTE_UNCLEAR})
    noted_verdicts = frozenset({rule.RECEIVED_BEFORE_ROUTE, rule.ROUTE_RECONCILED})
    verdict_labels = {rule.LINK: "take the route of their sale", **rule.REASONS}
    choices = ALL_CHOICES
    evidence_labels = {
        "payment_route_id": "Payment's route",
        "sale_route_id": "Sale's route now",
        "route_when_received_id": "Sale's route then",
        "received_at": "Received",
    }
    evidence_links = {"route_when_received_id": "routes.Route"}

    def candidates(self) -> QuerySet:
        return Payment.objects.filter(route__isnull=True, sale__route__isnull=False)

    def verdict(self) -> Combinable:
        return link_verdict()

    def new_values(self) -> dict[str, Combinable]:
        return {"route_id": F("sale__route_id")}

    def signed_since(self) -> Q | None:
        """Payments on a reconciled route that would no longer count there through their sale, which has moved since."""
        would_count_there = Q(route_id=F("sale__route_id")) & Q(Exact(link_verdict(), Value(rule.LINK)))
        return Q(route__status=Route.Status.RECONCILED) & ~would_count_there

    def evidence(self) -> dict[str, Any]:
        return {
            "sale_id": "sale_id",
            "sale_number": "sale__number",
            "payment_route_id": "route_id",
            "payment_route": "route__number",
            "sale_route_id": "sale__route_id",
            "sale_route": "sale__route__number",
            "route_when_received_id": route_when_received(),
            "amount_cents": "amount_cents",
            "currency": "currency",
            "received_at": "received_at",
            "collected_by": "collected_by__name",
        }

    def finding_kinds(self) -> tuple[FindingKind, ...]:
        routed = Q(route__isnull=False)
        would_link = Q(route__isnull=True, sale__route__isnull=False)
        return (
            FindingKind(
                MISMATCH,
                "on another route than its sale",
                routed & Q(sale__route__isnull=False) & ~Q(route_id=F("sale__route_id")),
                ALL_CHOICES,
                is_listed=True,
            ),
            FindingKind(
                SALE_LEFT_ROUTE,
                "on a route, but its sale no longer is",
                routed & Q(sale__isnull=False, sale__route__isnull=True),
                (KEEP, CHOOSE_ROUTE),
            ),
            FindingKind(
                NO_SALE, "for no sale, and on no route", Q(route__isnull=True, sale__isnull=True), (KEEP, CHOOSE_ROUTE)
            ),
            FindingKind(
                COLLECTOR_DIFFERS,
                "collected by someone other than the route's representative",
                would_link & Q(collected_by__isnull=False) & ~Q(collected_by=F("sale__route__assigned_to")),
                ALL_CHOICES,
            ),
            FindingKind(
                ON_RECONCILED_ROUTE,
                "on a route that had been reconciled before it was received",
                Q(received_at__gt=F("route__reconciled_at")),
                ALL_CHOICES,
            ),
        )

    def population(self) -> dict[str, QuerySet]:
        return {"payments_found": Payment.objects.filter(route__isnull=True)}

    def checks(self) -> tuple[Check, ...]:
        return (
            Check(
                "no payment is linked to a route of another tenant",
                lambda payments: payments.filter(route__isnull=False).exclude(route__tenant_id=F("tenant_id")),
            ),
        )

    def answer(self, counts: Mapping[str, Any]) -> dict[str, Any]:
        population, verdicts = counts["population"], counts["verdicts"]
        unclear = verdicts.get(rule.ROUTE_UNCLEAR, 0)
        waiting = verdicts.get("over_limit", 0) + counts.get("quarantined", 0) + counts.get("unreached", 0)
        still_missing = verdicts.get(rule.LINK, 0) if counts["dry_run"] else waiting
        return {
            "payments_found": population.get("payments_found", 0),
            "payments_needing_backfill": population.get("candidates", 0),
            "payments_unclear": unclear,
            "payments_updated": counts["written"],
            "payments_still_missing": still_missing + unclear,
            "mismatches_found": counts["findings"].get(MISMATCH, 0),
            "mismatches": [_mismatch(row) for row in counts["rows_of"].get(MISMATCH, [])],
        }


def _mismatch(row: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "payment_id": row["row_id"],
        "sale_id": row["sale_id"],
        "payment_route_id": row["payment_route_id"],
        "sale_route_id": row["sale_route_id"],
    }
