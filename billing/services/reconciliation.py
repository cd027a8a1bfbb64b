"""Reconciling a route: the cash that is handed over, counted against the cash that was recorded, by a second person.

Route N-7 is back. 500.00 were recorded as cash; 495.00 lie on the table. The bookkeeper, who neither drove nor collected, signs
for a variance of -5.00, charged to the representative because a note was missing. From then on the route's figures stay.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db.models import Sum

from accounts.errors import Conflict, NotAllowed, NotFound, RuleBroken
from accounts.locks import locked
from accounts.models import User
from accounts.roles import OFFICE
from accounts.unit_of_work import unit_of_work
from billing.models import Payment, RouteReconciliation, Sale
from billing.selectors.route_money import cash_on, payments_on
from billing.services.checks import check_cents, check_reason
from billing.services.returns import record_return
from routes import rules
from routes.models import Route
from routes.services import check_staff, move_route

Disposition = RouteReconciliation.Disposition


class FourEyesNeeded(NotAllowed):
    """Who collected the money cannot be the one who verifies it."""

    code = "four_eyes_needed"


class VarianceUnexplained(RuleBroken):
    """The cash does not agree with the books, and nobody said what becomes of the difference."""

    code = "variance_unexplained"


class PaymentsWait(Conflict):
    """Payments of the route still wait for verification."""

    code = "payments_wait"


@unit_of_work
def reconcile_route(
    *,
    actor: User,
    route: Route,
    cash_handed_over_cents: int,
    now: datetime,
    disposition: str | None = None,
    disposition_reason: str = "",
    returns: Sequence[Mapping[str, Any]] = (),
    notes: str = "",
) -> RouteReconciliation:
    """Close a completed route for good: its returns, its cash against the books, and what becomes of a difference.

    *Money*: `cash_handed_over_cents` >= 0; the variance is handed over less recorded, negative for a shortage. Each of `returns`
    has `sale`, `reason` and what `record_return` takes besides. *Raises* IllegalRouteMove (not back, or reconciled before),
    FourEyesNeeded, VarianceUnexplained, PaymentsWait, NotAnAmount, and what `record_return` raises.
    """
    check_staff(actor, route.tenant_id, roles=OFFICE)
    check_cents(cash_handed_over_cents, name="cash_handed_over_cents", least=0)
    route = locked(Route.objects.filter(pk=route.pk)).get()
    if route.status == rules.COMPLETED:
        _check_four_eyes(actor, route)
        _check_nothing_waits(route)
        _record_returns(actor, route, returns)
    route = move_route(actor=actor, route=route, to_status=rules.RECONCILED, now=now)
    expected = cash_on(route)
    variance = cash_handed_over_cents - expected
    return RouteReconciliation.objects.create(
        tenant_id=route.tenant_id,
        route=route,
        cash_expected_cents=expected,
        cash_handed_over_cents=cash_handed_over_cents,
        cash_variance_cents=variance,
        returns_cents=_returned_on(route),
        variance_disposition=_disposition(variance, disposition, disposition_reason),
        variance_reason=disposition_reason.strip() if variance else "",
        verified_by=actor,
        notes=notes,
        reconciled_at=now,
    )


def _check_four_eyes(actor: User, route: Route) -> None:
    """Refuse who had the money in hand, also if the route was given to another since, or the payment taken back."""
    collected = payments_on(route).filter(channel=Payment.Channel.CASH, collected_by=actor)
    drove = route.history.filter(assigned_to_id=actor.pk).exclude(status=rules.PENDING)
    if route.assigned_to_id == actor.pk or drove.exists() or collected.exists():
        raise FourEyesNeeded(
            f"{actor} drove route {route.number} or collected cash on it, and cannot verify it. Ask somebody else of the office."
        )


def _check_nothing_waits(route: Route) -> None:
    is_waiting = {"status": Payment.Status.PENDING, "verification_status": Payment.Verification.PENDING_VERIFICATION}
    waiting = payments_on(route).filter(**is_waiting).count()
    if waiting:
        raise PaymentsWait(
            f"Payments of route {route.number} wait for verification, {waiting} in all. Approve or reject them first."
        )


def _returned_on(route: Route) -> int:
    sales = Sale.objects.standing().filter(route=route, currency=route.tenant.currency)
    return sales.aggregate(cents=Sum("returned_cents"))["cents"] or 0


def _record_returns(actor: User, route: Route, returns: Sequence[Mapping[str, Any]]) -> None:
    """Record them by customer, then by sale: that is the order in which every service locks."""
    sales = {str(sale.pk): sale for sale in Sale.objects.filter(route=route)}
    found = [(_sale_of(entry, sales, route), entry) for entry in returns]
    for sale, entry in sorted(found, key=lambda pair: (pair[0].customer_id, pair[0].pk)):
        record_return(actor=actor, sale=sale, **{name: entry[name] for name in entry if name != "sale"})


def _sale_of(entry: Mapping[str, Any], sales: Mapping[str, Sale], route: Route) -> Sale:
    sale_id = str(getattr(entry.get("sale"), "pk", entry.get("sale")))
    if sale_id not in sales:
        raise NotFound(f"Sale {sale_id} is not on route {route.number}. Record its return on its own route.")
    return sales[sale_id]


def _disposition(variance: int, disposition: str | None, reason: str) -> str:
    if variance == 0:
        return Disposition.NONE
    if disposition not in {Disposition.OPEN, Disposition.WRITTEN_OFF, Disposition.CHARGED_TO_REP}:
        raise VarianceUnexplained(
            f"The cash handed over differs from the recorded cash by {variance} cents. Count again, or say what becomes of the "
            "difference: OPEN, WRITTEN_OFF or CHARGED_TO_REP, with a reason.",
            fields={"disposition": ["OPEN, WRITTEN_OFF or CHARGED_TO_REP."]},
        )
    check_reason(reason, what=f"A variance of {variance} cents")
    return disposition
