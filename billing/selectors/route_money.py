"""The payments that count on one route: linked to it, or through their sale while their own link is empty."""

from collections import Counter
from collections.abc import Iterable
from uuid import UUID

from django.db.models import F, Q, Sum

from accounts.models import Tenant
from billing.models import Payment
from billing.models.payment import PaymentQuerySet
from billing.rules.route_link import LINK
from billing.selectors.route_links import link_verdict
from routes.models import Route


def counted_through_sale(route_ids: Iterable[UUID]) -> PaymentQuerySet:
    """Payments of any status without a route whose sale is on one of these routes and speaks for them."""
    unlinked = Payment.objects.filter(route__isnull=True, sale__route__in=route_ids)
    return unlinked.annotate(verdict=link_verdict()).filter(verdict=LINK)


def payments_on(route: Route) -> PaymentQuerySet:
    """All payments that belong to a route, whether they count as money in or not."""
    through_sale = counted_through_sale([route.pk]).order_by().values("pk")
    return Payment.objects.filter(Q(route=route) | Q(pk__in=through_sale))


def cash_on(route: Route) -> int:
    """The recorded cash of a route in cents of the tenant's currency: what its representative should hand over."""
    cash = payments_on(route).counting().filter(channel=Payment.Channel.CASH, currency=route.tenant.currency)
    return cash.aggregate(cents=Sum("amount_cents"))["cents"] or 0


def recorded_cash_by_route(*, using: str, tenant: Tenant | None) -> dict[UUID, int]:
    """The recorded cash of every route in cents, by route id: its own payments and those that count through their sale.

    Only cash in the tenant's currency, as it was signed for.
    """
    payments = Payment.objects.using(using).of_tenant(tenant).counting().order_by()
    cash_payments = payments.filter(channel=Payment.Channel.CASH, currency=F("tenant__currency"))
    linked = cash_payments.filter(route__isnull=False).values_list("route").annotate(cents=Sum("amount_cents"))
    unlinked = cash_payments.filter(route__isnull=True).annotate(verdict=link_verdict()).filter(verdict=LINK)
    cash: Counter[UUID] = Counter(dict(linked))
    for route_id, cents in unlinked.values_list("sale__route").annotate(cents=Sum("amount_cents")):
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
