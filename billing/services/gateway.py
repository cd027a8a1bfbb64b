"""What the payment gateway says: done once, or kept for a person when it cannot be done.

The office records a payment of 100.00 by GATEWAY with the gateway's reference TX-7; it is *started* and pays for nothing. The
gateway calls: TX-7 came in. The payment counts from now on and pays for what it was meant for. The gateway calls again, because
our answer was lost: it hears the same, and nothing is done. It calls about TX-8, of which nobody knows, or says that 99.00 came
in for TX-7: the call is kept, and the office looks at it. When TX-8 is recorded, the gateway's next repeat is done.
"""

from collections.abc import Callable
from datetime import datetime

from django.db import IntegrityError, transaction

from accounts.errors import Conflict, DomainError, RuleBroken
from accounts.locks import locked
from accounts.models import Tenant, User
from accounts.roles import OFFICE
from accounts.unit_of_work import unit_of_work
from billing.models import GatewayEvent, Payment
from billing.selectors.route_money import closed_route_of
from billing.services.checks import check_cents, check_currency, check_moment, check_reason
from billing.services.named_debts import INVOICE, SALE, ids_of
from billing.services.payment_audit import Action, record_step, state_of
from billing.services.payment_intentions import intended_debts
from billing.services.refunds import refund_payment
from billing.services.reversals import hold_payment, reverse_payment
from billing.services.route_checks import check_figures_open
from billing.services.verification import settle_as_meant
from routes.services import check_staff

Kind, Outcome = GatewayEvent.Kind, GatewayEvent.Outcome
CONTENT = ("external_reference", "kind", "amount_cents", "currency")
UNDECIDED = frozenset({Payment.Status.INITIATED, Payment.Status.PENDING})


class GatewayContradicts(RuleBroken):
    """What the gateway says does not fit what the books say."""

    code = "gateway_contradicts"


class GatewayEventChanged(Conflict):
    """An event with this id came before and said something else."""

    code = "gateway_event_changed"


class NothingToSettle(Conflict):
    """The event was done, or settled before."""

    code = "nothing_to_settle"


@unit_of_work
def receive_gateway_event(
    *,
    tenant: Tenant,
    event_id: str,
    external_reference: str,
    kind: str,
    amount_cents: int,
    currency: str,
    now: datetime,
    actor: User | None = None,
) -> GatewayEvent:
    """Do what the gateway says about a payment, once; what cannot be done is kept for a person, and tried again when repeated.

    *Money*: `amount_cents` of a refund is what went back, otherwise the whole payment. *Raises* GatewayEventChanged, NotAnAmount.
    """
    said = GatewayEvent(
        tenant=tenant,
        event_id=event_id,
        external_reference=external_reference,
        kind=kind,
        amount_cents=check_cents(amount_cents),
        currency=currency,
        outcome=Outcome.UNKNOWN_REFERENCE,
    )
    check_moment(now, name="now")
    event = _kept(said)
    if any(getattr(event, name) != getattr(said, name) for name in CONTENT):
        raise GatewayEventChanged(
            f"Event {event_id} came before and said something else. Give a new event an id of its own."
        )
    if event.outcome != Outcome.DONE and event.settled_at is None:
        _act(event, now)
        event.save()
    return event


@unit_of_work
def settle_gateway_event(*, actor: User | None, event: GatewayEvent, reason: str, now: datetime) -> GatewayEvent:
    """Note that a person has looked at a call that could not be done, and what they found.

    *Raises* NothingToSettle, ReasonMissing.
    """
    check_staff(actor, event.tenant_id, roles=OFFICE)
    reason = check_reason(reason, what=f"Settling the gateway's event {event.event_id}")
    event = locked(GatewayEvent.objects.filter(pk=event.pk)).get()
    if event.outcome == Outcome.DONE or event.settled_at is not None:
        raise NothingToSettle(f"Event {event.event_id} was done or settled before. Look at its history.")
    event.settled_by, event.settled_at, event.settled_reason = actor, check_moment(now, name="now"), reason
    event.save()
    return event


