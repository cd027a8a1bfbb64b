"""Deliveries are right when every sentence here is true: one per order, the right total, and asked for once or not yet."""

from collections.abc import Iterator
from decimal import Decimal

from django.db.models import DecimalField, Exists, ExpressionWrapper, F, OuterRef, Q, Value

from accounts.models import Tenant
from billing.models import Invoice, InvoiceLine
from billing.rules import invoice_status as rule
from operations.invariants import Violation, invariant
from subscriptions.models import DELIVERY, DailyOrder, Delivery
from subscriptions.rules.delivery_total import delivery_total_cents

Violations = Iterator[Violation]

THOUSANDTHS = DecimalField(max_digits=40, decimal_places=3)
ASKED = ExpressionWrapper(F("total_cents") * Value(Decimal(1000)), output_field=THOUSANDTHS)
EXACT = ExpressionWrapper(F("quantity") * Value(Decimal(1000)) * F("unit_price_cents"), output_field=THOUSANDTHS)
AGREES = Q(customer=F("daily_order__customer"), product=F("daily_order__product"), tenant=F("daily_order__tenant"))


@invariant(part="dairy", name="An order is delivered exactly when one delivery that stands confirms it")
def delivered_orders_have_their_delivery(*, using: str, tenant: Tenant | None = None) -> Violations:
    """Both ways: no delivered order without its delivery, and no delivery for an order that says otherwise or of another."""
    standing = Delivery.objects.standing().filter(daily_order=OuterRef("pk"))
    delivered = DailyOrder.objects.using(using).of_tenant(tenant).filter(status=DailyOrder.Status.DELIVERED)
    for order in delivered.filter(~Exists(standing)).values("pk", "order_date", "status"):
        yield Violation(where=f"order {order['pk']}", numbers={**order, "deliveries": 0})
    confirming = Delivery.objects.using(using).of_tenant(tenant).standing().filter(daily_order__isnull=False)
    of_its_order = AGREES & Q(delivery_date=F("daily_order__order_date"), daily_order__status="DELIVERED")
    for row in confirming.exclude(of_its_order).values("pk", "daily_order", "delivery_date", "daily_order__status"):
        yield Violation(where=f"delivery {row['pk']}", numbers={**row})


@invariant(part="dairy", name="A delivery asks for its quantity times its price, rounded half up once")
def delivery_totals_are_quantity_times_price(*, using: str, tenant: Tenant | None = None) -> Violations:
    """SQL finds what is half a cent off or more; the rule itself decides, exactly."""
    rows = Delivery.objects.using(using).of_tenant(tenant).annotate(asked=ASKED, exact=EXACT)
    off = rows.filter(Q(asked__lte=F("exact") - 499) | Q(asked__gte=F("exact") + 499))
    for row in off.values("pk", "quantity", "unit_price_cents", "total_cents"):
        total = delivery_total_cents(quantity=row["quantity"], unit_price_cents=row["unit_price_cents"])
        if total != row["total_cents"]:
            yield Violation(where=f"delivery {row['pk']}", numbers={**row, "quantity_times_price": total})


@invariant(part="dairy", name="An invoice bills a delivery that stands, of its own customer, over the same total")
def billed_deliveries_are_what_the_line_says(*, using: str, tenant: Tenant | None = None) -> Violations:
    """Every live line with `source_kind` "delivery" has its delivery."""
    lines = InvoiceLine.objects.using(using).filter(source_kind=DELIVERY, is_live=True)
    lines = lines if tenant is None else lines.filter(invoice__tenant=tenant)
    same = Delivery.objects.standing().filter(
        pk=OuterRef("source_id"),
        customer=OuterRef("invoice__customer"),
        currency=OuterRef("invoice__currency"),
        total_cents=OuterRef("total_cents"),
    )
    for row in lines.filter(~Exists(same)).values("pk", "invoice__number", "source_id", "total_cents"):
        yield Violation(where=f"line {row['pk']} of invoice {row['invoice__number']}", numbers={**row})


@invariant(part="dairy", name="What was delivered is on one live invoice, or waits for the next")
def nothing_delivered_is_lost(*, using: str, tenant: Tenant | None = None) -> Violations:
    """A claim of an invoice that is void or deleted would keep a delivery from every other invoice, and ask nobody for it."""
    live = Invoice.objects.live().exclude(status=rule.VOID)
    asking = InvoiceLine.objects.filter(source_kind=DELIVERY, source_id=OuterRef("pk"), is_live=True, invoice__in=live)
    standing = Delivery.objects.using(using).of_tenant(tenant).standing()
    lost = standing.filter(~Exists(asking)).exclude(pk__in=Delivery.objects.using(using).unbilled().values("pk"))
    for row in lost.values("pk", "delivery_date", "total_cents"):
        yield Violation(where=f"delivery {row['pk']}", numbers={**row})
