"""The rules of `billing.rules.invoice_status` as SQL, for sets of invoices. A property test holds the two equal.

They stand beside the model because its querysets filter by them; whoever reports (`selectors`) takes them from the querysets.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta

from django.db.models import BigIntegerField, Case, CharField, F, OuterRef, Q, Subquery, Sum, Value, When
from django.db.models.functions import Cast, Coalesce, Least

from billing.models.payment import Payment
from billing.rules import invoice_status as rule

CENTS = BigIntegerField()
TEXT = CharField()
NOTHING = Value(0, output_field=CENTS)

ASKING = ~Q(status__in=rule.STICKY)
BY_LEGACY_MONEY = ASKING & Q(counts_by_allocations=False, allocated_cents=0)
BY_ALLOCATIONS = Q(counts_by_allocations=True) | Q(allocated_cents__gt=0) | Q(status__in=rule.STICKY)


def paid_cents() -> Case:
    """What is paid of each invoice; the payments of the old system are looked up only where they speak."""
    return Case(
        When(BY_ALLOCATIONS, then=F("allocated_cents")),
        When(status=rule.PAID, then=F("total_cents")),
        default=Least(F("total_cents"), legacy_payments_cents()),
        output_field=CENTS,
    )


def legacy_payments_cents() -> Coalesce:
    """What the customer's own succeeded payments that name each invoice have left, in its currency."""
    left = Cast(Sum(F("amount_cents") - F("refunded_cents") - F("allocated_cents")), CENTS)  # a sum is numeric: slow
    named = Payment.objects.counting().filter(
        invoice=OuterRef("pk"), customer=OuterRef("customer_id"), currency=OuterRef("currency")
    )
    sums = named.order_by().values("invoice").annotate(left=left).values("left")
    return Coalesce(Subquery(sums, output_field=CENTS), NOTHING)


def balance_cents() -> Case:
    """What is left to pay of each invoice annotated with `paid_cents`."""
    return Case(
        When(Q(status__in=rule.STICKY) | Q(allocated_cents__gte=F("total_cents")), then=NOTHING),
        When(counts_by_allocations=True, then=F("total_cents") - F("allocated_cents")),
        default=F("total_cents") - F("paid_cents"),
        output_field=CENTS,
    )


def computed_status(now: datetime) -> Case:
    """The status at a moment of each invoice annotated with `paid_cents`.

    What allocations can tell is asked first and by plain columns: of a million invoices none then looks for legacy money.
    """
    told = [When(_told_by_allocations(status, now), then=Value(status)) for status in (rule.PAID, *rule.OWED)]
    return Case(
        When(status__in=rule.STICKY, then=F("status")),
        *told,
        When(paid_cents__gte=F("total_cents"), then=Value(rule.PAID)),
        When(paid_cents__gt=0, then=Value(rule.PARTIALLY_PAID)),
        When(due_at__lt=now, then=Value(rule.OVERDUE)),
        default=Value(rule.ISSUED),
        output_field=TEXT,
    )


def has_status(statuses: Iterable[str], now: datetime) -> Q:
    """Whether each invoice annotated with `computed_status` has one of these, asked by plain columns where they can tell."""
    statuses = [status for status in statuses if status in (*rule.STICKY, rule.PAID, *rule.OWED)]
    found = BY_LEGACY_MONEY & Q(computed_status__in=statuses)
    for status in statuses:
        found = (Q(status=status) if status in rule.STICKY else ASKING & _told_by_allocations(status, now)) | found
    return found


def _told_by_allocations(status: str, now: datetime) -> Q:
    """The invoices that ask for money and of which their own columns say that they have this status."""
    if status == rule.PAID:
        return Q(allocated_cents__gte=F("total_cents"))
    if status == rule.PARTIALLY_PAID:
        return Q(allocated_cents__gt=0, allocated_cents__lt=F("total_cents"))
    unpaid = Q(counts_by_allocations=True, allocated_cents=0, total_cents__gt=0)
    return unpaid & (Q(due_at__lt=now) if status == rule.OVERDUE else Q(due_at__isnull=True) | Q(due_at__gte=now))


def ageing_bucket(now: datetime) -> Case:
    """The ageing bucket at a moment of each invoice annotated with `balance_now_cents`."""
    late = [When(condition, then=Value(name)) for name, condition in ageing_conditions(now).items()]
    return Case(When(balance_now_cents=0, then=Value(rule.CURRENT)), *late, output_field=TEXT)


def ageing_conditions(now: datetime) -> dict[str, Q]:
    """For each bucket the due dates of the invoices in it, if they have something left to pay."""
    conditions = {rule.CURRENT: Q(due_at__isnull=True) | Q(due_at__gte=now)}
    until = now
    for name, days in rule.AGEING_DAYS.items():
        since = now - timedelta(days=days)
        conditions[name] = Q(due_at__lt=until, due_at__gte=since)
        until = since
    return {**conditions, rule.OLDEST: Q(due_at__lt=until)}
