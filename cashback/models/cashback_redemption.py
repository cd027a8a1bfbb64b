"""Redemptions: points that somebody wants paid out, from the request to the payout or its cancellation."""

from typing import Any, Self

from django.conf import settings
from django.db import models
from django.db.models import Q

from accounts.history import History
from accounts.models import TenantOwned, TenantQuerySet
from accounts.roles import OFFICE
from cashback.models.cashback_transaction import CashbackTransaction
from cashback.models.user_payment_method import PayoutDetails, PayoutKind, UserPaymentMethod, details_are_sealed
from cashback.rules.points import in_points


class CashbackRedemptionQuerySet(TenantQuerySet):
    """Redemptions, chained like a sentence: `CashbackRedemption.objects.for_user(user).pending()`."""

    def visible_to_role(self, user: Any) -> Self:
        """The office sees all of its business; everybody else their own."""
        return self if user.role in OFFICE else self.filter(user=user)

    def pending(self) -> Self:
        """Redemptions that wait for somebody to pay them out."""
        return self.filter(status=CashbackRedemption.Status.PENDING)


class CashbackRedemption(PayoutDetails, TenantOwned):
    """Who wants how many points paid out in which way, and was it done, by whom, under which reference?

    *Money*: `points_cents` leave the account at the request (`redemption_transaction`) and come back whole when it is cancelled
    (`refund_transaction`). The details are a sealed copy of what was true at the request. It is completed with a
    `payout_reference` by somebody other than who asked. Written by `cashback.services`.
    """

    class Status(models.TextChoices):
        PENDING = "pending", "To pay out"
        COMPLETED = "completed", "Paid out"
        CANCELLED = "cancelled", "Cancelled"

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", db_index=False)
    points_cents = models.BigIntegerField()
    redemption_type = models.CharField(max_length=50, choices=PayoutKind)
    payment_method = models.ForeignKey(
        UserPaymentMethod, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    status = models.CharField(max_length=20, choices=Status, default=Status.PENDING)
    admin_notes = models.TextField(blank=True, default="")
    payout_reference = models.CharField(max_length=200, blank=True, default="")
    processed_by_user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    processed_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField(auto_now=True)
    redemption_transaction = models.OneToOneField(CashbackTransaction, on_delete=models.PROTECT, related_name="+")
    refund_transaction = models.OneToOneField(
        CashbackTransaction, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )

    objects = CashbackRedemptionQuerySet.as_manager()
    history = History()

    class Meta:
        db_table = "cashback_redemption"
        ordering = ["-created_at", "-id"]
        constraints = [
            models.CheckConstraint(condition=Q(points_cents__gt=0), name="redemption_points_are_positive"),
            models.CheckConstraint(
                condition=Q(status="pending", processed_at__isnull=True, refund_transaction__isnull=True)
                | Q(status="completed", processed_at__isnull=False, refund_transaction__isnull=True)
                & ~Q(payout_reference="")
                | Q(status="cancelled", processed_at__isnull=False, refund_transaction__isnull=False),
                name="redemption_has_what_its_status_says",
            ),
            models.CheckConstraint(condition=details_are_sealed(), name="redemption_details_are_sealed"),
        ]
        indexes = [
            models.Index(fields=["tenant", "-created_at", "-id"], name="redemptions_newest_first"),
            models.Index(fields=["user", "-created_at", "-id"], name="redemptions_of_a_person"),
            models.Index(
                fields=["tenant", "created_at", "id"], condition=Q(status="pending"), name="redemptions_to_pay"
            ),
        ]

    def __str__(self) -> str:
        return f"{in_points(self.points_cents)} points by {self.get_redemption_type_display()}"
