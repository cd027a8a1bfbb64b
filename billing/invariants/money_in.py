"""Money that came in is right when every sentence here is true: what went back, and what the gateway said."""

from collections.abc import Iterator
from typing import Any

from django.db.models import BigIntegerField, Exists, F, OuterRef, Q, Subquery, Sum, Value
from django.db.models.functions import Coalesce

from accounts.models import Tenant
from billing.models import GatewayEvent, OpeningBalanceCorrection, Payment, PaymentRefund, RouteReconciliation
from operations.health import Figure, health_figure
from operations.invariants import Violation, invariant

Violations = Iterator[Violation]


@invariant(part="allocations", name="What went back of a payment is the sum of its refunds")
def refunded_totals_are_proved(*, using: str, tenant: Tenant | None = None) -> Violations:
    """`payments.refunded_cents` against `payment_refunds`."""
    refunds = PaymentRefund.objects.filter(payment=OuterRef("pk")).order_by().values("payment")
    sums = Subquery(refunds.annotate(cents=Sum("amount_cents")).values("cents"), output_field=BigIntegerField())
    given_back = Payment.objects.using(using).filter(
        Q(refunded_cents__gt=0) | Q(pk__in=PaymentRefund.objects.using(using).order_by().values("payment"))
    )
    proved = given_back.of_tenant(tenant).annotate(live=Coalesce(sums, Value(0)))
    for row in proved.exclude(refunded_cents=F("live")).values("pk", "refunded_cents", "live"):
        numbers = {"refunded_cents": row["refunded_cents"], "refunds_add_up_to": row["live"]}
        yield Violation(where=f"payment {row['pk']}", numbers=numbers)


@invariant(part="allocations", name="A payment is refunded only when all of it went back")
def refunded_payments_are_empty(*, using: str, tenant: Tenant | None = None) -> Violations:
    """A payment of this system; of one of the old system nobody wrote down what went back."""
    refunded = Payment.objects.using(using).of_tenant(tenant).filter(status=Payment.Status.REFUNDED)
    partly = refunded.filter(refunded_cents__gt=0, refunded_cents__lt=F("amount_cents"))
    for row in partly.values("pk", "amount_cents", "refunded_cents"):
        numbers = {"amount_cents": row["amount_cents"], "refunded_cents": row["refunded_cents"]}
        yield Violation(where=f"payment {row['pk']}", numbers=numbers)


@health_figure(name="refunds that do not name their settled route")
def refunds_without_their_settled_route(*, using: str, tenant: Tenant | None) -> Figure:
    """Refunds from before `settled_route` existed (migration 0008), of payments on a route that was reconciled already.

    They lower the figures that were signed for. A refund is append-only and the moment alone does not prove which came first, so
    nothing is filled in by guessing: the number is told, and a person looks at the settlement.
    """
    settled = RouteReconciliation.objects.filter(
        route=OuterRef("payment__route"), reconciled_at__lt=OuterRef("created_at")
    )
    rows = PaymentRefund.objects.using(using).of_tenant(tenant).filter(settled_route__isnull=True)
    found = rows.filter(Exists(settled)).count()
    return Figure(
        value=found,
        is_well=found == 0,
        next_step="" if found == 0 else "Compare each with its route's settlement: Refunds, and the route's page.",
    )


@health_figure(name="gateway calls to review")
def gateway_calls_to_review(*, using: str, tenant: Tenant | None) -> Figure:
    """How many calls of the payment gateway could not be done and wait for a person."""
    waiting = GatewayEvent.objects.using(using).of_tenant(tenant).to_review().count()
    return Figure(
        value=waiting,
        is_well=waiting == 0,
        next_step="" if waiting == 0 else "Look at them: GET /api/billing/gateway/events?to_review=true",
    )


@invariant(
    part="allocations",
    name="An opening balance is what its newest correction says, and each begins where the last ended",
)
def opening_corrections_are_a_chain(*, using: str, tenant: Tenant | None = None) -> Violations:
    """`customers.opening_balance_cents` against `opening_balance_corrections`; most customers have none."""
    rows = OpeningBalanceCorrection.objects.using(using).of_tenant(tenant).order_by("customer_id", "created_at", "id")
    newest: dict[Any, tuple[int, int]] = {}
    for row in rows.values(
        "pk", "customer_id", "before_cents", "after_cents", "customer__opening_balance_cents"
    ).iterator():
        _, ended = newest.get(row["customer_id"], (0, row["before_cents"]))
        if ended != row["before_cents"]:
            numbers = {"begins_at": row["before_cents"], "last_ended_at": ended}
            yield Violation(where=f"opening balance correction {row['pk']}", numbers=numbers)
        newest[row["customer_id"]] = (row["customer__opening_balance_cents"], row["after_cents"])
    for customer_id, (stored, corrected) in newest.items():
        if stored != corrected:
            yield Violation(
                where=f"customer {customer_id}", numbers={"opening_balance_cents": stored, "corrected_to": corrected}
            )
