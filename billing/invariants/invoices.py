"""Invoices are right when every sentence here is true: totals, states, numbers, sources, and the credits that correct them."""

from collections.abc import Iterator
from datetime import UTC, datetime

from django.db.models import Count, Exists, F, IntegerField, Max, Min, OuterRef, Q, Subquery, Sum, Value
from django.db.models.functions import Coalesce

from accounts.models import Counter, Tenant
from billing.invariants.books import SIGNED
from billing.models import Allocation, Credit, Invoice, InvoiceLine, Payment, Sale
from billing.rules import invoice_status as rule
from billing.rules.invoice_number import number_stem
from billing.services.holding import SALE
from billing.services.invoice_numbers import counter_kind
from operations.invariants import Violation, invariant

Violations = Iterator[Violation]

NOTHING = Value(0)
LONG_AGO = datetime(1900, 1, 1, tzinfo=UTC)  # at that time nothing was overdue: time alone is no damage
NOT_LIVE = Q(invoice__status=rule.VOID) | Q(invoice__deleted_at__isnull=False)


@invariant(part="allocations", name="What credits have paid of an invoice is the sum of their allocations")
def credited_totals_are_proved(*, using: str, tenant: Tenant | None = None) -> Violations:
    """`invoices.credited_cents` against its rows: reports take it off what was collected."""
    by_credits = Allocation.objects.filter(invoice=OuterRef("pk"), credit__isnull=False).order_by().values("invoice")
    live = Subquery(by_credits.annotate(cents=Sum(SIGNED)).values("cents"), output_field=IntegerField())
    invoices = Invoice.objects.using(using).of_tenant(tenant).annotate(live=Coalesce(live, NOTHING))
    for row in invoices.exclude(credited_cents=F("live")).values("pk", "number", "credited_cents", "live"):
        numbers = {"credited_cents": row["credited_cents"], "allocations_add_up_to": row["live"]}
        yield Violation(where=f"invoice {row['number']}", numbers=numbers)


@invariant(
    part="allocations", name="The stored status of an invoice is what the rule says, but for the time that has passed"
)
def stored_status_is_the_rules(*, using: str, tenant: Tenant | None = None) -> Violations:
    """Only issued and overdue may differ, because nobody writes when a due date passes; lists ask the rule."""
    invoices = Invoice.objects.using(using).of_tenant(tenant).filter(counts_by_allocations=True)
    rows = invoices.with_status(LONG_AGO).exclude(status=F("computed_status"))
    rows = rows.exclude(status=rule.OVERDUE, computed_status=rule.ISSUED)
    for row in rows.values("number", "status", "computed_status", "total_cents", "allocated_cents"):
        yield Violation(where=f"invoice {row['number']}", numbers={**row})


@invariant(part="allocations", name="An invoice says since when it is paid exactly when it is paid")
def paid_at_agrees(*, using: str, tenant: Tenant | None = None) -> Violations:
    """`paid_at` is set and cleared by the rule; rows of the old system are findings of the backfill instead."""
    is_paid, has_moment = Q(status=rule.PAID), Q(paid_at__isnull=False)
    invoices = Invoice.objects.using(using).of_tenant(tenant).filter(counts_by_allocations=True)
    for row in invoices.filter((is_paid & ~has_moment) | (~is_paid & has_moment)).values("number", "status", "paid_at"):
        yield Violation(where=f"invoice {row['number']}", numbers={"status": row["status"], "paid_at": row["paid_at"]})


@invariant(part="allocations", name="An invoice that asks for nothing holds no money")
def idle_invoices_hold_no_money(*, using: str, tenant: Tenant | None = None) -> Violations:
    """Drafts, void, failed and deleted ones; the database refuses it too."""
    idle = Q(status__in=rule.STICKY) | Q(deleted_at__isnull=False)
    invoices = Invoice.objects.using(using).of_tenant(tenant).filter(idle, allocated_cents__gt=0)
    for row in invoices.values("number", "status", "allocated_cents"):
        yield Violation(where=f"invoice {row['number']}", numbers={**row})


@invariant(part="allocations", name="The lines of an invoice add up to its total")
def lines_add_up(*, using: str, tenant: Tenant | None = None) -> Violations:
    """Invoices of the old system came without lines."""
    invoices = Invoice.objects.using(using).of_tenant(tenant).annotate(lines_cents=Sum("lines__total_cents"))
    wrong = Q(lines_cents__lt=F("total_cents")) | Q(lines_cents__gt=F("total_cents"))
    for row in invoices.filter(wrong).values("pk", "number", "total_cents", "lines_cents"):
        numbers = {"total_cents": row["total_cents"], "lines_add_up_to": row["lines_cents"]}
        yield Violation(where=f"invoice {row['number'] or row['pk']}", numbers=numbers)


