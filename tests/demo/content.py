"""Everything that a demo writes, as one checksum: equal content gives an equal checksum on either database."""

import hashlib
from typing import Any

from accounts.models import Tenant, User
from billing.models import (
    Allocation,
    BulkOperation,
    BulkOperationItem,
    Credit,
    Customer,
    Invoice,
    InvoiceLine,
    Payment,
    PaymentAuditLog,
    RouteOpeningDebt,
    RouteOpeningDue,
    RouteReconciliation,
    Sale,
    SaleLine,
    SaleReturn,
)
from routes.models import Round, Route
from subscriptions.models import (
    DailyOrder,
    Delivery,
    Product,
    ProductPrice,
    StandingOrder,
    StandingOrderChange,
    StandingOrderDay,
)

DAIRY = (Product, ProductPrice, StandingOrder, StandingOrderChange, DailyOrder, Delivery)
MONEY = (Customer, Sale, Payment, Invoice, Credit, RouteReconciliation)
KEPT_WITH_HISTORY = (Tenant, User, Round, Route, *MONEY, *DAIRY)
TABLES = (
    *KEPT_WITH_HISTORY,
    BulkOperation,
    BulkOperationItem,
    StandingOrderDay,
    SaleLine,
    SaleReturn,
    Allocation,
    InvoiceLine,
    PaymentAuditLog,
    RouteOpeningDue,
    RouteOpeningDebt,
)


def checksum() -> str:
    """Digest every row, and every history image in the order in which it was written."""
    digest = hashlib.sha256()
    for model in TABLES:
        _add(digest, model.objects.order_by("pk"), without=set())
    for model in KEPT_WITH_HISTORY:
        _add(digest, model.history.model.objects.order_by("history_date", "id", "history_id"), without={"history_id"})
    return digest.hexdigest()


def _add(digest: Any, rows: Any, *, without: set[str]) -> None:
    columns = [field.attname for field in rows.model._meta.concrete_fields if field.attname not in without]
    for row in rows.values_list(*columns).iterator(chunk_size=2000):
        digest.update(repr(row).encode())
