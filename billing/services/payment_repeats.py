"""Sent twice, counted once: a payment that came again is answered with the first, unless it says something else now."""

from functools import cache
from typing import Any

from django.db.models import CharField, Q, UUIDField

from accounts.errors import Conflict
from billing.models import Payment
from billing.services.repeats import as_first_sent
from operations.backfill.compiled import Slot
from operations.kept_rows import KeptRows, kept_rows
from routes.models import Route

CONTENT = (
    "tenant_id",
    "customer_id",
    "sale_id",
    "amount_cents",
    "currency",
    "channel",
    "received_at",
    "collected_by_id",
    "reference",
)


class PaymentAlreadyKnown(Conflict):
    """A payment with this id or idempotency key exists, with other content."""

    code = "payment_already_known"


def earlier_payment(payment: Payment, *, client_made_id: bool) -> Payment | None:
    """Find the payment that was recorded before under this id or key. *Raises* PaymentAlreadyKnown when they are two."""
    if not client_made_id and not payment.idempotency_key:
        return None
    known = _known(client_made_id, bool(payment.idempotency_key))
    found = known.find(id=payment.pk, tenant=payment.tenant_id, key=payment.idempotency_key)
    if len(found) == 2 or (found and client_made_id and found[0].pk != payment.pk):
        raise PaymentAlreadyKnown(
            f"The id {payment.pk} and the idempotency key {payment.idempotency_key!r} belong to different payments. "
            "Repeat a payment with its own id and key, or give a new one both anew."
        )
    return found[0] if found else None


@cache
def _known(by_id: bool, by_key: bool) -> KeptRows:
    same = Q(pk=Slot("id", UUIDField())) if by_id else Q()
    if by_key:
        same |= Q(tenant_id=Slot("tenant", UUIDField()), idempotency_key=Slot("key", CharField()))
    return kept_rows(Payment.objects.filter(same)[:2])


def must_be_the_same(earlier: Payment | None, payment: Payment, *, named: Route | None) -> Payment:
    """Return the earlier payment if it says the same. *Raises* PaymentAlreadyKnown."""
    if earlier is not None and _says_the_same(as_first_sent(earlier), payment, named):
        return earlier
    if earlier is None and payment.external_reference:
        raise PaymentAlreadyKnown(
            f"The gateway's reference {payment.external_reference} belongs to another payment. Look that one up; for a new "
            "payment give the reference that the gateway gave it.",
            fields={"external_reference": ["Belongs to another payment."]},
        )
    raise PaymentAlreadyKnown(
        f"A payment with this id or idempotency key ({payment.idempotency_key or payment.pk}) was recorded before with "
        "other content. If this is a new payment, give it a new id and key."
    )


def _says_the_same(first: Any, payment: Payment, named: Route | None) -> bool:
    """A route that was named is the one on which the payment was booked; without a name it is that of the sale, if any."""
    same_route = first.route_id == named.pk if named else first.route_id is None or payment.sale_id is not None
    return same_route and all(getattr(first, name) == getattr(payment, name) for name in CONTENT)