@invariant(part="allocations", name="An invoice claims its sources exactly while it is live")
def lines_are_live_with_their_invoice(*, using: str, tenant: Tenant | None = None) -> Violations:
    """A void or deleted invoice has let go of what it billed, so that it can be billed again; a live one has not."""
    lines = InvoiceLine.objects.using(using).filter((Q(is_live=True) & NOT_LIVE) | (Q(is_live=False) & ~NOT_LIVE))
    lines = lines.filter(invoice__tenant=tenant) if tenant else lines
    for row in lines.values("pk", "invoice__number", "source_kind", "source_id", "is_live"):
        numbers = {"source": f"{row['source_kind']} {row['source_id']}", "is_live": row["is_live"]}
        yield Violation(where=f"invoice {row['invoice__number']}, line {row['pk']}", numbers=numbers)


@invariant(part="allocations", name="A sale is asked for once: by itself, or by the one issued invoice that bills it")
def sales_are_asked_for_once(*, using: str, tenant: Tenant | None = None) -> Violations:
    """`sales.invoice_id` against the lines, from both ends; an invoiced sale holds no money."""
    asking = InvoiceLine.objects.filter(source_kind=SALE, source_id=OuterRef("pk"), is_live=True).exclude(
        invoice__status=rule.DRAFT
    )
    sales = Sale.objects.using(using).of_tenant(tenant).annotate(is_billed=Exists(asking))
    sales = sales.annotate(by_that=Exists(asking.filter(invoice=OuterRef("invoice_id"))))
    wrong = Q(invoice__isnull=True, is_billed=True) | Q(invoice__isnull=False, by_that=False)
    wrong |= Q(invoice__isnull=False, allocated_cents__gt=0)
    for row in sales.filter(wrong).values("number", "status", "invoice__number", "allocated_cents", "is_billed"):
        yield Violation(where=f"sale {row['number']}", numbers={**row})


@invariant(part="allocations", name="An invoiced sale is completed exactly when its invoice is paid, else billed")
def invoiced_sales_follow_their_invoice(*, using: str, tenant: Tenant | None = None) -> Violations:
    """The invoice's stored status: whether it is paid does not change with time."""
    is_paid = Q(invoice__status=rule.PAID)
    wrong = (is_paid & ~Q(status=Sale.Status.COMPLETED)) | (~is_paid & ~Q(status=Sale.Status.BILLED))
    sales = Sale.objects.using(using).of_tenant(tenant).filter(Q(invoice__isnull=False) & wrong)
    for row in sales.values("number", "status", "invoice__number", "invoice__status"):
        yield Violation(where=f"sale {row['number']}", numbers={**row})


@invariant(part="allocations", name="Invoice numbers run without gaps in their series")
def invoice_series_have_no_gaps(*, using: str, tenant: Tenant | None = None) -> Violations:
    """Each series from 1 to its counter, every number once; numbers stepped over belong to rows of the old system."""
    numbered = Invoice.objects.using(using).of_tenant(tenant).exclude(series="")
    series = (
        numbered.order_by()
        .values("tenant", "tenant__slug", "series")
        .annotate(first=Min("sequence"), last=Max("sequence"), count=Count("sequence"))
    )
    counters = {
        (row["tenant"], row["kind"]): row["value"]
        for row in Counter.objects.using(using).filter(kind__startswith="invoice ").values("tenant", "kind", "value")
    }
    for row in series:
        counter = counters.get((row["tenant"], counter_kind(row["series"])), 0)
        old = Invoice.objects.using(using).filter(
            tenant=row["tenant"], series="", number__startswith=number_stem(row["series"])
        )
        if row["count"] != row["last"] or row["first"] != 1 or counter != row["last"]:
            missing = row["last"] - row["count"]
            if missing > 0 and counter == row["last"] and missing <= old.count():
                continue
            numbers = {name: row[name] for name in ("first", "last", "count")} | {"counter": counter}
            yield Violation(where=f"tenant {row['tenant__slug']}, series {row['series']}", numbers=numbers)


@invariant(part="allocations", name="A credit is used up, available or void as its allocations say")
def credit_status_agrees(*, using: str, tenant: Tenant | None = None) -> Violations:
    """And a void one pays for nothing; the database refuses that too."""
    used_up = Q(allocated_cents=F("amount_cents"))
    wrong = (Q(status="APPLIED") & ~used_up) | (Q(status="AVAILABLE") & used_up)
    wrong |= Q(status="VOIDED", allocated_cents__gt=0)
    credits_ = Credit.objects.using(using).of_tenant(tenant).filter(wrong)
    for row in credits_.values("pk", "status", "amount_cents", "allocated_cents"):
        yield Violation(where=f"credit {row['pk']}", numbers={**row})


@invariant(part="allocations", name="Only money that came in counts on an invoice")
def only_money_counts_on_invoices(*, using: str, tenant: Tenant | None = None) -> Violations:
    """Live allocations of payments that failed, went back, wait or were rejected; the database refuses the running total too."""
    counting = Payment.objects.using(using).counting().values("pk")
    live = Allocation.objects.using(using).of_tenant(tenant).filter(reverses__isnull=True, reversal__isnull=True)
    idle = live.filter(invoice__isnull=False, payment__isnull=False).exclude(payment__in=counting)
    for row in idle.values("pk", "amount_cents", "payment__status", "payment__verification_status", "invoice__number"):
        yield Violation(where=f"allocation {row['pk']} on invoice {row['invoice__number']}", numbers={**row})
