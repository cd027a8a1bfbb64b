"""Cashback configurations: who earns how much on a loan's interest, or on what is paid into a tracker."""

from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Q

from accounts.history import History
from accounts.models import TenantOwned
from cashback.models.daily_tracker import DailyTracker
from cashback.models.loan import Loan
from cashback.rules.points import in_points


class CashbackType(models.TextChoices):
    """How the points of one beneficiary are reckoned."""

    PERCENTAGE = "percentage", "A share of the base"
    FIXED = "fixed", "A fixed number of points"


def _constraints(of: str, *, name: str) -> list[Any]:
    """State what the database holds of both kinds of configuration, under names of their own."""
    return [
        models.UniqueConstraint(
            fields=[of, "user"], condition=Q(is_active=True), name=f"{name}_cashback_is_unique_for_a_person"
        ),
        models.CheckConstraint(
            condition=Q(
                cashback_type="percentage",
                cashback_value__gt=0,
                cashback_value__lte=1,
                cashback_value__isnull=False,
                points_cents__isnull=True,
            )
            | Q(cashback_type="fixed", points_cents__gt=0, points_cents__isnull=False, cashback_value__isnull=True),
            name=f"{name}_cashback_has_the_value_of_its_type",
        ),
    ]


class CashbackConfig(TenantOwned):
    """Who earns how much, each time?

    *Money*: a percentage is the fraction `cashback_value` of the base (0.05 is 5 %), a fixed one `points_cents`, whole cents of a
    point; the other column is empty. One active row for each person; ended rows stay. All percentages together are 1 at most.
    Written by `cashback.services`.
    """

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    cashback_type = models.CharField(max_length=20, choices=CashbackType)
    cashback_value = models.DecimalField(max_digits=15, decimal_places=4, null=True, blank=True)
    points_cents = models.BigIntegerField(null=True, blank=True)
    is_active = models.BooleanField(default=True)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        abstract = True

    def __str__(self) -> str:
        if self.cashback_type == CashbackType.FIXED:
            return f"{in_points(self.points_cents or 0)} points each time"
        return f"{self.cashback_value or 0:.2%} of the base"


class LoanCashbackConfig(CashbackConfig):
    """Who earns how much on each verified payment of interest of this loan?"""

    loan = models.ForeignKey(Loan, on_delete=models.PROTECT, related_name="cashback_configs")

    history = History()

    class Meta:
        db_table = "loan_cashback_config"
        ordering = ["created_at", "id"]
        constraints = _constraints("loan", name="loan")


class TrackerCashbackConfig(CashbackConfig):
    """Who earns how much on each approved day of this tracker?"""

    tracker = models.ForeignKey(DailyTracker, on_delete=models.PROTECT, related_name="cashback_configs")

    history = History()

    class Meta:
        db_table = "tracker_cashback_config"
        ordering = ["created_at", "id"]
        constraints = _constraints("tracker", name="tracker")
