"""Money that came in is right when every sentence here is true: what went back, and what the gateway said."""

from collections.abc import Iterator

from django.db.models import BigIntegerField, F, OuterRef, Q, Subquery, Sum, Value
from django.db.models.functions import Coalesce

from accounts.models import Tenant
from billing.models import GatewayEvent, Payment, PaymentRefund
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


@health_figure(name="gateway calls to review")
def gateway_calls_to_review(*, using: str, tenant: Tenant | None) -> Figure:
    """How many calls of the payment gateway could not be done and wait for a person."""
    waiting = GatewayEvent.objects.using(using).of_tenant(tenant).to_review().count()
    return Figure(
        value=waiting,
        is_well=waiting == 0,
        next_step="" if waiting == 0 else "Look at them: GET /api/billing/gateway/events?to_review=true",
    )
