"""The audit trail of payments: one row for every transition, never changed."""

from django.conf import settings
from django.db import models

from accounts.models import TenantOwned


class PaymentAuditLog(TenantOwned):
    """What happened to this payment, who did it, what was it before and after, and why?

    Append-only, in the database too. Written by `billing.services.payment_audit` in the transaction of what it tells. Field by
    field the payment's history says the same; this says which *step* it was, in the words of the business.
    """

    class Action(models.TextChoices):
        CREATED = "CREATED", "Recorded"
        SUBMITTED = "SUBMITTED", "Submitted"
        VERIFIED = "VERIFIED", "Proof looked at"
        APPROVED = "APPROVED", "Approved"
        REJECTED = "REJECTED", "Rejected"
        ALLOCATED = "ALLOCATED", "Applied"
        REVERSED = "REVERSED", "Reversed"
        REFUNDED = "REFUNDED", "Refunded"
        STATUS_CHANGED = "STATUS_CHANGED", "Changed"

    payment = models.ForeignKey("billing.Payment", on_delete=models.PROTECT, related_name="+")
    action = models.CharField(max_length=14, choices=Action)
    performed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    previous_state = models.JSONField(null=True, blank=True)
    new_state = models.JSONField(null=True, blank=True)
    notes = models.TextField(blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    is_append_only = True

    class Meta:
        db_table = "payment_audit_logs"
        ordering = ["created_at", "id"]
        indexes = [models.Index(fields=["tenant", "-created_at", "-id"], name="payment_audit_newest_first")]

    def __str__(self) -> str:
        return f"{self.get_action_display()} payment {self.payment_id}"
