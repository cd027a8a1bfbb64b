"""What would be invoiced for a period, by customer: the same selection that the generator writes, and what is in its way.

    [row] = preview_invoices(tenant, date(2026, 1, 1), date(2026, 1, 31)).rows
    row.deliveries, row.total_cents   # 31 deliveries, 1 delivery of December among them, over 1,240.00

Seven queries, however many customers.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date
from typing import Any
from uuid import UUID

from django.db.models import BigIntegerField, Count, F, Q, QuerySet, Sum
from django.db.models.functions import Cast

from accounts.models import Tenant
from billing.models import Customer, Sale
from billing.rules.period import Period
from routes.models import Round
from subscriptions.models import Delivery
from subscriptions.selectors.billable import billable_deliveries, billable_sales, invoices_of_period, late

PERIOD_IS_INVOICED = "period_is_invoiced"
NOTHING_TO_BILL = "nothing_to_bill"
ASKS_FOR_NOTHING = "asks_for_nothing"
MORE_THAN_A_DOCUMENT = "not_an_amount"
OTHER_CURRENCY = "other_currency"
LARGEST_INVOICE_CENTS = 10**15  # what every document is held to: billing.services.checks


@dataclass(frozen=True, slots=True)
class Problem:
    """What stands in the way of a customer's invoice (`is_stopping`), or should be known before."""

    code: str
    message: str
    is_stopping: bool = True


@dataclass(slots=True)
class CustomerPreview:
    """What one customer would be billed. *Money*: cents of the tenant's currency; `paid_cents` of it moves to the invoice."""

    customer_id: UUID
    number: str
    name: str
    deliveries: int = 0
    deliveries_cents: int = 0
    late_deliveries: int = 0
    sales: int = 0
    sales_cents: int = 0
    paid_cents: int = 0
    invoice_id: UUID | None = None
    invoice_number: str | None = None
    in_other_currency: int = 0
    problems: list[Problem] = field(default_factory=list)

    @property
    def total_cents(self) -> int:
        """What the invoice would ask for."""
        return self.deliveries_cents + self.sales_cents

    @property
    def is_concerned(self) -> bool:
        """Whether there is something to bill, or an invoice of the period already."""
        return bool(self.deliveries or self.sales or self.invoice_id)

    @property
    def can_be_invoiced(self) -> bool:
        """Whether nothing stands in the way."""
        return not any(problem.is_stopping for problem in self.problems)


@dataclass(frozen=True, slots=True)
class InvoicingPreview:
    """The customers of a preview by name, and what they add up to."""

    period: Period
    currency: str
    rows: list[CustomerPreview]

    @property
    def ready(self) -> list[CustomerPreview]:
        """The customers who would get an invoice."""
        return [row for row in self.rows if row.can_be_invoiced]

    @property
    def total_cents(self) -> int:
        """What all those invoices would ask for."""
        return sum(row.total_cents for row in self.ready)


def preview_invoices(
    tenant: Tenant,
    period_start: date,
    period_end: date,
    customers: Iterable[Any] | None = None,
    round: Round | None = None,  # noqa: A002 - the field's name
) -> InvoicingPreview:
    """Foretell the invoices of a period: for these customers, of one round, or for all who have something to bill.

    *Raises* PeriodReversed.
    """
    period = Period(period_start, period_end)
    chosen = chosen_customers(tenant, customers=customers, round=round)
    found = _Found(
        deliveries={
            row.pop("customer"): row for row in _delivery_sums(billable_deliveries(tenant, period), chosen, period)
        },
        sales={row.pop("customer"): row for row in _sale_sums(billable_sales(tenant, period), chosen)},
        invoices={
            invoice.customer_id: invoice
            for invoice in invoices_of_period(tenant, period).filter(_of(chosen)).only("id", "number", "customer_id")
        },
        others=_in_other_currencies(tenant, period, chosen),
    )
    named = chosen if customers is not None else chosen.filter(pk__any_of=found.customers)
    people = named.order_by("name", "pk").values_list("pk", "number", "name")
    return InvoicingPreview(period, tenant.currency, [found.preview(*person, tenant=tenant) for person in people])


