"""The payments that count on one route: linked to it, or through their sale while their own link is empty.

A payment counts with what of it did not go back to the customer. What went back after the route was reconciled is not subtracted
from it: the route counts what was signed for.
"""

from collections import Counter
from collections.abc import Iterable
from uuid import UUID

from django.db.models import BigIntegerField, F, OuterRef, Q, QuerySet, Subquery, Sum
from django.db.models.expressions import Combinable
from django.db.models.functions import Coalesce

from accounts.models import Tenant
from billing.models import Payment, PaymentRefund
from billing.models.payment import PaymentQuerySet
from billing.rules.route_link import LINK
from billing.selectors.route_links import link_verdict
from routes.models import Route

KEPT = F("amount_cents") - F("refunded_cents")


def settled_refunds(routes: QuerySet[Route]) -> QuerySet[PaymentRefund]:
    """What went back of payments of these routes after they were reconciled: beside the figures that were signed."""
    return PaymentRefund.objects.using(routes.db).filter(settled_route__in=routes.order_by().values("pk"))


def settled_cents() -> Combinable:
    """What of each payment went back after its route was reconciled. *Money*: cents, 0 where nothing did."""
    after = PaymentRefund.objects.filter(payment=OuterRef("pk"), settled_route__isnull=False).order_by()
    sums = after.values("payment").annotate(cents=Sum("amount_cents")).values("cents")
    return Coalesce(Subquery(sums), 0, output_field=BigIntegerField())


def counted_through_sale(route_ids: Iterable[UUID]) -> PaymentQuerySet:
    """Payments of any status without a route whose sale is on one of these routes and speaks for them."""
    unlinked = Payment.objects.filter(route__isnull=True, sale__route__in=route_ids)
    return unlinked.annotate(verdict=link_verdict()).filter(verdict=LINK)


def payments_on(route: Route) -> PaymentQuerySet:
    """All payments that belong to a route, whether they count as money in or not."""
    through_sale = counted_through_sale([route.pk]).order_by().values("pk")
    return Payment.objects.filter(Q(route=route) | Q(pk__in=through_sale))


def cash_on(route: Route) -> int:
    """The recorded cash of a route in cents of the tenant's currency: what its representative should hand over.

    Cash that went back to a customer before the reconciliation is not there; who gave it back from elsewhere says so as variance.
    """
    cash = payments_on(route).counting().filter(channel=Payment.Channel.CASH, currency=route.tenant.currency)
    return cash.aggregate(cents=Sum(KEPT + settled_cents()))["cents"] or 0


def recorded_cash_by_route(*, using: str, tenant: Tenant | None) -> dict[UUID, int]:
    """The recorded cash of every route in cents, by route id: its own payments and those that count through their sale.

    Only cash in the tenant's currency, as it was signed for; what went back afterwards is still in it.
    """
    payments = Payment.objects.using(using).of_tenant(tenant).counting().order_by()
    cash_payments = payments.filter(channel=Payment.Channel.CASH, currency=F("tenant__currency"))
    linked = cash_payments.filter(route__isnull=False).values_list("route").annotate(cents=Sum(KEPT))
    unlinked = cash_payments.filter(route__isnull=True).annotate(verdict=link_verdict()).filter(verdict=LINK)
    cash: Counter[UUID] = Counter(dict(linked))
    for route_id, cents in unlinked.values_list("sale__route").annotate(cents=Sum(KEPT)):
        cash[route_id] += cents
    back = settled_refunds(Route.objects.using(using).of_tenant(tenant)).order_by()
    back_in_cash = back.filter(payment__channel=Payment.Channel.CASH, payment__currency=F("tenant__currency"))
    for route_id, cents in back_in_cash.values_list("settled_route").annotate(cents=Sum("amount_cents")):
        cash[route_id] += cents
    return cash


def link_verdict_of(payment: Payment) -> str:
    """LINK, or the reason why not, for one stored payment without a route."""
    return Payment.objects.annotate(verdict=link_verdict()).values_list("verdict", flat=True).get(pk=payment.pk)


def closed_route_of(payment: Payment) -> Route | None:
    """The reconciled route whose signed figures this payment is part of, by its own link or through its sale; else None."""
    route = payment.route
    if route is None and payment.sale is not None and link_verdict_of(payment) == LINK:
        route = payment.sale.route
    return None if route is None or route.is_open else route
