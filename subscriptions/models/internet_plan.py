"""Internet plans: how fast, how much data, and what more than that costs."""

from django.db import models
from django.db.models import Q

from accounts.history import History
from accounts.models import TenantOwned
from subscriptions.rules.data_units import GB, MB, TB, bytes_of

DEFAULT_THRESHOLDS = (80, 90, 100)
UNITS = [(unit, unit) for unit in (MB, GB, TB)]


def default_thresholds() -> list[int]:
    """Percent of the cap at which a customer is warned, unless the plan says otherwise."""
    return list(DEFAULT_THRESHOLDS)


class InternetPlan(TenantOwned):
    """What does an internet connection of this kind give in a billing period, and what does more than its cap cost?

    *Money*: `overage_price_cents` of `currency` for one `overage_unit` beyond the cap, `monthly_price_cents` for the line itself,
    both with tax (`tax_rate_bps` of it). A unit is a power of 1024: 1 GB is 1024³ bytes. What a plan costs and gives is never
    changed while a subscription is on it: a new plan is made, and subscriptions change to it on a day.
    Written by `subscriptions.services`.
    """

    class Status(models.TextChoices):
        DRAFT = "DRAFT", "Draft"
        ACTIVE = "ACTIVE", "Active"
        INACTIVE = "INACTIVE", "No longer sold"
        ARCHIVED = "ARCHIVED", "Archived"

    class BillingCycle(models.TextChoices):
        DAILY = "DAILY", "Daily"
        WEEKLY = "WEEKLY", "Weekly"
        MONTHLY = "MONTHLY", "Monthly"
        QUARTERLY = "QUARTERLY", "Quarterly"
        ANNUAL = "ANNUAL", "Annual"

    class OverageRounding(models.TextChoices):
        EXACT = "EXACT", "By the byte"
        STARTED_UNIT = "STARTED_UNIT", "Each started unit counts whole"
        WHOLE_UNIT = "WHOLE_UNIT", "Only whole units count"

    code = models.CharField(max_length=50)
    name = models.CharField(max_length=200)
    status = models.CharField(max_length=8, choices=Status, default=Status.DRAFT)
    download_kbps = models.PositiveIntegerField()
    upload_kbps = models.PositiveIntegerField()
    billing_cycle = models.CharField(max_length=9, choices=BillingCycle, default=BillingCycle.MONTHLY)
    monthly_price_cents = models.BigIntegerField(default=0)
    currency = models.CharField(max_length=3)
    tax_rate_bps = models.PositiveIntegerField(default=0)
    has_data_cap = models.BooleanField(default=False)
    data_cap_amount = models.DecimalField(max_digits=10, decimal_places=2, null=True, blank=True)
    data_cap_unit = models.CharField(max_length=2, choices=UNITS, blank=True, default="")
    overage_price_cents = models.BigIntegerField(default=0, help_text="For one unit beyond the cap; 0: never charged.")
    overage_unit = models.CharField(max_length=2, choices=UNITS, default=GB)
    overage_rounding = models.CharField(max_length=12, choices=OverageRounding, default=OverageRounding.EXACT)
    alert_thresholds = models.JSONField(default=default_thresholds, help_text="Percent of the cap, for example 80.")
    created_at = models.DateTimeField(auto_now_add=True)

    history = History()

    class Meta:
        db_table = "internet_plans"
        ordering = ["code"]
        constraints = [
            models.UniqueConstraint(fields=["tenant", "code"], name="internet_plan_code_is_unique_per_tenant"),
            models.CheckConstraint(
                condition=Q(download_kbps__gt=0) & Q(upload_kbps__gt=0), name="internet_plan_speed_is_positive"
            ),
            models.CheckConstraint(
                condition=Q(monthly_price_cents__gte=0) & Q(overage_price_cents__gte=0),
                name="internet_plan_prices_are_not_negative",
            ),
            models.CheckConstraint(condition=Q(tax_rate_bps__lte=10_000), name="internet_plan_tax_is_at_most_all"),
            models.CheckConstraint(
                condition=Q(has_data_cap=False, data_cap_amount__isnull=True, data_cap_unit="")
                | (Q(has_data_cap=True, data_cap_amount__gt=0) & ~Q(data_cap_unit="")),
                name="internet_plan_cap_is_whole",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} ({self.code})"

    @property
    def cap_bytes(self) -> int | None:
        """The data of one whole period; None is unlimited."""
        if not self.has_data_cap or self.data_cap_amount is None:
            return None
        return bytes_of(self.data_cap_amount, self.data_cap_unit)
