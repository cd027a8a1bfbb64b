"""Sales, payments and routes are right when every sentence here is true.

Running totals are proved from their rows, links from both ends, and reports against the plain sum of all payments.
"""

from collections.abc import Iterator
from typing import Any

from django.db.models import Case, Count, F, IntegerField, Model, OuterRef, Q, QuerySet, Subquery, Sum, Value, When
from django.db.models.functions import Coalesce

from accounts.models import Tenant
from billing.models import (
    Allocation,
    Credit,
    Customer,
    Invoice,
    Payment,
    RouteOpeningDebt,
    RouteOpeningDue,
    RouteReconciliation,
    Sale,
    SaleLine,
    SaleReturn,
)
from billing.rules.route_link import LINK
from billing.rules.sale_status import CANCELLED, COMPLETED, PENDING
from billing.selectors.accountability import accountability_of_all
from billing.selectors.route_links import link_verdict
from billing.selectors.route_money import KEPT, recorded_cash_by_route
from operations.health import Figure, health_figure
from operations.invariants import Violation, invariant
from routes import rules as route_rules
from routes.models import Route

Violations = Iterator[Violation]

SIGNED = Case(When(reverses__isnull=True, then=F("amount_cents")), default=-F("amount_cents"))
NOTHING = Value(0)
COUNTED_AT_MOST = 10_001


@invariant(part="routes", name="What a payment has paid is the sum of its allocations")
def payment_totals_are_proved(*, using: str, tenant: Tenant | None = None) -> Violations:
    """`payments.allocated_cents` against its rows; `backfill_allocation_totals` repairs it."""
    return _wrong_totals(Payment, "payment", using, tenant)


@invariant(part="routes", name="What is paid of a sale is the sum of its allocations")
def sale_totals_are_proved(*, using: str, tenant: Tenant | None = None) -> Violations:
    """`sales.allocated_cents` against its rows."""
    return _wrong_totals(Sale, "sale", using, tenant)


@invariant(part="routes", name="What is paid of an opening balance is the sum of its allocations")
def opening_balance_totals_are_proved(*, using: str, tenant: Tenant | None = None) -> Violations:
    """`customers.opening_balance_allocated_cents` against its rows."""
    return _wrong_totals(Customer, "opening_balance_customer", using, tenant, column="opening_balance_allocated_cents")


@invariant(part="allocations", name="What is paid of an invoice is the sum of its allocations")
def invoice_totals_are_proved(*, using: str, tenant: Tenant | None = None) -> Violations:
    """`invoices.allocated_cents` against its rows."""
    return _wrong_totals(Invoice, "invoice", using, tenant)


@invariant(part="allocations", name="What a credit has paid is the sum of its allocations")
def credit_totals_are_proved(*, using: str, tenant: Tenant | None = None) -> Violations:
    """`credits.allocated_cents` against its rows."""
    return _wrong_totals(Credit, "credit", using, tenant)


@invariant(part="routes", name="Money pays only for debts of the same customer, tenant and currency")
def allocations_stay_at_home(*, using: str, tenant: Tenant | None = None) -> Violations:
    """An allocation joins two rows of one customer, and is of their tenant."""
    rows = Allocation.objects.using(using).of_tenant(tenant)
    strays = Q()
    for source in ("payment", "credit"):
        strays |= _differ("tenant", f"{source}__tenant") | _differ(f"{source}__customer", "opening_balance_customer")
        strays |= _differ(f"{source}__currency", "opening_balance_customer__tenant__currency")
        for target in ("sale", "invoice"):
            for column in ("tenant", "customer", "currency"):
                strays |= _differ(f"{source}__{column}", f"{target}__{column}")
    for pk in rows.filter(strays).values_list("pk", flat=True).iterator():
        yield Violation(where=f"allocation {pk}", numbers={})


@invariant(part="routes", name="A reversal equals the allocation that it takes back")
def reversals_mirror_their_original(*, using: str, tenant: Tenant | None = None) -> Violations:
    """Same amount, source and target: else a running total could be right while its rows are wrong."""
    rows = Allocation.objects.using(using).of_tenant(tenant).filter(reverses__isnull=False)
    names = ("amount_cents", "payment", "credit", "sale", "invoice", "opening_balance_customer")
    unlike = Q(reverses__reverses__isnull=False)
    for name in names:
        unlike |= _differ(name, f"reverses__{name}")
    for row in rows.filter(unlike).values("pk", "amount_cents", "reverses__amount_cents").iterator():
        yield Violation(
            where=f"allocation {row['pk']}",
            numbers={"reversal_cents": row["amount_cents"], "original_cents": row["reverses__amount_cents"]},
        )


