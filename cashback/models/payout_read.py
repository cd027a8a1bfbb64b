"""Payout reads: who looked at whose payout details, and when."""

from django.conf import settings
from django.db import models
from django.db.models import Q

from accounts.models import TenantOwned
from cashback.models.cashback_redemption import CashbackRedemption
from cashback.models.user_payment_method import UserPaymentMethod


class PayoutRead(TenantOwned):
    """Who had which payout details shown in full? Append-only. Written by `cashback.services.payout_details`."""

    reader = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    payment_method = models.ForeignKey(
        UserPaymentMethod, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    redemption = models.ForeignKey(
        CashbackRedemption, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    created_at = models.DateTimeField()

    is_append_only = True

    class Meta:
        db_table = "payout_reads"
        ordering = ["-created_at", "-id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(payment_method__isnull=False, redemption__isnull=True)
                | Q(payment_method__isnull=True, redemption__isnull=False),
                name="payout_read_is_of_one_thing",
            )
        ]
        indexes = [models.Index(fields=["tenant", "-created_at", "-id"], name="payout_reads_newest_first")]

    def __str__(self) -> str:
        return f"Shown to {self.reader}"
