"""Standing orders: what a customer wants every day, or in a pattern of days, and the exceptions from it."""

from datetime import date

from django.db import models
from django.db.models import F, Q

from accounts.history import History
from accounts.ids import new_id
from accounts.models import TenantOwned


class StandingOrder(TenantOwned):
    """What does this customer get without asking, in which part of the day, from when until when?

    The quantities repeat every `cycle_days` days, counted from `starts_on`; `StandingOrderDay` holds one for each day of the
    cycle (a daily order has a cycle of one). `cycle_offset` is `starts_on.toordinal() % cycle_days`, so that the day of the cycle
    is `(date.toordinal() - cycle_offset) % cycle_days` in SQL as in Python. `ends_on` is the last day; none is open-ended.
    Written by `subscriptions.services`.
    """

    customer = models.ForeignKey("billing.Customer", on_delete=models.PROTECT, related_name="+")
    product = models.ForeignKey("subscriptions.Product", on_delete=models.PROTECT, related_name="+")
    slot = models.CharField(max_length=40, blank=True, default="")
    starts_on = models.DateField()
    ends_on = models.DateField(null=True, blank=True)
    cycle_days = models.PositiveSmallIntegerField(default=1)
    cycle_offset = models.PositiveSmallIntegerField(default=0, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)

    history = History()

    class Meta:
        db_table = "product_subscriptions"
        ordering = ["customer_id", "product_id", "starts_on", "id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(cycle_days__gte=1) & Q(cycle_offset__lt=F("cycle_days")),
                name="standing_order_cycle_is_whole",
            ),
            models.CheckConstraint(
                condition=Q(ends_on__isnull=True) | Q(ends_on__gte=F("starts_on")),
                name="standing_order_ends_after_it_starts",
            ),
        ]
        indexes = [
            models.Index(fields=["customer", "product", "starts_on"], name="standing_orders_of_a_customer"),
            models.Index(fields=["tenant", "id"], name="standing_orders_of_a_tenant"),
        ]

    def __str__(self) -> str:
        return f"standing order {str(self.pk)[-6:]}"

    def day_of_cycle(self, day: date) -> int:
        """Which day of the cycle a date is: 0 on `starts_on`."""
        return (day.toordinal() - self.cycle_offset) % self.cycle_days


class StandingOrderDay(models.Model):
    """How much on this day of the cycle? Position 0 is the first day; written with its standing order, never changed."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    standing_order = models.ForeignKey(StandingOrder, on_delete=models.CASCADE, related_name="days")
    position = models.PositiveSmallIntegerField()
    quantity = models.DecimalField(max_digits=12, decimal_places=3)

    is_frozen = True

    class Meta:
        db_table = "product_subscription_days"
        ordering = ["standing_order_id", "position"]
        constraints = [
            models.UniqueConstraint(fields=["standing_order", "position"], name="standing_order_day_has_one_quantity"),
            models.CheckConstraint(condition=Q(quantity__gte=0), name="standing_order_quantity_is_not_negative"),
        ]

    def __str__(self) -> str:
        return f"{self.quantity} on day {self.position + 1}"


class StandingOrderChange(TenantOwned):
    """What is different from the standing order on these days: nothing at all, more, less, or only a note?

    A skip wins over everything else on its days; increases and decreases add up, never below nothing. `last_day` none is open: a
    pause until somebody ends it. A change that was a mistake is withdrawn, never deleted. Written by `subscriptions.services`.
    """

    class Kind(models.TextChoices):
        SKIP = "SKIP", "Skip"
        INCREASE = "INCREASE", "More"
        DECREASE = "DECREASE", "Less"
        NOTE = "NOTE", "Note"

    standing_order = models.ForeignKey(StandingOrder, on_delete=models.PROTECT, related_name="changes")
    kind = models.CharField(max_length=8, choices=Kind)
    first_day = models.DateField()
    last_day = models.DateField(null=True, blank=True)
    quantity = models.DecimalField(max_digits=12, decimal_places=3, null=True, blank=True)
    note = models.CharField(max_length=500, blank=True, default="")
    withdrawn_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    history = History()

    class Meta:
        db_table = "product_subscription_changes"
        ordering = ["first_day", "id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(last_day__isnull=True) | Q(last_day__gte=F("first_day")), name="change_ends_after_it_starts"
            ),
            models.CheckConstraint(
                condition=(Q(kind__in=["INCREASE", "DECREASE"]) & Q(quantity__gt=0))
                | (Q(kind__in=["SKIP", "NOTE"]) & Q(quantity__isnull=True)),
                name="change_has_a_quantity_exactly_when_it_counts",
            ),
        ]
        indexes = [models.Index(fields=["standing_order", "first_day"], name="changes_of_a_standing_order")]

    def __str__(self) -> str:
        return f"{self.get_kind_display().lower()} from {self.first_day}"