@invariant(part="routes", name="A payment that is no money in pays for nothing")
def only_money_pays(*, using: str, tenant: Tenant | None = None) -> Violations:
    """Failed, reversed, waiting and rejected payments hold no live allocation."""
    counting = Payment.objects.using(using).counting().values("pk")
    idle = Payment.objects.using(using).of_tenant(tenant).filter(allocated_cents__gt=0).exclude(pk__in=counting)
    for row in idle.values("pk", "status", "allocated_cents").iterator():
        numbers = {"status": row["status"], "allocated_cents": row["allocated_cents"]}
        yield Violation(where=f"payment {row['pk']}", numbers=numbers)


@invariant(part="routes", name="What came back of a sale is the sum of its returns")
def returns_are_proved(*, using: str, tenant: Tenant | None = None) -> Violations:
    """`sales.returned_cents` against `sale_returns`."""
    returned = SaleReturn.objects.filter(sale=OuterRef("pk")).order_by().values("sale")
    live = Coalesce(Subquery(returned.annotate(cents=Sum("amount_cents")).values("cents")), NOTHING)
    sales = Sale.objects.using(using).of_tenant(tenant).annotate(live=live).exclude(returned_cents=F("live"))
    for row in sales.values("number", "returned_cents", "live").iterator():
        numbers = {"returned_cents": row["returned_cents"], "returns_add_up_to": row["live"]}
        yield Violation(where=f"sale {row['number']}", numbers=numbers)


@invariant(part="routes", name="A sale that has lines asks for their sum")
def sale_lines_add_up(*, using: str, tenant: Tenant | None = None) -> Violations:
    """`sales.total_cents` against `sale_lines`, in one grouped pass; a sale recorded by its total alone has no lines."""
    lines = SaleLine.objects.using(using).filter(**({"sale__tenant": tenant} if tenant else {})).order_by()
    sums = lines.values("sale", "sale__number", "sale__total_cents").annotate(live=Sum("total_cents"))
    for row in sums.exclude(live=F("sale__total_cents")).iterator():
        numbers = {"total_cents": row["sale__total_cents"], "lines_add_up_to": row["live"]}
        yield Violation(where=f"sale {row['sale__number']}", numbers=numbers)


@invariant(part="routes", name="A sale is pending until nothing of it is left to pay, then completed")
def sale_status_agrees_with_balance(*, using: str, tenant: Tenant | None = None) -> Violations:
    """As long as no issued invoice asks in its place; and nothing pays for a cancelled one."""
    settled = Q(allocated_cents=F("total_cents") - F("returned_cents"))
    wrong = (settled & ~Q(status__in=[COMPLETED, CANCELLED])) | (~settled & ~Q(status__in=[PENDING, CANCELLED]))
    wrong = (Q(invoice__isnull=True) & wrong) | Q(status=CANCELLED, allocated_cents__gt=0)
    sales = Sale.objects.using(using).of_tenant(tenant).filter(wrong)
    names = ("status", "total_cents", "returned_cents", "allocated_cents")
    for row in sales.values("number", *names).iterator():
        yield Violation(where=f"sale {row['number']}", numbers={name: row[name] for name in names})


@invariant(part="routes", name="Representatives and unattributed together have every payment once")
def every_payment_counts_once(*, using: str, tenant: Tenant | None = None) -> Violations:
    """The accountability report of each tenant against the plain sum of its payments, less what went back."""
    for each in [tenant] if tenant else Tenant.objects.using(using):
        report = accountability_of_all(each, using=using, quietly=True)
        others = report["other_currencies"].values()
        reported = {
            "payments": report["totals"]["all_payments_counted"] + sum(sums["payments"] for sums in others),
            "cents": report["totals"]["all_payments_cents"] + sum(sums["cents"] for sums in others),
        }
        payments = Payment.objects.using(using).of_tenant(each).counting()
        stored = payments.aggregate(payments=Count("pk"), cents=Coalesce(Sum(KEPT), NOTHING))
        if reported != stored:
            yield Violation(where=f"tenant {each.slug}", numbers={"reported": reported, "stored": stored})


