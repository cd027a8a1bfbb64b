"""Makes a row of any model for one tenant, straight in the table: for tests that walk all tables.

Required columns get a plain value; required links get a row of their own in the same tenant. A table whose constraints want more
says so in `SPECIAL`. Nothing else should use this: other tests make their rows by the services.
"""

from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from itertools import count
from typing import Any

from django.db import models
from django.db.models import Model

from accounts.ids import new_id
from accounts.models import Role, Tenant, User

_numbers = count(1)
NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
PLAIN: dict[type[models.Field], Callable[[], Any]] = {
    models.CharField: lambda: f"x{next(_numbers)}",
    models.TextField: lambda: f"x{next(_numbers)}",
    models.DateTimeField: lambda: NOON,
    models.DateField: NOON.date,
    models.BooleanField: lambda: False,
    models.JSONField: dict,
    models.DecimalField: lambda: Decimal(1),
    models.FloatField: lambda: 1.0,
    models.IntegerField: lambda: 1,
    models.UUIDField: lambda: None,
}


def _allocation(tenant: Tenant) -> dict[str, Any]:
    from billing.models import Payment, Sale

    return {"payment": a_row(Payment, tenant), "sale": a_row(Sale, tenant)}


def _intention(tenant: Tenant) -> dict[str, Any]:
    from billing.models import Sale

    return {"sale": a_row(Sale, tenant)}


def _issued(tenant: Tenant) -> dict[str, Any]:
    return {"from_account": "ISSUANCE", "to_user": a_row(User, tenant)}


def _payout_read(tenant: Tenant) -> dict[str, Any]:
    from cashback.models import UserPaymentMethod

    return {"payment_method": a_row(UserPaymentMethod, tenant)}


SPECIAL: dict[str, Callable[[Tenant], dict[str, Any]]] = {
    "billing.Allocation": _allocation,
    "billing.PaymentIntention": _intention,
    "billing.OpeningBalanceCorrection": lambda tenant: {"after_cents": 2},
    "billing.RouteReconciliation": lambda tenant: {"cash_variance_cents": 0},
    "subscriptions.StandingOrderChange": lambda tenant: {"kind": "SKIP"},
    "subscriptions.RejectedUsage": lambda tenant: {"batch_id": new_id()},
    "cashback.CashbackAccount": lambda tenant: {"kind": "ISSUANCE"},
    "cashback.CashbackTransaction": _issued,
    "cashback.LoanCashbackConfig": lambda tenant: {"cashback_value": Decimal("0.05")},
    "cashback.LoanPayment": lambda tenant: {"principal_cents": 0},
    "cashback.PayoutRead": _payout_read,
    "cashback.TrackerCashbackConfig": lambda tenant: {"cashback_value": Decimal("0.05")},
    "subscriptions.Subscriber": lambda tenant: {"id": f"line-{next(_numbers)}"},
}


def a_row(model: type[Model], tenant: Tenant) -> Any:
    """Insert one row of this model for this tenant and return it."""
    if model is Tenant:
        return tenant
    values = {
        field.name: _value(field, tenant)
        for field in model._meta.concrete_fields
        if not (field.has_default() or field.primary_key or field.null or field.generated or _fills_itself(field))
    }
    if "tenant" in {field.name for field in model._meta.concrete_fields}:
        values["tenant"] = tenant
    if model is User:
        values |= {"email": f"row-{next(_numbers)}@example.com", "role": Role.SALES_REP}
    values |= SPECIAL.get(model._meta.label, lambda tenant: {})(tenant)
    (row,) = model._base_manager.bulk_create([model(**values)])
    return row


def _fills_itself(field: models.Field) -> bool:
    return getattr(field, "auto_now", False) or getattr(field, "auto_now_add", False)


def _value(field: models.Field, tenant: Tenant) -> Any:
    if isinstance(field, models.ForeignKey):
        return a_row(field.related_model, tenant)
    if field.choices:
        return field.choices[0][0]
    if field.name == "currency":
        return "BDT"
    kind = next((kind for kind in PLAIN if isinstance(field, kind)), None)
    if kind is None:
        raise AssertionError(f"{field}: no plain value. Add its kind to PLAIN, or the table to SPECIAL.")
    return PLAIN[kind]()
