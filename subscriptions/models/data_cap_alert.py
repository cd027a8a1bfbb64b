"""Data cap alerts: who has used how much of what their plan gives, said once for each threshold of a period."""

from django.db import models
from django.db.models import Q

from accounts.models import TenantOwned
from subscriptions.models.plan_subscription import PlanSubscription


class DataCapAlert(TenantOwned):
    """At which share of the cap was the customer in this period, since when, and were they told?

    One row for each subscription, period and threshold, however often it is looked at. Of several thresholds crossed at once all
    are stored, and the highest is told (`notified_at`). `resolved_at`: usage is below it again, for the plan or the cap changed.
    Written by `subscriptions.services`.
    """

    subscription = models.ForeignKey(PlanSubscription, on_delete=models.PROTECT, related_name="alerts")
    period_start = models.DateField()
    threshold_percent = models.PositiveSmallIntegerField()
    usage_bytes = models.BigIntegerField()
    cap_bytes = models.BigIntegerField()
    notified_at = models.DateTimeField(null=True, blank=True)
    resolved_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        db_table = "data_cap_alerts"
        ordering = ["-created_at", "-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["subscription", "period_start", "threshold_percent"], name="threshold_is_said_once_a_period"
            ),
            models.CheckConstraint(
                condition=Q(usage_bytes__gte=0) & Q(cap_bytes__gt=0) & Q(threshold_percent__gt=0),
                name="data_cap_alert_is_about_something",
            ),
        ]
        indexes = [
            models.Index(fields=["tenant", "-created_at", "-id"], name="data_cap_alerts_newest_first"),
        ]

    def __str__(self) -> str:
        return f"{self.threshold_percent} % of the cap"
