"""What a customer owes from before: the debts that a starting route may have to carry."""

from collections.abc import Iterator
from typing import Any

from django.db.models import Sum

from billing.models import Customer, RouteOpeningDebt, Sale
from billing.rules.opening_dues import Debt
from routes import rules
from routes.models import Route


def older_debts(customer: Customer, *, starting: Route) -> Iterator[Debt]:
    """List the unpaid opening balance and the unpaid sales of a customer that are not on the starting route.

    Only what is owed in the tenant's currency: a due has one, and different currencies are never added. A sale that an issued
    invoice asks for is not carried: the office collects invoices, and nobody is sent for the same money twice.
    """
    carried = _carried_by_open_routes(customer)
    if opening := customer.opening_balance_left_cents:
        yield Debt(None, opening, carried_by_open_routes_cents=carried.get(None, 0))
    sales = Sale.objects.unpaid().filter(customer=customer, currency=customer.tenant.currency)
    for sale in sales.exclude(route=starting).select_related("route").order_by("sold_at", "id"):
        is_on_open_route = sale.route is not None and sale.route.is_open
        yield Debt(sale.pk, sale.balance_cents, is_on_open_route, carried.get(sale.pk, 0))


def _carried_by_open_routes(customer: Customer) -> dict[Any, int]:
    debts = RouteOpeningDebt.objects.filter(
        opening_due__customer=customer, opening_due__route__status__in=rules.OPEN_STATUSES
    )
    return dict(debts.order_by().values_list("sale").annotate(cents=Sum("amount_cents")))