def _kept(said: GatewayEvent) -> GatewayEvent:
    """The one row of this event under lock: made now, or by an earlier call; a call at the same time is waited for."""
    try:
        with transaction.atomic():
            said.save(force_insert=True)
    except IntegrityError:
        pass
    return locked(GatewayEvent.objects.filter(tenant=said.tenant, event_id=said.event_id)).get()


def _act(event: GatewayEvent, now: datetime) -> None:
    payments = Payment.objects.filter(tenant=event.tenant_id, external_reference=event.external_reference)
    event.payment = payments.first()
    if event.payment is None:
        event.outcome = Outcome.UNKNOWN_REFERENCE
        event.detail = f"No payment bears the reference {event.external_reference}. Record it, or ask the gateway."
        return
    try:
        with transaction.atomic():
            _check_fits(event, event.payment)
            STEPS[event.kind](event, event.payment, now)
    except DomainError as error:
        event.outcome, event.detail = Outcome.REFUSED, error.message
    else:
        event.outcome, event.detail = Outcome.DONE, ""


def _check_fits(event: GatewayEvent, payment: Payment) -> None:
    check_currency(event.currency, payment.currency, of=f"payment {payment.pk}", what="The gateway's event")
    if event.kind != Kind.REFUNDED and event.amount_cents != payment.amount_cents:
        raise GatewayContradicts(
            f"The gateway says {event.amount_cents} cents, payment {payment.pk} says {payment.amount_cents}. "
            "Ask the gateway which is right, and record the payment anew."
        )


def _succeed(event: GatewayEvent, payment: Payment, now: datetime) -> None:
    named = intended_debts(payment)
    held = hold_payment(payment, sales=ids_of(named, SALE), invoices=ids_of(named, INVOICE))
    payment = held.payments[payment.pk]
    if payment.is_money:
        return  # said before, under another event id
    _check_undecided(event, payment)
    before = state_of(payment)
    payment.status, payment.received_at = Payment.Status.SUCCEEDED, now
    if payment.route_id and not held.routes[payment.route_id].is_open:
        payment.route = None  # that route was signed for without it: the money came in afterwards, on no route
    payment.save()
    check_figures_open(closed_route_of(payment), change=f"counting payment {payment.pk}")
    record_step(payment, Action.STATUS_CHANGED, actor=None, before=before, notes=_words(event))
    settle_as_meant(payment, named, held, actor=None, now=now)


def _fail(event: GatewayEvent, payment: Payment, now: datetime) -> None:
    payment = hold_payment(payment).payments[payment.pk]
    if payment.status == Payment.Status.FAILED:
        return
    _check_undecided(event, payment)
    before = state_of(payment)
    payment.status = Payment.Status.FAILED
    payment.save()
    record_step(payment, Action.STATUS_CHANGED, actor=None, before=before, notes=_words(event))


def _refund(event: GatewayEvent, payment: Payment, now: datetime) -> None:
    refund_payment(
        actor=None,
        payment=payment,
        amount_cents=event.amount_cents,
        reason=_words(event),
        reference=event.event_id,
        now=now,
    )


def _reverse(event: GatewayEvent, payment: Payment, now: datetime) -> None:
    if hold_payment(payment).payments[payment.pk].status != Payment.Status.REVERSED:
        reverse_payment(actor=None, payment=payment, reason=_words(event), now=now)


STEPS: dict[str, Callable[[GatewayEvent, Payment, datetime], None]] = {
    Kind.SUCCEEDED: _succeed,
    Kind.FAILED: _fail,
    Kind.REFUNDED: _refund,
    Kind.REVERSED: _reverse,
}


def _check_undecided(event: GatewayEvent, payment: Payment) -> None:
    if payment.channel != Payment.Channel.GATEWAY or payment.status not in UNDECIDED:
        raise GatewayContradicts(
            f"The gateway says {event.kind} of payment {payment.pk}, which is {payment.get_status_display().lower()}. "
            "Ask the gateway what happened, and settle this event with what you find."
        )


def _words(event: GatewayEvent) -> str:
    return f"the gateway says: {event.get_kind_display().lower()} (event {event.event_id})"
