"""Corrections of opening balances: what a customer owed from before is never overwritten in silence."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from accounts.models import TenantOwned


class OpeningBalanceCorrection(TenantOwned):
    """From what to what was a customer's opening balance corrected, by whom, and why?

    *Money*: the newest row's `after_cents` is the customer's opening balance, and each row begins where the one before it ended.
    Append-only. Written by `billing.services.correct_opening_balance` alone.
    """

    customer = models.ForeignKey("billing.Customer", on_delete=models.PROTECT, related_name="+")
    before_cents = models.BigIntegerField()
    after_cents = models.BigIntegerField()
    reason = models.TextField()
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)

    is_append_only = True

    class Meta:
        db_table = "opening_balance_corrections"
        ordering = ["created_at", "id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(before_cents__gte=0) & Q(after_cents__gte=0) & ~Q(before_cents=F("after_cents")),
                name="opening_balance_correction_changes_it",
            )
        ]
        indexes = [models.Index(fields=["customer", "id"], name="opening_corrections_of_one")]

    def __str__(self) -> str:
        return f"{self.before_cents} corrected to {self.after_cents}"
