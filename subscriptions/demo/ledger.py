"""The rows of the demo's dairy while its story is told."""

from accounts.demo.books import DemoBooks
from accounts.models import Tenant
from billing.models import (
    Allocation,
    BulkOperation,
    BulkOperationItem,
    Customer,
    Invoice,
    InvoiceLine,
    Payment,
    PaymentAuditLog,
    Sale,
    SaleLine,
)
from subscriptions.models import (
    DailyOrder,
    Delivery,
    Product,
    ProductPrice,
    StandingOrder,
    StandingOrderChange,
    StandingOrderDay,
)


class Ledger(DemoBooks):
    """The books of one dairy."""

    write_order = (
        *(Product, ProductPrice, Customer, StandingOrder, StandingOrderDay, StandingOrderChange, DailyOrder, Delivery),
        *(Invoice, InvoiceLine, Sale, SaleLine, Payment, Allocation, PaymentAuditLog, BulkOperation, BulkOperationItem),
    )

    def __init__(self, tenant: Tenant, *, seed: int, using: str, ids: str) -> None:
        super().__init__(tenant, part="dairy", seed=seed, using=using, ids=ids)
