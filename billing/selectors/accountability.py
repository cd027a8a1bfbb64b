"""Who collected what, of what they were sent to collect: per representative, and for the whole business.

Each payment that counts as money in is counted once: on the route that it is linked to; while it has no link, on its sale's route
when `billing.rules.route_link` says so; else as *unattributed*, under the reason. So the sum over all representatives and the
unattributed is the sum of all payments, and the backfill, which writes down what the fallback counts, changes no total.

*Collected* is what came in and did not go back: a refund lowers it on the payment's route, whole or in part. A reconciled route
keeps the figures that were signed for; what goes back later stands beside the routes, negative, as `refunded_after_settlement`.
A payment of 50.00 on N-7, of which 10.00 go back on the way and 5.00 after the reconciliation, counts with 40.00 on N-7 and with
-5.00 beside it.
Source: contract section 3; ADR 0003.
"""

import logging
from collections.abc import Iterable
from datetime import date
from typing import Any

from django.db import DEFAULT_DB_ALIAS
from django.db.models import Q

from accounts.models import Role, Tenant, User
from billing.models import Payment
from billing.rules.period import Period, between
from billing.rules.route_figures import Figures
from billing.selectors.route_figures import (
    Gathered,
    RouteMoney,
    add_reconciliations,
    add_unlinked_payments,
    count_unattributed,
    gather,
)
from routes.models import Route

log = logging.getLogger("roundsman.billing")

ROUTE_PLANNED = "route_planned"
ROUTES_LOGGED = 20


def accountability_of(user: User, *, first: date | None = None, last: date | None = None) -> dict[str, Any]:
    """Answer what this person's started routes dated from `first` to `last` were to bring in, and did.

    *Money*: cents of the tenant's currency; other currencies are listed apart and never added. Seven queries, all driven by the
    person's routes. *Raises* PeriodReversed.
    """
    period = Period(first, last)
    routes = Route.objects.filter(assigned_to=user).dated(period.first, period.last)
    gathered = gather(routes, currency=user.tenant.currency if user.tenant else "")
    add_unlinked_payments(gathered, Payment.objects.filter(sale__route__in=routes.order_by().values("pk")))
    add_reconciliations(gathered, routes)
    started, planned = _split(gathered)
    _log_fallback(started)
    return {
        **_person(user.pk, user.name, gathered.currency, started),
        "other_currencies": {currency: dict(sums) for currency, sums in gathered.other_currencies.items()},
        "routes": [money.as_dict(gathered.currency) for money in started],
        "planned_routes": [money.as_dict(gathered.currency) for money in planned],
    }


def accountability_of_all(
    tenant: Tenant,
    *,
    first: date | None = None,
    last: date | None = None,
    using: str = DEFAULT_DB_ALIAS,
    quietly: bool = False,
) -> dict[str, Any]:
    """Answer the same for every representative of a tenant, with the payments that no route has, by reason.

    Without a period the totals are those of all payments, less what went back. With one, a payment counts by its route's date
    (so does a refund after the settlement), and an unattributed one by the day on which it was received, in the tenant's time
    zone. *Raises* PeriodReversed.
    """
    period = Period(first, last)
    routes = Route.objects.using(using).filter(tenant=tenant).dated(period.first, period.last)
    gathered = gather(routes, currency=tenant.currency)
    payments = Payment.objects.using(using).filter(tenant=tenant)
    received = Q(**between("received_at", *period.moments(tenant.zone)))
    add_unlinked_payments(gathered, payments, in_period=received)
    add_reconciliations(gathered, routes)
    _count_linked_to_planned(gathered)
    started, _ = _split(gathered)
    if not quietly:
        _log_fallback(started)
    return {
        "currency": tenant.currency,
        "from": period.first,
        "to": period.last,
        "representatives": _by_person(tenant, started, using),
        "unattributed": {reason: dict(sums) for reason, sums in sorted(gathered.unattributed.items())},
        "other_currencies": {currency: dict(sums) for currency, sums in gathered.other_currencies.items()},
        "totals": _totals(started, gathered),
    }


def _person(user_id: Any, name: str, currency: str, started: list[RouteMoney]) -> dict[str, Any]:
    statuses = [money.route["status"] for money in started]
    return {
        "user_id": user_id,
        "user_name": name,
        "currency": currency,
        **_sum(started).as_dict(currency),
        "active_routes_count": len(statuses) - statuses.count(Route.Status.RECONCILED),
        "pending_reconciliation_count": statuses.count(Route.Status.COMPLETED),
    }


def _by_person(tenant: Tenant, started: list[RouteMoney], using: str) -> list[dict[str, Any]]:
    by_person: dict[Any, list[RouteMoney]] = {}
    for money in started:
        by_person.setdefault(money.route["assigned_to_id"], []).append(money)
    people = (
        User.objects.using(using)
        .filter(tenant=tenant)
        .filter(Q(pk__in=by_person) | Q(role=Role.SALES_REP, is_active=True))
    )
    return [
        _person(pk, name, tenant.currency, by_person.get(pk, []))
        for pk, name in people.order_by("name", "pk").values_list("pk", "name")
    ]


def _totals(started: list[RouteMoney], gathered: Gathered) -> dict[str, Any]:
    figures = _sum(started)
    unattributed_cents = sum(sums["cents"] for sums in gathered.unattributed.values())
    unattributed_payments = sum(sums["payments"] for sums in gathered.unattributed.values())
    return {
        **figures.as_dict(gathered.currency),
        "unattributed_cents": unattributed_cents,
        "unattributed_payments": unattributed_payments,
        "all_payments_cents": figures.payments_cents + unattributed_cents,
        "all_payments_counted": figures.payments_counted + unattributed_payments,
    }


def _sum(routes: Iterable[RouteMoney]) -> Figures:
    total = Figures()
    for money in routes:
        total.add(money.figures)
    return total


def _split(gathered: Gathered) -> tuple[list[RouteMoney], list[RouteMoney]]:
    """Started routes, and planned ones, which nobody has to account for yet."""
    started: list[RouteMoney] = []
    planned: list[RouteMoney] = []
    for money in gathered.routes.values():
        (planned if money.route["status"] == Route.Status.PENDING else started).append(money)
    return started, planned


def _count_linked_to_planned(gathered: Gathered) -> None:
    for money in _split(gathered)[1]:
        figures = money.figures
        if figures.payments_counted:
            row = {
                "currency": gathered.currency,
                "payments": figures.payments_counted,
                "cents": figures.payments_cents,
            }
            count_unattributed(gathered, ROUTE_PLANNED, row)


def _log_fallback(routes: Iterable[RouteMoney]) -> None:
    """Say for which routes payments counted through their sale, because nobody has written their link down yet.

    One event a route; the routes after the first ROUTES_LOGGED share one event without a route.
    """
    uses = [(money.route["id"], money.figures.payments_via_fallback) for money in routes]
    uses = [(route_id, count) for route_id, count in uses if count]
    for route_id, count in uses[:ROUTES_LOGGED]:
        log.info("fallback_used", extra={"count": count, "route_id": str(route_id)})
    if rest := uses[ROUTES_LOGGED:]:
        count = sum(count for _, count in rest)
        log.info("fallback_used", extra={"count": count, "route_id": None, "routes": len(rest)})
