"""Billing of usage is right when every sentence here is true: what a period charges is what its invoices ask, once."""

from collections.abc import Iterator
from typing import Any

from django.db.models import Exists, F, OuterRef, QuerySet, Subquery

from accounts.models import Tenant
from billing.models import Credit, InvoiceLine
from operations.invariants import Violation, invariant
from subscriptions.models import BILLED_PERIOD, PERIOD_ADJUSTMENT, BilledPeriod, PeriodAdjustment
from subscriptions.rules.billing_cycle import period_of

Violations = Iterator[Violation]


@invariant(part="subscriptions", name="An invoice bills a period of its own customer, for exactly what it charges")
def lines_bill_what_periods_charge(*, using: str, tenant: Tenant | None = None) -> Violations:
    """A live line names a billed period, which names its invoice."""
    same = BilledPeriod.objects.filter(
        pk=OuterRef("source_id"),
        status=BilledPeriod.Status.BILLED,
        invoice=OuterRef("invoice"),
        overage_cents=OuterRef("total_cents"),
        currency=OuterRef("invoice__currency"),
        subscription__customer=OuterRef("invoice__customer"),
    )
    yield from _lines_without(same, BILLED_PERIOD, using, tenant)


@invariant(part="subscriptions", name="What late records added is on an invoice of the customer, for exactly that much")
def lines_bill_what_was_added(*, using: str, tenant: Tenant | None = None) -> Violations:
    """A live line names an adjustment, which names its invoice."""
    same = PeriodAdjustment.objects.filter(
        pk=OuterRef("source_id"),
        invoice=OuterRef("invoice"),
        added_cents=OuterRef("total_cents"),
        currency=OuterRef("invoice__currency"),
        billed_period__subscription__customer=OuterRef("invoice__customer"),
    )
    yield from _lines_without(same, PERIOD_ADJUSTMENT, using, tenant)


@invariant(
    part="subscriptions", name="What late records took from a charge is the customer's credit, exactly that much"
)
def credits_give_what_was_taken(*, using: str, tenant: Tenant | None = None) -> Violations:
    """Each adjustment below nothing has a credit of its own."""
    same = Credit.objects.filter(
        pk=OuterRef("credit"),
        amount_cents=-1 * OuterRef("added_cents"),
        currency=OuterRef("currency"),
        customer=OuterRef("billed_period__subscription__customer"),
    )
    rows = PeriodAdjustment.objects.using(using).of_tenant(tenant).filter(added_cents__lt=0)
    for row in rows.filter(~Exists(same)).values("pk", "added_cents", "credit"):
        yield Violation(where=f"adjustment {row['pk']}", numbers={**row})


@invariant(part="subscriptions", name="No two billed periods of a subscription share a day")
def periods_do_not_overlap(*, using: str, tenant: Tenant | None = None) -> Violations:
    """One may end earlier than planned, but none begins before the one before it ended."""
    before = BilledPeriod.objects.filter(
        subscription=OuterRef("subscription"), period_start__lt=OuterRef("period_start")
    )
    rows = BilledPeriod.objects.using(using).of_tenant(tenant)
    rows = rows.annotate(end_before=Subquery(before.order_by("-period_start").values("period_end")[:1]))
    wrong = rows.filter(end_before__gte=F("period_start"))
    for row in wrong.values("subscription_id", "period_start", "end_before"):
        yield Violation(where=f"subscription {row['subscription_id']}", numbers={**row})


@invariant(part="subscriptions", name="A billed period begins with a cycle of its subscription, or with its first day")
def periods_begin_with_the_cycle(*, using: str, tenant: Tenant | None = None) -> Violations:
    """Calendar-true from the day on which the subscription began; billing may begin within a cycle."""
    rows = BilledPeriod.objects.using(using).of_tenant(tenant).select_related("subscription__plan")
    for row in rows.order_by("pk").iterator(2000):
        one = row.subscription
        if row.period_start in (one.start_date, one.billed_from):
            continue
        is_before = row.period_start < one.start_date
        if is_before or period_of(one.start_date, one.plan.billing_cycle, row.period_start).start != row.period_start:
            yield Violation(
                where=f"subscription {one.pk}",
                numbers={"period_start": str(row.period_start), "start_date": str(one.start_date)},
            )


def _lines_without(same: QuerySet[Any], kind: str, using: str, tenant: Tenant | None) -> Violations:
    lines = InvoiceLine.objects.using(using).filter(source_kind=kind, is_live=True)
    lines = lines.filter(invoice__tenant=tenant) if tenant else lines
    for row in lines.filter(~Exists(same)).values("invoice__number", "description", "source_id", "total_cents"):
        yield Violation(where=f"invoice {row['invoice__number']}", numbers={**row})