@invariant(part="routes", name="The recorded cash of a reconciled route is what was signed for")
def reconciled_cash_stands(*, using: str, tenant: Tenant | None = None) -> Violations:
    """Nothing that changes a reconciled route's cash came in after its reconciliation."""
    live = recorded_cash_by_route(using=using, tenant=tenant)
    signed = RouteReconciliation.objects.using(using).of_tenant(tenant)
    for row in signed.values("route_id", "route__number", "cash_expected_cents").iterator():
        recorded = live.get(row["route_id"], 0)
        if recorded != row["cash_expected_cents"]:
            numbers = {"signed_cents": row["cash_expected_cents"], "recorded_cents": recorded}
            yield Violation(where=f"route {row['route__number']}", numbers=numbers)


@invariant(part="routes", name="A route has a reconciliation exactly when it is reconciled")
def reconciled_routes_are_settled(*, using: str, tenant: Tenant | None = None) -> Violations:
    """Neither a closed route without its signature, nor a signature on an open one."""
    settled = RouteReconciliation.objects.using(using).order_by().values("route")
    routes = Route.objects.using(using).of_tenant(tenant)
    is_reconciled = Q(status=route_rules.RECONCILED)
    for row in routes.filter((is_reconciled & ~Q(pk__in=settled)) | (~is_reconciled & Q(pk__in=settled))).values():
        yield Violation(where=f"route {row['number']}", numbers={"status": row["status"]})


@invariant(part="routes", name="No older debt is expected on two open routes")
def debts_are_expected_once(*, using: str, tenant: Tenant | None = None) -> Violations:
    """A sale on an open route is carried as older debt by no other open route."""
    debts = RouteOpeningDebt.objects.using(using).filter(
        opening_due__route__status__in=route_rules.OPEN_STATUSES, sale__route__status__in=route_rules.OPEN_STATUSES
    )
    debts = debts.filter(opening_due__route__tenant=tenant) if tenant else debts
    names = ("amount_cents", "opening_due__route__number", "sale__route__number")
    for row in debts.values("sale__number", *names):
        yield Violation(where=f"sale {row['sale__number']}", numbers={name: row[name] for name in names})


@invariant(part="routes", name="A route's opening due is the sum of the debts that it carries")
def opening_dues_are_proved(*, using: str, tenant: Tenant | None = None) -> Violations:
    """`route_opening_dues` against `route_opening_debts`; dues of the old system have no list of debts."""
    dues = RouteOpeningDue.objects.using(using).annotate(live=Sum("debts__amount_cents"))
    dues = dues.filter(route__tenant=tenant) if tenant else dues
    for row in dues.filter(_differ("live", "previous_due_cents")).values("pk", "live", "previous_due_cents"):
        numbers = {"previous_due_cents": row["previous_due_cents"], "debts_add_up_to": row["live"]}
        yield Violation(where=f"opening due {row['pk']}", numbers=numbers)


def _wrong_totals(
    model: type[Model], side: str, using: str, tenant: Tenant | None, *, column: str = "allocated_cents"
) -> Violations:
    rows: QuerySet[Any] = model._default_manager.using(using).of_tenant(tenant)  # type: ignore[attr-defined]
    allocated = Allocation.objects.filter(**{side: OuterRef("pk")}).order_by().values(side)
    live = Subquery(allocated.annotate(cents=Sum(SIGNED)).values("cents"), output_field=IntegerField())
    for row in rows.annotate(live=Coalesce(live, NOTHING)).exclude(**{column: F("live")}).values("pk", column, "live"):
        numbers = {column: row[column], "allocations_add_up_to": row["live"]}
        yield Violation(where=f"{model._meta.verbose_name} {row['pk']}", numbers=numbers)


def _differ(left: str, right: str) -> Q:
    """Both are there and are not the same (`<>` would also be unknown, never true, where one is missing)."""
    return Q(**{f"{left}__lt": F(right)}) | Q(**{f"{left}__gt": F(right)})


@health_figure(name="links still missing")
def links_still_missing(*, using: str, tenant: Tenant | None) -> Figure:
    """How many payments still lack the route that the rule gives them; a great many are not counted to the end."""
    payments = Payment.objects.using(using).filter(route__isnull=True, sale__route__isnull=False).order_by()
    linkable = payments.of_tenant(tenant).annotate(verdict=link_verdict()).filter(verdict=LINK)
    missing = linkable[:COUNTED_AT_MOST].count()
    return Figure(
        value=missing,
        is_well=missing == 0,
        next_step="" if missing == 0 else "Preview the repair: python manage.py backfill_payment_route_id",
    )
