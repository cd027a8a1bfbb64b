"""Assignments: which staff, besides administrators, looks after a loan or a tracker and may configure its cashback."""

from django.conf import settings
from django.db import models

from accounts.history import History
from accounts.models import TenantOwned
from cashback.models.daily_tracker import DailyTracker
from cashback.models.loan import Loan


class Assignment(TenantOwned):
    """Who looks after it, since when, and who said so? An assignment that ends is deleted; its history stays."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    assigned_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    assigned_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return str(self.user)


class LoanAssignment(Assignment):
    """Who looks after this loan? Written by `cashback.services`."""

    loan = models.ForeignKey(Loan, on_delete=models.PROTECT, related_name="assignments", db_index=False)

    history = History()

    class Meta:
        db_table = "loan_assignments"
        constraints = [models.UniqueConstraint(fields=["loan", "user"], name="loan_is_assigned_once")]


class TrackerAssignment(Assignment):
    """Who looks after this tracker? Written by `cashback.services`."""

    tracker = models.ForeignKey(DailyTracker, on_delete=models.PROTECT, related_name="assignments", db_index=False)

    history = History()

    class Meta:
        db_table = "tracker_assignments"
        constraints = [models.UniqueConstraint(fields=["tracker", "user"], name="tracker_is_assigned_once")]
