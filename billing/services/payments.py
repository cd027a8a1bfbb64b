"""Taking a payment: everything or nothing, once, on the right route, and never more than the sale still asks for.

Sale S-1 over 50.00 is on route N-7. Mr Das collects 60.00 in cash on the round: one payment of 60.00 on N-7 collected by him;
50.00 pay for the sale, which is completed, and 10.00 stay on the payment as the customer's credit. His phone loses the answer
and sends the same again: it gets the same payment, and nothing is added.

A payment that is no money yet (the business verifies payments; the gateway has not spoken) pays for nothing. What it was meant
to pay for is kept (`payment_intentions`) until it counts.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction

from accounts.models import Tenant, User
from accounts.roles import OFFICE, STAFF
from accounts.unit_of_work import unit_of_work
from billing.models import Customer, Payment, Sale
from billing.rules.payment_channel import channel_named
from billing.services.allocations import MANUAL, OPENING_BALANCE, SALE_PAYMENT, allocate
from billing.services.checks import check_cents, check_moment
from billing.services.holding import Held, hold
from billing.services.named_debts import INVOICE, SALE, Named, check_ours, ids_of, named_debts, plan_of
from billing.services.payment_allocation import apply_plan, check_mode, ids_in_order, plan_in_order
from billing.services.payment_audit import Action, record_step
from billing.services.payment_checks import PaymentRefused, check_new_payment
from billing.services.payment_intentions import keep_intentions
from billing.services.payment_repeats import earlier_payment, must_be_the_same
from billing.services.payment_route import route_of_new_payment
from routes.models import Route
from routes.services import check_staff


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
    splits: Sequence[Mapping[str, Any]] | None = None,
    mode: str | None = None,
    collected_by: User | None = None,
    id: UUID | None = None,  # noqa: A002 - the field's name
    idempotency_key: str | None = None,
    **references: str,
) -> Payment:
    """Record money received and let it pay for the sale, for the debts of `splits` or by `mode` (the office's), else for the
    opening balance.

    Where an issued invoice asks for the sale's money the payment pays for the invoice, and keeps its sale and route.
    *Money*: `amount_cents` > 0 in the tenant's currency; what the debts do not need stays on the payment as credit. With
    `requires_payment_verification`, or by GATEWAY, it waits, and pays for nothing yet. `references` are `reference`,
    `external_reference` (the gateway's) and `proof_reference`. A repeat by key or id returns the first payment.
    *Raises* NotAnAmount, WrongCurrency, PaymentRefused, PersonCannotDoThis, SaleIsCancelled, PaymentAlreadyKnown, RouteRefused;
    with splits what `allocate_payment` raises.
    """
    check_staff(actor, customer.tenant_id, roles=STAFF if splits is None and mode is None else OFFICE)
    order = _check_order(mode, splits, sale)
    payment = Payment(
        **({"id": id} if id else {}),
        tenant_id=customer.tenant_id,
        customer_id=customer.pk,
        sale_id=sale.pk if sale else None,
        amount_cents=check_cents(amount_cents),
        currency=currency,
        channel=channel_named(channel),
        idempotency_key=idempotency_key or None,
        collected_by=collected_by or _acting_representative(actor),
        received_at=check_moment(received_at, name="received_at"),
        **references,
    )
    named = {} if splits is None else named_debts(splits, tenant_id=customer.tenant_id)
    held = _hold(payment, named, sale, route, order)
    if earlier := earlier_payment(payment, client_made_id=bool(id)):
        return must_be_the_same(earlier, payment, named=route)
    check_new_payment(payment, held, actor, now)
    payment.route = route_of_new_payment(payment, held, named=route)
    return _write(payment, held, actor, on=route, named=named, order=order, now=now)


def _check_order(mode: str | None, splits: Sequence[Mapping[str, Any]] | None, sale: Sale | None) -> str | None:
    order = check_mode(mode, splits)
    if order and sale:
        raise PaymentRefused(
            f"The payment is for sale {sale}, so it pays that first. Leave out the mode, or the sale.",
            fields={"mode": ["Not with a sale."]},
        )
    return order


def _acting_representative(actor: User | None) -> User | None:
    return actor if actor is not None and actor.is_representative else None


def _hold(payment: Payment, named: Named, sale: Sale | None, route: Route | None, order: str | None) -> Held:
    check_ours(named, tenant_id=payment.tenant_id, customer_id=payment.customer_id)
    sales, invoices = ids_in_order(payment.customer_id, payment.currency, order) if order else ([], [])
    return hold(
        customer_id=payment.customer_id,
        sales=[*([sale] if sale else []), *ids_of(named, SALE), *sales],
        invoices=[*ids_of(named, INVOICE), *invoices],
        routes=[route] if route else [],
    )


def _write(
    payment: Payment,
    held: Held,
    actor: User | None,
    *,
    on: Route | None,
    named: Named,
    order: str | None,
    now: datetime,
) -> Payment:
    _start(payment, held.customer.tenant)
    plan = plan_in_order(order, held, payment) if order else plan_of(named, held, payment)
    try:
        with transaction.atomic():
            payment.save(force_insert=True)
    except IntegrityError:  # the same key or id, for another customer, in a transaction that we could not see
        return must_be_the_same(earlier_payment(payment, client_made_id=True), payment, named=on)
    record_step(payment, Action.CREATED if payment.is_money else Action.SUBMITTED, actor=actor, before=None)
    if not payment.is_money:
        keep_intentions(payment, plan)
    elif plan or order:
        rule = order.lower() if order else MANUAL
        apply_plan(actor=actor, source=payment, plan=plan, rule=rule, held=held, now=now)
    else:
        apply_to_its_debt(payment, held, actor=actor, now=now)
    return payment


def _start(payment: Payment, tenant: Tenant) -> None:
    """Money at once, unless the gateway has yet to say so, or a second person of the office."""
    payment.status = Payment.Status.SUCCEEDED
    if payment.channel == Payment.Channel.GATEWAY:
        payment.status = Payment.Status.INITIATED
    elif tenant.requires_payment_verification:
        payment.status = Payment.Status.PENDING
        payment.verification_status = Payment.Verification.PENDING_VERIFICATION


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
        allocate(
            actor=actor,
            source=payment,
            target=target,
            amount_cents=amount,
            rule=rule,
            held=held,
            now=now,
            reason=reason,
        )
