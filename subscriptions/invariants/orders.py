"""Standing orders and the orders of a day are right when every sentence here is true."""

from collections.abc import Iterator
from typing import Any

from django.db.models import Count, Exists, F, Func, IntegerField, Max, OuterRef, Q, Sum

from accounts.models import Tenant
from operations.invariants import Violation, invariant
from subscriptions.models import DailyOrder, ProductPrice, StandingOrder, StandingOrderChange

Violations = Iterator[Violation]


class DayNumber(Func):
    """The number of a day since the beginning of the calendar, as `date.toordinal()` counts."""

    output_field = IntegerField()

    def as_postgresql(self, compiler: Any, connection: Any, **context: Any) -> tuple[str, Any]:
        return self.as_sql(compiler, connection, template="(%(expressions)s - DATE '0001-01-01' + 1)", **context)

    def as_sqlite(self, compiler: Any, connection: Any, **context: Any) -> tuple[str, Any]:
        template = "CAST(JULIANDAY(%(expressions)s) - 1721424.5 AS INTEGER)"
        return self.as_sql(compiler, connection, template=template, **context)


@invariant(part="dairy", name="No two standing orders of a customer for the same product and slot share a day")
def standing_orders_do_not_overlap(*, using: str, tenant: Tenant | None = None) -> Violations:
    """The service sees to it under a lock on the customer; the later one of each pair is shown."""
    same = Q(customer=OuterRef("customer"), product=OuterRef("product"), slot=OuterRef("slot"))
    earlier = Q(starts_on__lt=OuterRef("starts_on")) | Q(starts_on=OuterRef("starts_on"), pk__lt=OuterRef("pk"))
    reaching = Q(ends_on__isnull=True) | Q(ends_on__gte=OuterRef("starts_on"))
    others = StandingOrder.objects.using(using).filter(same, earlier, reaching)
    rows = StandingOrder.objects.using(using).of_tenant(tenant).filter(Exists(others))
    for row in rows.values("pk", "customer__number", "product__code", "starts_on"):
        numbers = {"customer": row["customer__number"], "product": row["product__code"], "starts_on": row["starts_on"]}
        yield Violation(where=f"standing order {row['pk']}", numbers=numbers)


@invariant(
    part="dairy", name="A standing order has one quantity for each day of its cycle, which begins on its first day"
)
def cycles_are_whole(*, using: str, tenant: Tenant | None = None) -> Violations:
    """Positions from 0 to the end of the cycle, something on at least one of them, and the stored offset of `starts_on`."""
    rows = StandingOrder.objects.using(using).of_tenant(tenant).order_by()
    rows = rows.annotate(places=Count("days"), last=Max("days__position"), in_all=Sum("days__quantity"))
    rows = rows.annotate(begins=DayNumber(F("starts_on")) % F("cycle_days"))
    whole = Q(places=F("cycle_days"), last=F("cycle_days") - 1, in_all__gt=0, cycle_offset=F("begins"))
    for row in rows.exclude(whole).values("pk", "cycle_days", "places", "last", "cycle_offset", "begins"):
        numbers = {name: value for name, value in row.items() if name != "pk"}
        yield Violation(where=f"standing order {row['pk']}", numbers=numbers)


@invariant(
    part="dairy",
    name="An order of a day is for the customer and the product of its standing order, not before its first day",
)
def orders_follow_their_standing_order(*, using: str, tenant: Tenant | None = None) -> Violations:
    """An order that was delivered on a day after which the standing order was ended stays, and is no fault."""
    theirs = Q(customer=F("standing_order__customer"), product=F("standing_order__product"))
    theirs &= Q(tenant=F("standing_order__tenant"), order_date__gte=F("standing_order__starts_on"))
    orders = DailyOrder.objects.using(using).of_tenant(tenant).filter(standing_order__isnull=False).exclude(theirs)
    for row in orders.order_by().values("pk", "order_date", "customer__number", "product__code"):
        numbers = {"day": row["order_date"], "customer": row["customer__number"], "product": row["product__code"]}
        yield Violation(where=f"order {row['pk']}", numbers=numbers)


@invariant(
    part="dairy",
    name="Standing orders, their changes, orders and prices belong to the business of their customer and product",
)
def what_is_ordered_stays_in_its_business(*, using: str, tenant: Tenant | None = None) -> Violations:
    """No customer gets another business's product, and no round of another business delivers."""
    own = Q(tenant=F("customer__tenant")) & Q(tenant=F("product__tenant"))
    on_own_round = Q(round__isnull=True) | Q(round__tenant=F("tenant"))
    strays = [
        ("standing order", StandingOrder.objects.using(using).exclude(own)),
        ("order", DailyOrder.objects.using(using).exclude(own & on_own_round)),
        ("change", StandingOrderChange.objects.using(using).exclude(tenant=F("standing_order__tenant"))),
        ("price", ProductPrice.objects.using(using).exclude(tenant=F("product__tenant"))),
    ]
    for what, rows in strays:
        for row in rows.of_tenant(tenant).order_by().values("pk", "tenant__slug"):
            yield Violation(where=f"{what} {row['pk']}", numbers={"business": row["tenant__slug"]})
