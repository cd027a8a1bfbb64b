"""What can be billed to a customer up to a day: deliveries that no invoice bills yet, and credit sales that ask for themselves.

The one selection that the preview shows and that the generator of invoices writes. What is older than the period is part of it: a
delivery that was confirmed after its own period was invoiced goes on the next invoice. Part-paid sales are part of it, paid
and cancelled ones are not, and neither is anything that a live invoice, even a draft, has claimed.
"""

from typing import Any

from django.db.models import Case, Exists, F, OuterRef, Q, QuerySet, TextField, Value, When
from django.db.models.functions import Cast, Concat

from accounts.models import Tenant
from billing.models import Invoice, InvoiceLine, Sale
from billing.rules import invoice_status
from billing.rules.period import Period
from subscriptions.models import Delivery

SALE = "sale"
LATE = ", delivered before this period"
WHOLE_BPS = 10_000
TEXT = TextField()
NO_WORDS = Value("", TEXT)


def billable_deliveries(tenant: Tenant, period: Period) -> QuerySet[Delivery]:
    """Deliveries of the business's currency up to the last day of the period that no live invoice bills."""
    deliveries = Delivery.objects.of_tenant(tenant).unbilled()
    return deliveries.filter(currency=tenant.currency, delivery_date__lte=period.last)


def billable_sales(tenant: Tenant, period: Period) -> QuerySet[Sale]:
    """Sales on credit up to the last day of the period that are not paid and that no live invoice has claimed."""
    claimed = InvoiceLine.objects.filter(source_kind=SALE, source_id=OuterRef("pk"), is_live=True)
    sales = Sale.objects.of_tenant(tenant).unpaid().filter(~Exists(claimed), sale_type=Sale.Type.CREDIT)
    return sales.filter(currency=tenant.currency, sold_at__lt=period.moments(tenant.zone)[1])


def customers_to_bill(tenant: Tenant, period: Period) -> int:
    """How many customers something can be billed to up to the last day of the period."""
    delivered_to = billable_deliveries(tenant, period).order_by().values("customer")
    return delivered_to.union(billable_sales(tenant, period).order_by().values("customer")).count()


def invoices_of_period(tenant: Tenant, period: Period) -> QuerySet[Invoice]:
    """The invoices that were made for exactly this period and stand: one per customer at most, the database holds it."""
    made = Invoice.objects.of_tenant(tenant).live().filter(bills_period=True, source=Invoice.Source.SALES)
    return made.exclude(status=invoice_status.VOID).filter(period_start=period.first, period_end=period.last)


def late(period: Period) -> Q:
    """The deliveries that are older than the period."""
    return Q(delivery_date__lt=period.first)


def with_line(deliveries: QuerySet[Delivery], period: Period) -> Any:
    """Annotate the words (`line_description`) and the tax (`line_tax_cents`) of the line that bills each delivery.

    A line names its day. The tax in a price is total × rate / (1 + rate), rounded half up once, in whole numbers that never
    leave 64 bits: the total is taken apart into what the divisor divides and the rest.
    """
    divisor = WHOLE_BPS + F("tax_rate_bps")
    rest = (F("total_cents") % divisor) * F("tax_rate_bps")
    day, slot = Cast("delivery_date", TEXT), Concat(Value(", "), F("slot"), output_field=TEXT)
    is_late = Case(When(late(period), then=Value(LATE, TEXT)), default=NO_WORDS, output_field=TEXT)
    in_slot = Case(When(slot="", then=NO_WORDS), default=slot, output_field=TEXT)
    return deliveries.annotate(
        line_description=Concat(day, Value(" "), "product__name", in_slot, is_late, output_field=TEXT),
        line_tax_cents=(F("total_cents") / divisor) * F("tax_rate_bps") + (2 * rest + divisor) / (2 * divisor),
    )
