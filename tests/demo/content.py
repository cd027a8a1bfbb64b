"""Everything that a demo writes, as one checksum: equal content gives an equal checksum on either database.

The internet provider is left out: its days are told from today, and its services choose the ids of what they write.
"""

import hashlib
from typing import Any

from django.db.models import Model, QuerySet

from accounts.demo.people import HARBOR
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
        _add(digest, _told_by_seed(model).order_by("pk"), without=set())
    for model in KEPT_WITH_HISTORY:
        images = _told_by_seed(model.history.model).order_by("history_date", "id", "history_id")
        _add(digest, images, without={"history_id"})
    return digest.hexdigest()


def _told_by_seed(model: type[Model]) -> QuerySet[Any]:
    """The rows that the seed alone decides."""
    names = {field.name for field in model._meta.get_fields()}
    path = "tenant" if "tenant" in names else "invoice__tenant" if "invoice" in names else ""
    provider = Tenant.objects.filter(slug=HARBOR).values("pk")
    return model.objects.exclude(**{f"{path}__in": provider}) if path else model.objects.all()


def _add(digest: Any, rows: Any, *, without: set[str]) -> None:
    columns = [field.attname for field in rows.model._meta.concrete_fields if field.attname not in without]
    for row in rows.values_list(*columns).iterator(chunk_size=2000):
        digest.update(repr(row).encode())
