"""Bulk operations: many documents in one go, with an answer for each of them."""

from django.conf import settings
from django.db import models

from accounts.models import TenantOwned


class BulkOperation(TenantOwned):
    """What was asked for at once, how far did it come, and how did it end?

    `cursor` is the last customer that is done: each batch commits it, so that a run that died goes on after it.
    What became of each item stands in `BulkOperationItem`. Written by services alone; plain progress, no history.
    """

    class Kind(models.TextChoices):
        INVOICING = "INVOICING", "Invoicing a period"
        INVOICE_DELETION = "INVOICE_DELETION", "Deleting invoices"
        PAYMENTS = "PAYMENTS", "Payments of a round"
        DELIVERIES = "DELIVERIES", "Deliveries confirmed at once"

    class Status(models.TextChoices):
        RUNNING = "RUNNING", "Running"
        SUCCEEDED = "SUCCEEDED", "Done"
        FAILED = "FAILED", "Failed"

    kind = models.CharField(max_length=16, choices=Kind)
    status = models.CharField(max_length=9, choices=Status, default=Status.RUNNING)
    requested_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    parameters = models.JSONField(default=dict, blank=True)
    items_total = models.PositiveIntegerField(default=0)
    items_done = models.PositiveIntegerField(default=0)
    items_skipped = models.PositiveIntegerField(default=0)
    items_failed = models.PositiveIntegerField(default=0)
    cursor = models.UUIDField(null=True, blank=True)
    error = models.TextField(blank=True, default="")
    heartbeat_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        db_table = "bulk_operations"
        ordering = ["-created_at", "-id"]
        indexes = [models.Index(fields=["tenant", "-created_at", "-id"], name="bulk_operations_newest_first")]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {str(self.pk)[-6:]}"


class BulkOperationItem(TenantOwned):
    """What became of one customer or document of a bulk operation, and why? Append-only."""

    class Outcome(models.TextChoices):
        DONE = "DONE", "Done"
        SKIPPED = "SKIPPED", "Skipped"
        FAILED = "FAILED", "Failed"

    operation = models.ForeignKey(BulkOperation, on_delete=models.PROTECT, related_name="items")
    customer = models.ForeignKey("billing.Customer", on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    document_id = models.UUIDField(null=True, blank=True)
    outcome = models.CharField(max_length=7, choices=Outcome)
    code = models.CharField(max_length=60, blank=True, default="")
    message = models.TextField(blank=True, default="")
    created_at = models.DateTimeField(auto_now_add=True)

    is_append_only = True

    class Meta:
        db_table = "bulk_operation_items"
        ordering = ["id"]
        indexes = [models.Index(fields=["operation", "outcome", "id"], name="bulk_items_by_outcome")]

    def __str__(self) -> str:
        return f"{self.get_outcome_display()} {self.code}".rstrip()
