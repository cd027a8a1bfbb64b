"""Billed periods: what was used in a billing period, what is charged for it, and what late records changed."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from accounts.history import History
from accounts.models import TenantOwned
from subscriptions.models.plan_subscription import PlanSubscription

PERIOD_ADJUSTMENT = "period_adjustment"  # the source_kind of an invoice line that bills what late records added


class BilledPeriod(TenantOwned):
    """What was used in the period, and what is charged for it? One row for each subscription and period, made when it is settled.

    *Money*: `overage_cents` of `currency`, tax included, is what was charged, for `overage_bytes` beyond `cap_bytes` (none:
    unlimited). It is on at most one live invoice line (`source_kind` "billed_period"); `invoice` is that line's invoice. When the
    invoice is void or deleted the row is billed again, with history. A PARKED one waits for a person: it would charge far
    more than usual. DECLARED is what a person said of a period without records. Written by `subscriptions.services`.
    """

    class Status(models.TextChoices):
        NO_CHARGE = "NO_CHARGE", "Nothing to charge"
        BILLED = "BILLED", "Billed"
        PARKED = "PARKED", "Waits for a person"
        WAIVED = "WAIVED", "Waived"
        DECLARED = "DECLARED", "Declared by a person"

    subscription = models.ForeignKey(PlanSubscription, on_delete=models.PROTECT, related_name="billed_periods")
    period_start = models.DateField()
    period_end = models.DateField()
    status = models.CharField(max_length=9, choices=Status)
    usage_bytes = models.BigIntegerField()
    cap_bytes = models.BigIntegerField(null=True, blank=True)
    overage_bytes = models.BigIntegerField(default=0)
    overage_cents = models.BigIntegerField(default=0)
    currency = models.CharField(max_length=3)
    invoice = models.ForeignKey("billing.Invoice", on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    note = models.CharField(max_length=500, blank=True, default="")
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    measured_at = models.DateTimeField()
    created_at = models.DateTimeField(auto_now_add=True)

    history = History()

    class Meta:
        db_table = "billed_periods"
        ordering = ["-period_start", "-id"]
        constraints = [
            models.UniqueConstraint(fields=["subscription", "period_start"], name="period_is_billed_once"),
            models.CheckConstraint(
                condition=Q(period_end__gte=F("period_start")), name="billed_period_is_not_reversed"
            ),
            models.CheckConstraint(
                condition=Q(usage_bytes__gte=0)
                & Q(overage_bytes__gte=0)
                & Q(overage_bytes__lte=F("usage_bytes"))
                & Q(overage_cents__gte=0),
                name="billed_period_is_not_negative",
            ),
            models.CheckConstraint(
                condition=Q(status="BILLED", overage_cents__gt=0, invoice__isnull=False)
                | (Q(status="PARKED") & Q(overage_cents__gt=0, invoice__isnull=True))
                | (Q(status__in=["NO_CHARGE", "WAIVED", "DECLARED"]) & Q(invoice__isnull=True)),
                name="billed_period_has_an_invoice_exactly_when_billed",
            ),
        ]
        indexes = [
            models.Index(fields=["tenant", "-period_start", "-id"], name="billed_periods_newest_first"),
            models.Index(fields=["tenant", "id"], condition=Q(status="PARKED"), name="billed_periods_parked"),
        ]

    def __str__(self) -> str:
        return f"{self.period_start} to {self.period_end}"


class PeriodAdjustment(TenantOwned):
    """What did late records change about a period that was settled before? Billed on the subscription's next invoice.

    *Money*: `added_cents` is what the period charges beyond what it had charged until then; `invoice` is none until it is billed
    (`source_kind` "period_adjustment"). A correction that lowers what was used gives a credit instead, named by `credit`.
    Written by `subscriptions.services`.
    """

    billed_period = models.ForeignKey(BilledPeriod, on_delete=models.PROTECT, related_name="adjustments")
    usage_bytes_before = models.BigIntegerField()
    usage_bytes = models.BigIntegerField()
    added_cents = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    invoice = models.ForeignKey("billing.Invoice", on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    credit = models.ForeignKey("billing.Credit", on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)

    history = History()

    class Meta:
        db_table = "period_adjustments"
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(added_cents__gt=0, credit__isnull=True)
                | Q(added_cents__lt=0, invoice__isnull=True)
                | Q(added_cents=0, invoice__isnull=True, credit__isnull=True),
                name="adjustment_is_billed_or_credited",
            )
        ]
        indexes = [models.Index(fields=["billed_period", "id"], name="adjustments_of_a_period")]

    def __str__(self) -> str:
        return f"{self.added_cents} for {self.billed_period_id}"
