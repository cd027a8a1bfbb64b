"""How the demo's routes were settled: the cash that was recorded, the cash that was handed over, and the difference.

Read back from what `Books` wrote, with the same rule that the accountability report and the backfill use.
"""

import random
from datetime import timedelta

from django.db.models import Count, F, Q, Sum
from django.db.models.functions import Coalesce

from accounts.demo.ids import DemoIds
from accounts.demo.rows import image, insert, insert_images
from accounts.models import Role, Tenant, User
from billing.models import Payment, RouteOpeningDebt, RouteOpeningDue, RouteReconciliation, Sale
from billing.rules.route_link import LINK
from billing.selectors.route_links import link_verdict
from routes.models import Route

Disposition = RouteReconciliation.Disposition
DIFFERENCES = (  # share of the recorded cash in tenths of a percent, what became of it, why
    (-4, Disposition.OPEN, "Short; representative says a note was refused by the bank"),
    (-2, Disposition.CHARGED_TO_REP, "Change given wrongly"),
    (-1, Disposition.WRITTEN_OFF, "Small change"),
    (3, Disposition.OPEN, "Over; a payment may be missing from the books"),
)


def settle_routes(tenant: Tenant, *, new_id: DemoIds, chance: random.Random, using: str) -> int:
    """Write a settlement for each reconciled route; about one in four has a difference."""
    cash = recorded_cash(tenant, using=using)
    returns = _returns(tenant, using=using)
    finance = User.objects.using(using).get(tenant=tenant, role=Role.FINANCE)
    routes = Route.objects.using(using).filter(tenant=tenant, status=Route.Status.RECONCILED).order_by("number")
    settlements = [
        _settlement(route, cash.get(route.pk, 0), returns.get(route.pk, 0), finance, new_id, chance) for route in routes
    ]
    insert(RouteReconciliation, settlements, using=using)
    images = [image(row, at=row.reconciled_at, by=finance) for row in settlements]
    insert_images(images, using=using)
    return len(settlements)


def recorded_cash(tenant: Tenant, *, using: str) -> dict:
    """Cash recorded on each route in cents: linked to it, or through its sale."""
    payments = Payment.objects.using(using).filter(tenant=tenant, channel=Payment.Channel.CASH).counting()
    on_route = payments.annotate(verdict=link_verdict()).filter(Q(route__isnull=False) | Q(verdict=LINK))
    where = on_route.annotate(collected_on=Coalesce("route_id", F("sale__route_id"))).order_by()
    return dict(
        where.values_list("collected_on")
        .annotate(cents=Sum("amount_cents"), payments=Count("id"))
        .values_list("collected_on", "cents")
    )


def open_debts(tenant: Tenant, *, new_id: DemoIds, using: str) -> int:
    """Write what each customer still owed from the paper books when their first route started."""
    first_sales: dict = {}
    routed = Sale.objects.using(using).filter(tenant=tenant, route__started_at__isnull=False)
    for sale in routed.select_related("customer", "route").order_by("route__started_at", "number"):
        first_sales.setdefault(sale.customer_id, sale)
    dues = [_due(sale, new_id) for sale in first_sales.values() if sale.customer.opening_balance_cents]
    dues = [due for due in dues if due.previous_due_cents > 0]
    insert(RouteOpeningDue, dues, using=using)
    insert(RouteOpeningDebt, [_opening_balance_of(due, new_id) for due in dues], using=using)
    return len(dues)


def _opening_balance_of(due: RouteOpeningDue, new_id: DemoIds) -> RouteOpeningDebt:
    at = due.route.started_at or due.route.created_at
    return RouteOpeningDebt(id=new_id(at), opening_due=due, amount_cents=due.previous_due_cents)


def _due(sale: Sale, new_id: DemoIds) -> RouteOpeningDue:
    image_then = (
        type(sale.customer)
        .history.using(sale._state.db)
        .filter(id=sale.customer_id, history_date__lte=sale.route.started_at)
        .order_by("-history_date", "-history_id")
        .first()
    )
    owed = sale.customer.opening_balance_cents - image_then.opening_balance_allocated_cents
    return RouteOpeningDue(
        id=new_id(sale.route.started_at), route=sale.route, customer=sale.customer, previous_due_cents=owed
    )


def _returns(tenant: Tenant, *, using: str) -> dict:
    sales = Sale.objects.using(using).filter(tenant=tenant, route__isnull=False).standing().order_by()
    return dict(sales.values_list("route_id").annotate(cents=Sum("returned_cents")))


def _settlement(
    route: Route, cash_cents: int, returns_cents: int, finance: User, new_id: DemoIds, chance: random.Random
) -> RouteReconciliation:
    difference, disposition, why = 0, Disposition.NONE, ""
    if cash_cents and chance.random() < 0.25:
        tenths, disposition, why = chance.choice(DIFFERENCES)
        difference = tenths * max(cash_cents // 100_000, 1) * 100
    at = route.reconciled_at
    assert at is not None  # only reconciled routes come here
    return RouteReconciliation(
        id=new_id(at - timedelta(minutes=1)),
        tenant=route.tenant,
        route=route,
        cash_expected_cents=cash_cents,
        cash_handed_over_cents=cash_cents + difference,
        cash_variance_cents=difference,
        returns_cents=returns_cents,
        variance_disposition=disposition,
        variance_reason=why,
        verified_by=finance,
        reconciled_at=at,
    )