def chosen_customers(
    tenant: Tenant,
    *,
    customers: Iterable[Any] | None = None,
    round: Round | None = None,  # noqa: A002
) -> QuerySet[Customer]:
    """The customers that are asked about: these, those of a round, or all."""
    chosen = Customer.objects.of_tenant(tenant)
    if customers is not None:
        chosen = chosen.filter(pk__any_of=[getattr(customer, "pk", customer) for customer in customers])
    return chosen.filter(round=round) if round else chosen


@dataclass(frozen=True, slots=True)
class _Found:
    """What the queries found, by customer."""

    deliveries: dict[UUID, dict[str, Any]]
    sales: dict[UUID, dict[str, Any]]
    invoices: dict[UUID, Any]
    others: dict[UUID, int]

    @property
    def customers(self) -> list[UUID]:
        """Everybody about whom there is something to say."""
        return list({*self.deliveries, *self.sales, *self.invoices, *self.others})

    def preview(self, pk: UUID, number: str, name: str, *, tenant: Tenant) -> CustomerPreview:
        """What is to be said about one customer."""
        row = CustomerPreview(pk, number, name, **self.deliveries.get(pk, {}), **self.sales.get(pk, {}))
        row.in_other_currency = self.others.get(pk, 0)
        if invoice := self.invoices.get(pk):
            row.invoice_id, row.invoice_number = invoice.pk, invoice.number
        row.problems = list(_problems(row, tenant))
        return row


def _problems(row: CustomerPreview, tenant: Tenant) -> Iterator[Problem]:
    if row.invoice_id:
        yield Problem(PERIOD_IS_INVOICED, f"Invoice {row.invoice_number} bills this period already.")
    elif not row.deliveries and not row.sales:
        yield Problem(NOTHING_TO_BILL, "Nothing of this customer is unbilled.")
    elif row.total_cents == 0:
        yield Problem(
            ASKS_FOR_NOTHING, "Everything that is unbilled costs nothing: it goes on the next invoice that asks."
        )
    elif row.total_cents > LARGEST_INVOICE_CENTS:
        yield Problem(MORE_THAN_A_DOCUMENT, f"{row.total_cents} cents are more than a document can ask for.")
    if row.in_other_currency:
        message = f"{row.in_other_currency} unbilled are not in {tenant.currency}: invoice them by hand."
        yield Problem(OTHER_CURRENCY, message, is_stopping=False)


def _delivery_sums(deliveries: QuerySet[Delivery], chosen: QuerySet[Customer], period: Period) -> QuerySet[Any]:
    by_customer = deliveries.filter(_of(chosen)).order_by().values("customer")
    return by_customer.annotate(
        deliveries=Count("pk"),
        deliveries_cents=Cast(Sum("total_cents"), BigIntegerField()),
        late_deliveries=Count("pk", filter=late(period)),
    )


def _sale_sums(sales: QuerySet[Sale], chosen: QuerySet[Customer]) -> QuerySet[Any]:
    by_customer = sales.filter(_of(chosen)).order_by().values("customer")
    return by_customer.annotate(
        sales=Count("pk"),
        sales_cents=Cast(Sum(F("total_cents") - F("returned_cents")), BigIntegerField()),
        paid_cents=Cast(Sum("allocated_cents"), BigIntegerField()),
    )


def _in_other_currencies(tenant: Tenant, period: Period, chosen: QuerySet[Customer]) -> dict[UUID, int]:
    """How many unbilled deliveries and sales of each customer are in another currency than the business's own."""
    deliveries = Delivery.objects.of_tenant(tenant).unbilled().filter(delivery_date__lte=period.last)
    sales = Sale.objects.of_tenant(tenant).unpaid().filter(sale_type=Sale.Type.CREDIT)
    counts: dict[UUID, int] = {}
    for rows in (deliveries, sales):
        others = rows.filter(_of(chosen)).exclude(currency=tenant.currency).order_by().values("customer")
        for row in others.annotate(number=Count("pk")):
            counts[row["customer"]] = counts.get(row["customer"], 0) + row["number"]
    return counts


def _of(chosen: QuerySet[Customer]) -> Q:
    """The rows of these customers."""
    return Q(customer__in=chosen.order_by().values("pk"))
