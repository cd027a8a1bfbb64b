"""Daily trackers: an investment that is paid into day by day, over so many days, at so much a day."""

from typing import Any, Self

from django.conf import settings
from django.db import models
from django.db.models import Q

from accounts.history import History
from accounts.models import TenantOwned, TenantQuerySet
from accounts.roles import STAFF


class DailyTrackerQuerySet(TenantQuerySet):
    """Trackers, chained like a sentence."""

    def visible_to_role(self, user: Any) -> Self:
        """Staff sees all trackers of its business; an owner sees their own that they did not close."""
        return self if user.role in STAFF else self.filter(user=user, is_active=True, is_closed_by_user=False)


class DailyTracker(TenantOwned):
    """Who pays how much a day into which scheme, from which day on, and for how many days?

    *Money*: cents of `currency`. Day 0 is `start_date`; day n is n days later. What came in on a day is a row of
    `tracker_entry`, never a sheet. `is_active` is taken away by the office, `is_closed_by_user` hides it from its owner.
    Written by `cashback.services`.
    """

    class TrackerType(models.TextChoices):
        REINVEST_50K = "50K", "50K Reinvest Tracker"
        ENHANCED_1L = "1L", "1L Enhanced Tracker"
        NO_REINVEST = "No Reinvest", "No Reinvest Tracker"

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    tracker_name = models.CharField(max_length=200)
    tracker_type = models.CharField(max_length=11, choices=TrackerType)
    currency = models.CharField(max_length=3)
    investment_cents = models.BigIntegerField()
    scheme_period_days = models.PositiveIntegerField()
    per_day_payment_cents = models.BigIntegerField()
    start_date = models.DateField()
    is_active = models.BooleanField(default=True)
    is_closed_by_user = models.BooleanField(default=False)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    objects = DailyTrackerQuerySet.as_manager()
    history = History()

    class Meta:
        db_table = "daily_tracker"
        ordering = ["-created_at", "-id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(investment_cents__gte=0, per_day_payment_cents__gt=0), name="tracker_amounts_make_sense"
            ),
            models.CheckConstraint(
                condition=Q(scheme_period_days__gte=1, scheme_period_days__lte=3660), name="tracker_period_makes_sense"
            ),
        ]
        indexes = [models.Index(fields=["tenant", "-created_at", "-id"], name="trackers_newest_first")]

    def __str__(self) -> str:
        return self.tracker_name
