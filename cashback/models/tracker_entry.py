"""Tracker entries: what came in on one day of a tracker, and whether somebody approved it."""

from typing import Any, Self

from django.conf import settings
from django.db import models
from django.db.models import Q

from accounts.history import History
from accounts.models import TenantOwned, TenantQuerySet
from accounts.roles import STAFF
from cashback.models.daily_tracker import DailyTracker


class TrackerEntryQuerySet(TenantQuerySet):
    """Days of trackers, chained like a sentence."""

    def visible_to_role(self, user: Any) -> Self:
        """Staff sees all of its business; an owner sees the days of their own trackers."""
        return self if user.role in STAFF else self.filter(tracker__user=user)

    def waiting(self) -> Self:
        """Days that wait to be approved."""
        return self.filter(status=TrackerEntry.Status.PENDING)

    def approved(self) -> Self:
        """Days that count."""
        return self.filter(status=TrackerEntry.Status.APPROVED)


class TrackerEntry(TenantOwned):
    """What was paid into this tracker on this day, and does it count?

    One row for each tracker and day; day 0 is the tracker's first. *Money*: cents of the tracker's currency; `payment_cents` is
    the base of cashback, 0 means that nothing was paid that day. `entry_data` holds what else the sheet says of the day, in words
    (`payment_mode`, `transaction_details`, `reinvest_from`, `notes`). It counts while it is approved, by somebody other than who
    submitted it; an edit makes it wait again. `approvals` says how often it was approved: cashback is earned once for each.
    Written by `cashback.services`.
    """

    class Status(models.TextChoices):
        PENDING = "pending", "To approve"
        APPROVED = "approved", "Approved"
        REJECTED = "rejected", "Rejected"

    tracker = models.ForeignKey(DailyTracker, on_delete=models.PROTECT, related_name="entries", db_index=False)
    day = models.PositiveIntegerField()
    payment_cents = models.BigIntegerField()
    withdrawn_cents = models.BigIntegerField(default=0)
    reinvest_cents = models.BigIntegerField(default=0)
    pocket_money_cents = models.BigIntegerField(default=0)
    entry_data = models.JSONField(default=dict, blank=True)
    status = models.CharField(max_length=20, choices=Status, default=Status.PENDING)
    approvals = models.PositiveIntegerField(default=0)
    submitted_by_user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    verified_by_user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    submitted_at = models.DateTimeField()
    verified_at = models.DateTimeField(null=True, blank=True)
    rejection_reason = models.TextField(blank=True, default="")

    objects = TrackerEntryQuerySet.as_manager()
    history = History()

    class Meta:
        db_table = "tracker_entry"
        verbose_name_plural = "tracker entries"
        ordering = ["tracker", "day"]
        constraints = [
            models.UniqueConstraint(fields=["tracker", "day"], name="tracker_day_is_entered_once"),
            models.CheckConstraint(
                condition=Q(
                    payment_cents__gte=0, withdrawn_cents__gte=0, reinvest_cents__gte=0, pocket_money_cents__gte=0
                ),
                name="tracker_entry_is_not_negative",
            ),
            models.CheckConstraint(
                condition=~Q(status="approved") | Q(verified_at__isnull=False, approvals__gt=0),
                name="tracker_entry_approved_has_a_time",
            ),
        ]
        indexes = [
            models.Index(fields=["tenant", "id"], condition=Q(status="pending"), name="tracker_entries_to_approve")
        ]

    def __str__(self) -> str:
        return f"Day {self.day}"
