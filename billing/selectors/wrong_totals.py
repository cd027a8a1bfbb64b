"""Running totals that are not the sum of their allocations: something wrote past the services."""

from typing import Any

from django.db.models import Case, F, IntegerField, Model, OuterRef, Q, QuerySet, Subquery, Sum, Value, When
from django.db.models.functions import Coalesce

from billing.models import Allocation, Credit, Customer, Invoice, Payment, Sale

SIGNED = Case(When(reverses__isnull=True, then=F("amount_cents")), default=-F("amount_cents"))
SIDES: dict[type[Model], str] = {Payment: "payment", Credit: "credit", Sale: "sale", Invoice: "invoice"}


def with_live_cents(model: type[Model], side: str, **only: Any) -> QuerySet[Any]:
    """Rows annotated with `live_cents`, the sum of their allocations."""
    rows = Allocation.objects.filter(**{side: OuterRef("pk")}, **only).order_by().values(side)
    live = Subquery(rows.annotate(cents=Sum(SIGNED)).values("cents"), output_field=IntegerField())
    return model._default_manager.annotate(live_cents=Coalesce(live, Value(0)))


def wrong_totals(model: type[Model]) -> QuerySet[Any]:
    """Payments, credits, sales or invoices whose running total is wrong, with `live_cents` (and `live_credited_cents`)."""
    rows = with_live_cents(model, SIDES[model])
    if model is not Invoice:
        return rows.exclude(allocated_cents=F("live_cents"))
    by_credits = Allocation.objects.filter(invoice=OuterRef("pk"), credit__isnull=False).order_by().values("invoice")
    credited = Subquery(by_credits.annotate(cents=Sum(SIGNED)).values("cents"), output_field=IntegerField())
    rows = rows.annotate(live_credited_cents=Coalesce(credited, Value(0)))
    return rows.exclude(allocated_cents=F("live_cents"), credited_cents=F("live_credited_cents"))


def customers_with_wrong_totals() -> QuerySet[Customer]:
    """Customers of whom any running total is wrong, with `live_cents` of their opening balance."""
    wrong = ~Q(opening_balance_allocated_cents=F("live_cents"))
    for model in SIDES:
        wrong |= Q(pk__in=wrong_totals(model).order_by().values("customer"))
    return with_live_cents(Customer, "opening_balance_customer").filter(wrong)
