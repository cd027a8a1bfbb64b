"""Planning: standing rounds, and the dated trips on them."""

from collections.abc import Sequence
from datetime import date

from django.db import IntegrityError, transaction

from accounts.errors import Conflict, RuleBroken
from accounts.locks import locked
from accounts.models import Tenant, User
from accounts.roles import OFFICE
from accounts.services import next_number
from accounts.unit_of_work import unit_of_work
from routes import rules
from routes.models import Round, Route
from routes.services.moving import RouteIsClosed
from routes.services.people import check_staff, check_worker


class NumberTaken(Conflict):
    """A document of this business already has this number or name."""

    code = "number_taken"


class ForeignRound(RuleBroken):
    """The round belongs to another business."""

    code = "foreign_round"


@unit_of_work
def create_round(
    *, actor: User | None, tenant: Tenant, name: str, slots: Sequence[str] = (), usual_rep: User | None = None
) -> Round:
    """Make a standing round.

    *Raises* NumberTaken when the business has a round of this name; PersonCannotDoThis for its usual representative.
    """
    check_staff(actor, tenant.pk, roles=OFFICE)
    if usual_rep is not None:
        check_worker(usual_rep, tenant.pk)
    try:
        with transaction.atomic():
            return Round.objects.create(tenant=tenant, name=name, slots=list(slots), usual_rep=usual_rep)
    except IntegrityError as error:
        raise NumberTaken(f"There already is a round named {name!r}. Choose another name.") from error


@unit_of_work
def plan_route(
    *,
    actor: User | None,
    tenant: Tenant,
    assigned_to: User,
    route_date: date,
    round: Round | None = None,  # noqa: A002 - the field's name
    number: str | None = None,
) -> Route:
    """Plan one dated trip for one person; without a number it takes the next one (`N-1`, `N-2`, …).

    *Raises* NumberTaken, ForeignRound, PersonCannotDoThis.
    """
    check_staff(actor, tenant.pk)
    check_worker(assigned_to, tenant.pk)
    if round is not None and round.tenant_id != tenant.pk:
        raise ForeignRound(f"Round {round.pk} is not one of {tenant.slug}. Choose one of its own rounds.")
    number = number or f"N-{next_number(tenant=tenant, kind='route')}"
    try:
        with transaction.atomic():
            return Route.objects.create(
                tenant=tenant, number=number, assigned_to=assigned_to, route_date=route_date, round=round
            )
    except IntegrityError as error:
        raise NumberTaken(f"There already is a route {number}. Give another number, or none.") from error


@unit_of_work
def reassign_route(*, actor: User | None, route: Route, assigned_to: User, reason: str = "") -> Route:
    """Give a trip that is not back yet to another person; its history says who went before.

    *Raises* RouteIsClosed once it is completed or reconciled; PersonCannotDoThis.
    """
    check_staff(actor, route.tenant_id, roles=OFFICE)
    check_worker(assigned_to, route.tenant_id)
    route = locked(Route.objects.filter(pk=route.pk)).get()
    if route.status not in {rules.PENDING, rules.IN_PROGRESS}:
        raise RouteIsClosed(
            f"Route {route.number} is {route.get_status_display().lower()}: who collected on it is settled. "
            "Reopen it first, or plan a new one."
        )
    route.assigned_to = assigned_to
    route.save()
    return route
