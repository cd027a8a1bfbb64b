"""Refunds: what of a payment went back to the customer."""

from django.conf import settings
from django.db import models
from django.db.models import Q

from accounts.models import TenantOwned
from billing.models.allocation import exactly_one


class PaymentRefund(TenantOwned):
    """How much of this payment went back, when, through whom, and why?

    *Money*: `amount_cents` > 0; all refunds of a payment add up to its `refunded_cents`. Append-only, in the database too: money
    that comes back again is a new payment. `reference` names the outgoing transfer. `settled_route` is the reconciled route that
    was signed for with this payment: its figures stay, and the refund counts beside them. Without one the route collected less.
    Written by `billing.services.refund_payment` alone.
    """

    payment = models.ForeignKey("billing.Payment", on_delete=models.PROTECT, related_name="+")
    amount_cents = models.BigIntegerField()
    reason = models.TextField()
    reference = models.CharField(max_length=100, blank=True)
    settled_route = models.ForeignKey(
        "routes.Route", on_delete=models.PROTECT, null=True, blank=True, related_name="+", editable=False
    )
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)

    is_append_only = True

    class Meta:
        db_table = "payment_refunds"
        ordering = ["created_at", "id"]
        constraints = [models.CheckConstraint(condition=Q(amount_cents__gt=0), name="refund_amount_is_positive")]

    def __str__(self) -> str:
        return f"refund of {self.amount_cents} cents"


class PaymentIntention(TenantOwned):
    """What was this payment meant to pay for, when it was recorded and did not count as money in yet?

    One row for each debt in the order (`rank`) in which a person named them: exactly one of `invoice`, `sale` and
    `opening_balance_customer`. *Money*: at most `amount_cents` of the payment goes there once it is approved, or the gateway
    says that it came in; what the debt no longer needs stays on the payment as credit. Append-only.
    Written by `billing.services.record_payment` alone.
    """

    payment = models.ForeignKey("billing.Payment", on_delete=models.PROTECT, related_name="+")
    invoice = models.ForeignKey("billing.Invoice", on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    sale = models.ForeignKey("billing.Sale", on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    opening_balance_customer = models.ForeignKey(
        "billing.Customer", on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    rank = models.PositiveIntegerField()
    amount_cents = models.BigIntegerField()

    is_append_only = True

    class Meta:
        db_table = "payment_intentions"
        ordering = ["payment", "rank"]
        constraints = [
            models.CheckConstraint(condition=Q(amount_cents__gt=0), name="intention_amount_is_positive"),
            models.CheckConstraint(
                condition=exactly_one("invoice", "sale", "opening_balance_customer"),
                name="intention_has_one_target",
            ),
            models.UniqueConstraint(fields=["payment", "rank"], name="intention_rank_is_used_once_per_payment"),
        ]

    def __str__(self) -> str:
        return f"intention {self.rank} over {self.amount_cents}"
