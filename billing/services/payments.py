"""Taking a payment: everything or nothing, once, on the right route, and never more than the sale still asks for.

Sale S-1 over 50.00 is on route N-7. Mr Das collects 60.00 in cash on the round: one payment of 60.00 on N-7 collected by him;
50.00 pay for the sale, which is completed, and 10.00 stay on the payment as the customer's credit. His phone loses the answer
and sends the same again: it gets the same payment, and nothing is added.
"""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction

from accounts.errors import RuleBroken
from accounts.models import User
from accounts.unit_of_work import unit_of_work
from billing.models import Customer, Payment, Sale
from billing.services.allocations import OPENING_BALANCE, SALE_PAYMENT, allocate
from billing.services.checks import check_cents, check_currency, check_moment
from billing.services.holding import Held, hold
from billing.services.payment_audit import Action, record_step
from billing.services.payment_repeats import earlier_payment, must_be_the_same
from billing.services.payment_route import route_of_new_payment
from billing.services.sales import check_not_cancelled
from routes.models import Route
from routes.services import check_staff, check_worker

CLOCK_TOLERANCE = timedelta(days=1)


class PaymentRefused(RuleBroken):
    """The payment contradicts its customer, its sale or the tenant's rules."""

    code = "payment_refused"


@unit_of_work
def record_payment(
    *,
    actor: User | None,
    customer: Customer,
    amount_cents: int,
    currency: str,
    channel: str,
    received_at: datetime,
    now: datetime,
    sale: Sale | None = None,
    route: Route | None = None,
    collected_by: User | None = None,
    id: UUID | None = None,  # noqa: A002 - the field's name
    idempotency_key: str | None = None,
    reference: str = "",
) -> Payment:
    """Record money received and let it pay for the sale (without one: for the customer's opening balance).

    Where an issued invoice asks for the sale's money the payment pays for the invoice, and keeps its sale and route.
    *Money*: `amount_cents` > 0 in the tenant's currency; what the debt does not need stays on the payment as credit. With
    `requires_payment_verification` it waits, and pays for nothing yet. A repeat by key or id returns the first payment.
    *Raises* NotAnAmount, WrongCurrency, PaymentRefused, PersonCannotDoThis, SaleIsCancelled, PaymentAlreadyKnown, RouteRefused.
    """
    check_staff(actor, customer.tenant_id)
    collected_by = collected_by or _acting_representative(actor)
    payment = Payment(
        **({"id": id} if id else {}),
        tenant_id=customer.tenant_id,
        customer_id=customer.pk,
        sale_id=sale.pk if sale else None,
        amount_cents=check_cents(amount_cents),
        currency=currency,
        channel=channel,
        status=Payment.Status.SUCCEEDED,
        idempotency_key=idempotency_key or None,
        collected_by=collected_by,
        reference=reference,
        received_at=check_moment(received_at, name="received_at"),
    )
    held = hold(customer_id=customer.pk, sales=[sale] if sale else [], routes=[route] if route else [])
    if earlier := earlier_payment(payment, client_made_id=bool(id)):
        return must_be_the_same(earlier, payment, named=route)
    _check(payment, held, actor, now)
    payment.route = route_of_new_payment(payment, held, named=route)
    return _write(payment, held, actor, named=route, now=now)


def _acting_representative(actor: User | None) -> User | None:
    return actor if actor is not None and actor.is_representative else None


def _check(payment: Payment, held: Held, actor: User | None, now: datetime) -> None:
    tenant = held.customer.tenant
    check_currency(payment.currency, tenant.currency, of=f"the business {tenant.slug}")
    if payment.channel not in Payment.Channel.values:
        raise PaymentRefused(
            f"There is no channel {payment.channel!r}. Choose one of: {', '.join(Payment.Channel.values)}."
        )
    limit = tenant.payment_limits.get(payment.channel)
    if limit is not None and payment.amount_cents > limit:
        raise PaymentRefused(
            f"{payment.amount_cents} cents by {payment.channel} is more than {tenant.slug} allows at once ({limit}). "
            "Check the amount, or ask an administrator to raise the limit."
        )
    if payment.received_at > now + CLOCK_TOLERANCE:
        raise PaymentRefused(
            f"received_at is {payment.received_at}, more than a day ahead of {now}. Correct the device's clock."
        )
    if payment.collected_by:
        _check_collector(payment.collected_by, payment, actor)
    if payment.sale_id:
        _check_sale(held.sales[payment.sale_id], payment)


def _check_collector(collector: User, payment: Payment, actor: User | None) -> None:
    check_worker(collector, payment.tenant_id)
    if actor is not None and actor.is_representative and collector.pk != actor.pk:
        raise PaymentRefused(
            f"{actor} is a representative and can record only what they collected themselves. "
            f"Ask {collector} or the office to record this payment."
        )


def _check_sale(sale: Sale, payment: Payment) -> None:
    if sale.customer_id != payment.customer_id:
        raise PaymentRefused(
            f"Sale {sale.number} is not a sale of this customer. Choose the sale's customer, or another sale."
        )
    check_not_cancelled(sale)
    check_currency(payment.currency, sale.currency, of=f"sale {sale.number}")


def _write(payment: Payment, held: Held, actor: User | None, *, named: Route | None, now: datetime) -> Payment:
    waits = held.customer.tenant.requires_payment_verification
    if waits:
        payment.status = Payment.Status.PENDING
        payment.verification_status = Payment.Verification.PENDING_VERIFICATION
    try:
        with transaction.atomic():
            payment.save(force_insert=True)
    except IntegrityError:  # the same key or id, for another customer, in a transaction that we could not see
        return must_be_the_same(earlier_payment(payment, client_made_id=True), payment, named=named)
    record_step(payment, Action.SUBMITTED if waits else Action.CREATED, actor=actor, before=None)
    if not waits:
        apply_to_its_debt(payment, held, actor=actor, now=now)
    return payment


def apply_to_its_debt(
    payment: Payment, held: Held, *, actor: User | None, now: datetime, rule: str = SALE_PAYMENT, reason: str = ""
) -> None:
    """Let a held payment pay for its sale (or the invoice that asks in its place), or without one for the opening balance."""
    if payment.sale_id is None:
        target: Any = held.customer
        owed, rule = held.customer.opening_balance_left_cents, OPENING_BALANCE
    else:
        target = held.asks_for(held.sales[payment.sale_id])
        owed = target.balance_cents
    amount = min(owed, payment.unallocated_cents)
    if amount > 0:
        allocate(actor=actor, source=payment, target=target, amount_cents=amount, rule=rule, now=now, reason=reason)
