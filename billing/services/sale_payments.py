"""Quick pay: exactly what is left of a sale, received and applied in one go.

Sale S-1 over 50.00 is paid with 20.00. Quick pay in cash records one payment of 30.00 for it, and the sale is completed.
"""

from datetime import datetime

from accounts.errors import Conflict
from accounts.models import User
from accounts.unit_of_work import unit_of_work
from billing.models import Payment, Sale
from billing.services.holding import hold
from billing.services.payment_repeats import PaymentAlreadyKnown
from billing.services.payments import record_payment
from billing.services.sales import check_not_cancelled, check_not_invoiced
from routes.services import check_staff


class NothingToPay(Conflict):
    """Nothing of the sale is left to pay."""

    code = "nothing_to_pay"


@unit_of_work
def pay_sale(
    *,
    actor: User | None,
    sale: Sale,
    channel: str,
    now: datetime,
    received_at: datetime | None = None,
    idempotency_key: str | None = None,
    reference: str = "",
) -> Payment:
    """Record a payment of exactly what is left of a sale, and let it pay for that; a repeat by key returns the first.

    *Raises* NothingToPay, SaleIsCancelled, SaleIsInvoiced, PaymentAlreadyKnown, and what `record_payment` raises.
    """
    check_staff(actor, sale.tenant_id)
    held = hold(customer_id=sale.customer_id, sales=[sale])
    sale = held.sales[sale.pk]
    if idempotency_key and (earlier := _earlier(sale, idempotency_key)):
        return earlier
    check_not_cancelled(sale)
    check_not_invoiced(sale, held, cure="Pay that invoice")
    if not sale.balance_cents:
        raise NothingToPay(f"Sale {sale.number} is paid: nothing is left of it.")
    return record_payment(
        actor=actor,
        customer=held.customer,
        sale=sale,
        amount_cents=sale.balance_cents,
        currency=sale.currency,
        channel=channel,
        received_at=received_at or now,
        now=now,
        idempotency_key=idempotency_key,
        reference=reference,
    )


def _earlier(sale: Sale, key: str) -> Payment | None:
    earlier = Payment.objects.filter(tenant=sale.tenant_id, idempotency_key=key).first()
    if earlier is not None and earlier.sale_id != sale.pk:
        raise PaymentAlreadyKnown(f"The key {key!r} belongs to a payment for something else. Give a new one.")
    return earlier
