"""What makes up each customer's account, in two ways that share no column, so that each proves the other.

*By documents*: what is left of the opening balance, of each invoice, of each sale and delivery that no invoice asks for; credit
stands beside it. *By transactions*: everything that was ever owed (opening balance, deliveries, sales less returns, what
invoices ask for besides) less everything that was ever paid or granted. When all is right, documents less credit is transactions:
an allocation only moves money between the two sides of the first, and is no part of the second. Source: GAP-008 of issue 4.

Mr Lal had 10.00 open, got milk for 60.00, of which 40.00 are invoiced, and paid 25.00: those 10.00, 10.00 on the invoice, and
5.00 not applied yet. Documents: 30.00 + 20.00 = 50.00, credit 5.00. Transactions: 10.00 + 60.00 - 25.00 = 45.00.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from django.db import DEFAULT_DB_ALIAS
from django.db.models import BigIntegerField, CharField, Exists, F, Model, OuterRef, QuerySet, Sum, Value
from django.db.models.functions import Cast

from accounts.models import Tenant
from billing.models import Credit, Customer, Invoice, InvoiceLine, Payment, Sale
from billing.models.invoice_sql import ageing_bucket
from billing.rules import invoice_status as rule
from billing.selectors.credits import SPOKEN_FOR
from subscriptions.models import Delivery
from subscriptions.models.delivery import DELIVERY, live_line

SALE: Final = "sale"
DOCUMENTS: Final = ("opening_left", "sales_open", "deliveries_unbilled", *rule.BUCKETS)
CREDIT: Final = "credit"
TRANSACTIONS: Final = ("opening", "deliveries", "sales", "invoiced_apart", "paid", "credited", "old_system")
FIGURES: Final = (*DOCUMENTS, CREDIT, *TRANSACTIONS)

LEFT = F("amount_cents") - F("refunded_cents") - F("allocated_cents")
NET = F("total_cents") - F("returned_cents")


@dataclass(frozen=True, slots=True)
class Scope:
    """Whose accounts: all customers of a business, or these; in the currency of the business, at a moment."""

    tenant: Tenant
    now: datetime
    customers: tuple[UUID, ...] | None = None
    using: str = DEFAULT_DB_ALIAS

    def rows(self, model: type[Model], **conditions: Any) -> Any:
        """The rows of a table that belong to these customers, in this currency."""
        rows = model._default_manager.using(self.using).filter(tenant=self.tenant, currency=self.tenant.currency)
        return rows.filter(**conditions, **({} if self.customers is None else {"customer__in": self.customers}))


def figures(scope: Scope) -> list[QuerySet[Any]]:
    """One query for each figure of each way: rows of `customer_id`, `figure` (a name of `FIGURES`) and `cents`."""
    return [*_by_documents(scope), *_by_transactions(scope)]


def asking_deliveries(deliveries: Any) -> Any:
    """Those that stand and that no issued invoice asks for: a draft asks for nothing yet."""
    issued = live_line().exclude(invoice__status=rule.DRAFT)
    return deliveries.standing().filter(~Exists(issued))


def _by_documents(scope: Scope) -> Iterator[QuerySet[Any]]:
    yield _of_customers(scope, "opening_left", F("opening_balance_cents") - F("opening_balance_allocated_cents"))
    asking = scope.rows(Invoice).asking()
    for invoices in (asking.by_allocations().with_money(legacy=False), asking.by_legacy_money().with_money()):
        late = invoices.annotate(figure=ageing_bucket(scope.now)).exclude(balance_now_cents=0)
        yield _summed(late, "balance_now_cents")
    yield _figure("sales_open", scope.rows(Sale).asking(), NET - F("allocated_cents"))
    yield _figure("deliveries_unbilled", asking_deliveries(scope.rows(Delivery)), "total_cents")
    yield _figure(CREDIT, scope.rows(Payment).counting().exclude(SPOKEN_FOR), LEFT)
    yield _figure(CREDIT, _granted(scope), F("amount_cents") - F("allocated_cents"))


def _by_transactions(scope: Scope) -> Iterator[QuerySet[Any]]:
    yield _of_customers(scope, "opening", F("opening_balance_cents"))
    yield _figure("deliveries", scope.rows(Delivery).standing(), "total_cents")
    yield _figure("sales", scope.rows(Sale).standing(), NET)
    asking = scope.rows(Invoice).asking()
    yield _figure("invoiced_apart", asking, "total_cents")
    yield _figure(
        "invoiced_apart", _lines_with_a_source(scope, asking), -F("total_cents"), customer="invoice__customer"
    )
    yield _figure("paid", scope.rows(Payment).counting(), F("amount_cents") - F("refunded_cents"))
    yield _figure("credited", _granted(scope), "amount_cents")
    yield _figure("old_system", asking.by_legacy_money().with_money(), "paid_cents")
    yield _figure("old_system", scope.rows(Payment).counting().filter(SPOKEN_FOR), -LEFT)


def _granted(scope: Scope) -> Any:
    return scope.rows(Credit).exclude(status=Credit.Status.VOIDED)


def _lines_with_a_source(scope: Scope, asking: Any) -> Any:
    """The lines of these invoices that bill a delivery or a sale, which is counted itself."""
    lines = InvoiceLine.objects.using(scope.using).filter(source_kind__in=[DELIVERY, SALE], is_live=True)
    return lines.filter(Exists(asking.filter(pk=OuterRef("invoice"))))


def _of_customers(scope: Scope, name: str, cents: Any) -> QuerySet[Any]:
    customers = Customer.objects.using(scope.using).filter(tenant=scope.tenant)
    customers = customers if scope.customers is None else customers.filter(pk__in=scope.customers)
    named = customers.order_by().annotate(owner=F("pk"), figure=_named(name), cents=Cast(cents, BigIntegerField()))
    return named.values_list("owner", "figure", "cents")


def _figure(name: str, rows: Any, cents: Any, *, customer: str = "customer") -> QuerySet[Any]:
    return _summed(rows.annotate(figure=_named(name)), cents, customer=customer)


def _summed(rows: Any, cents: Any, *, customer: str = "customer") -> QuerySet[Any]:
    sums = rows.order_by().annotate(owner=F(f"{customer}_id")).values("owner", "figure")
    return sums.annotate(cents=Cast(Sum(cents), BigIntegerField())).values_list("owner", "figure", "cents")


def _named(name: str) -> Value:
    return Value(name, output_field=CharField())
