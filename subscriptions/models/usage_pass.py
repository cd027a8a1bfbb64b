"""Passes over all subscriptions: how far the billing of usage, or the watch over caps, has come."""

from django.db import models
from django.db.models import Q

from accounts.ids import new_id


class UsagePass(models.Model):
    """How far has this pass over all subscriptions come, and what did it find?

    A call takes the next subscriptions after `cursor` and moves it, in one short transaction; whoever calls next goes on after
    them, and the call that finds no more ends the pass. The cursor only makes turns fair: that nothing is billed twice is held
    by `period_is_billed_once`, and what a killed call left is found by the next pass. One unfinished pass of each kind.
    Written by `subscriptions.services`; plain progress, no history.
    """

    class Kind(models.TextChoices):
        BILLING = "BILLING", "Billing of usage"
        MONITORING = "MONITORING", "Watch over caps"

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    kind = models.CharField(max_length=10, choices=Kind)
    cursor = models.UUIDField(null=True, blank=True)
    counts = models.JSONField(default=dict, blank=True)
    started_at = models.DateTimeField()
    heartbeat_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        db_table = "usage_passes"
        ordering = ["-started_at", "-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["kind"], condition=Q(finished_at__isnull=True), name="one_unfinished_pass_of_a_kind"
            )
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {str(self.pk)[-6:]}"
