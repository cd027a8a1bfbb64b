"""Sold over the counter: the sale and the money for it in one go, to the one customer who stands for all that walk in.

Somebody buys two litres for 150.00 and pays in cash: one sale of type CASH over 150.00, one payment for it, and the sale is
completed. When the second half fails, nothing was sold. The till that lost the answer sends the same again, with the same id,
and gets the same sale and payment.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from accounts.errors import RuleBroken
from accounts.locks import locked
from accounts.models import Tenant, User
from accounts.unit_of_work import unit_of_work
from billing.models import Customer, Payment, Sale
from billing.services.customers import create_customer
from billing.services.payments import record_payment
from billing.services.repeats import as_first_sent
from billing.services.sales import create_sale
from routes.services import check_staff

CHANNELS = frozenset({Payment.Channel.CASH, Payment.Channel.MOBILE_MONEY})
WALK_IN = "Walk-in customer"


class NotACounterChannel(RuleBroken):
    """At the counter people pay in cash or by mobile money."""

    code = "not_a_counter_channel"


@unit_of_work
def walk_in_customer(*, tenant: Tenant) -> Customer:
    """Return the customer who stands for all that walk in, made when first asked for; one per business, however many ask."""
    found = Customer.objects.filter(tenant=tenant, is_walk_in=True).first()
    if found is None:
        locked(Tenant.objects.filter(pk=tenant.pk)).get()
        found = Customer.objects.filter(tenant=tenant, is_walk_in=True).first()
    return found or create_customer(actor=None, tenant=tenant, name=WALK_IN, is_walk_in=True)


@unit_of_work
def sell_at_counter(
    *,
    actor: User | None,
    tenant: Tenant,
    lines: Sequence[Mapping[str, Any]],
    channel: str,
    now: datetime,
    sold_at: datetime | None = None,
    reference: str = "",
    id: UUID | None = None,  # noqa: A002 - the field's name
) -> tuple[Sale, Payment]:
    """Sell to whoever stands at the counter, and take the money at once; a repeat by id returns the first sale and payment.

    *Money*: the payment is over what the lines add up to, by CASH or MOBILE_MONEY (a QR code); it pays for the sale unless the
    business verifies payments. Without `sold_at` it was sold now. *Raises* NotACounterChannel, SaleRefused, SaleAlreadyKnown,
    PaymentAlreadyKnown, PaymentRefused, NotAnAmount, NotAQuantity.
    """
    check_staff(actor, tenant.pk)
    _check_channel(channel)
    sold_at = sold_at or _first_sold_at(tenant, id) or now
    customer = walk_in_customer(tenant=tenant)
    sale = create_sale(
        actor=actor, customer=customer, sold_at=sold_at, lines=lines, total_cents=None, sale_type=Sale.Type.CASH, id=id
    )
    payment = record_payment(
        actor=actor,
        customer=customer,
        amount_cents=sale.total_cents,
        currency=sale.currency,
        channel=channel,
        received_at=sold_at,
        now=now,
        sale=sale,
        reference=reference,
        idempotency_key=f"counter-sale:{sale.pk}",
    )
    sale.refresh_from_db()
    return sale, Payment.objects.get(pk=payment.pk)


def _check_channel(channel: str) -> None:
    if channel not in CHANNELS:
        raise NotACounterChannel(
            f"{channel!r} is no way to pay at the counter. Take CASH or MOBILE_MONEY, or record a sale to a customer by name.",
            fields={"channel": ["CASH or MOBILE_MONEY."]},
        )


def _first_sold_at(tenant: Tenant, sale_id: UUID | None) -> datetime | None:
    """When the sale with this id was sold, if it is a repeat: the till that says no time says the same as before."""
    earlier = Sale.objects.of_tenant(tenant).filter(pk=sale_id).first() if sale_id else None
    return as_first_sent(earlier).sold_at if earlier else None
