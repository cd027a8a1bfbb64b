"""What a route's steps mean for the money: what it is sent to collect, and when it may disappear."""

from datetime import datetime
from typing import Any
from uuid import UUID

from accounts.errors import Conflict
from accounts.locks import locked
from accounts.models import User
from accounts.unit_of_work import unit_of_work
from billing.models import Customer, RouteOpeningDebt, RouteOpeningDue, Sale
from billing.rules.opening_dues import carried_debts
from billing.selectors.older_debts import older_debts
from billing.selectors.route_money import payments_on
from billing.services.checks import check_reason
from billing.services.route_checks import check_figures_open
from routes import rules
from routes.models import Route
from routes.services import IllegalRouteMove, RouteIsClosed, check_staff, move_route


class RouteHasMoney(Conflict):
    """Money was collected on the route, or through it."""

    code = "route_has_money"


@unit_of_work
def start_route(*, actor: User | None, route: Route, now: datetime) -> Route:
    """Send a planned route out, and freeze what older debt it is to collect (`billing.rules.opening_dues`).

    *Raises* IllegalRouteMove; a route that is back is reopened, with a reason, and keeps what it was sent to collect.
    """
    check_staff(actor, route.tenant_id)
    route = locked(Route.objects.filter(pk=route.pk)).get()
    if route.status == rules.COMPLETED:
        raise IllegalRouteMove(f"Route {route.number} is back. Reopen it, with a reason, to send it out again.")
    route = move_route(actor=actor, route=route, to_status=rules.IN_PROGRESS, now=now)
    customers = Sale.objects.standing().filter(route=route).order_by().values("customer")
    for customer in locked(Customer.objects.filter(pk__in=customers)):
        _freeze_opening_due(route, customer, carried_debts(older_debts(customer, starting=route)))
    return route


@unit_of_work
def complete_route(*, actor: User | None, route: Route, now: datetime) -> Route:
    """Note that a route is back. *Raises* IllegalRouteMove."""
    return move_route(actor=actor, route=route, to_status=rules.COMPLETED, now=now)


@unit_of_work
def reopen_route(*, actor: User | None, route: Route, reason: str, now: datetime) -> Route:
    """Take a completed route back on the road; what it was sent to collect stays frozen. *Raises* IllegalRouteMove."""
    check_reason(reason, what=f"Reopening route {route.number}")
    route = locked(Route.objects.filter(pk=route.pk)).get()
    if route.status == rules.PENDING:
        raise IllegalRouteMove(f"Route {route.number} was never out. Start it instead.")
    return move_route(actor=actor, route=route, to_status=rules.IN_PROGRESS, now=now)


@unit_of_work
def delete_route(*, actor: User | None, route: Route, reason: str = "") -> None:
    """Delete a route on which nothing was collected; its sales are on no route then.

    *Raises* RouteHasMoney, RouteAlreadyReconciled, RouteIsClosed when it is back.
    """
    check_staff(actor, route.tenant_id)
    route = locked(Route.objects.filter(pk=route.pk)).get()
    check_figures_open(route, change="deleting it")
    if route.status == rules.COMPLETED:
        raise RouteIsClosed(
            f"Route {route.number} is back and waits for its reconciliation. Reconcile it, or reopen it first."
        )
    if payments_on(route).exists():
        raise RouteHasMoney(
            f"Payments were collected on route {route.number}: without it nobody could say where. Keep it, or give each payment "
            "its right route first."
        )
    _lock_customers(Sale.objects.filter(route=route))
    for sale in locked(Sale.objects.filter(route=route)):
        sale.route = None
        sale.save()
    route.delete()


def _lock_customers(sales: Any) -> None:
    list(locked(Customer.objects.filter(pk__in=sales.order_by().values("customer"))))


def _freeze_opening_due(route: Route, customer: Customer, debts: dict[UUID | None, int]) -> None:
    if not debts:
        return
    due = RouteOpeningDue.objects.create(route=route, customer=customer, previous_due_cents=sum(debts.values()))
    RouteOpeningDebt.objects.bulk_create(
        RouteOpeningDebt(opening_due=due, sale_id=sale_id, amount_cents=cents) for sale_id, cents in debts.items()
    )
