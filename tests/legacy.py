"""States that the old system left behind and that our services never make: rows without links, without history, out of order.

Everything else is built by `tests/make.py`, through the services.
"""

from collections.abc import Iterable
from datetime import date, datetime
from typing import Any

from accounts.ids import new_id
from billing.models import Customer, Invoice, Payment, Sale
from routes.models import Route
from subscriptions.models import InternetPlan, PlanSubscription
from tests import make


def payment(
    amount_cents: int = 1000,
    *,
    sale: Sale | None = None,
    by: Customer | None = None,
    route: Route | None = None,
    **fields: Any,
) -> Payment:
    """A payment as the old system stored it: succeeded, no history, nothing allocated, and its route only if given."""
    payer = by or (sale.customer if sale else make.customer())
    values = {
        "id": new_id(),
        "currency": payer.tenant.currency,
        "channel": Payment.Channel.CASH,
        "status": Payment.Status.SUCCEEDED,
        "received_at": make.NOW,
        **fields,
    }
    [stored] = Payment.objects.bulk_create(
        [Payment(tenant=payer.tenant, customer=payer, sale=sale, route=route, amount_cents=amount_cents, **values)]
    )
    return stored


def sale(
    total_cents: int = 5000,
    *,
    to: Customer | None = None,
    route: Route | None = None,
    images: Iterable[tuple[datetime, Route | None]] = (),
    deleted_images: Iterable[tuple[datetime, Route | None]] = (),
) -> Sale:
    """A sale as the old system stored it: now on `route`, with the history that `images` give it (none: no history).

    `images` say on which route it was from which moment on; `deleted_images` are such that record a deletion.
    """
    buyer = to or make.customer(of=route.tenant if route else None)
    identity = new_id()
    [stored] = Sale.objects.bulk_create(
        [
            Sale(
                id=identity,
                tenant=buyer.tenant,
                customer=buyer,
                route=route,
                number=f"OLD-{identity}",
                currency=buyer.tenant.currency,
                total_cents=total_cents,
                sold_at=make.NOW,
            )
        ]
    )
    for kind, given in (("~", images), ("-", deleted_images)):
        for moment, on_route in given:
            _add_image(stored, moment, on_route, kind)
    return stored


def _add_image(sale: Sale, moment: datetime, route: Route | None, kind: str) -> None:
    columns = {field.attname: getattr(sale, field.attname) for field in Sale._meta.concrete_fields}
    Sale.history.model.objects.create(
        **{**columns, "route_id": route.pk if route else None}, history_date=moment, history_type=kind
    )


def invoice(total_cents: int = 900, *, to: Customer | None = None, status: str = "ISSUED", **fields: Any) -> Invoice:
    """An invoice as the old system stored it: a status, no lines, no allocations, no history."""
    owner = to or make.customer()
    identity = new_id()
    values = {
        "number": f"OLD-{identity}",
        "source": Invoice.Source.DUES,
        "currency": owner.tenant.currency,
        "issued_at": make.NOW,
        **fields,
    }
    [stored] = Invoice.objects.bulk_create(
        [Invoice(id=identity, tenant=owner.tenant, customer=owner, status=status, total_cents=total_cents, **values)]
    )
    return stored


def plan_subscription(
    of: Customer | None = None, *, plan: InternetPlan | None = None, start_date: date = date(2025, 1, 1), **fields: Any
) -> PlanSubscription:
    """A plan subscription of the old system: nobody noted its line, and it has no history."""
    owner = of or make.customer()
    plan = plan or make.a_plan(owner.tenant)
    row = PlanSubscription(tenant=owner.tenant, customer=owner, plan=plan, start_date=start_date, **fields)
    PlanSubscription.objects.bulk_create([row])
    return PlanSubscription.objects.get(pk=row.pk)
