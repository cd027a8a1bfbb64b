"""Daily orders: what is to be delivered to whom on one day, as generated from the standing orders."""

from datetime import date
from typing import Any, Self

from django.db import models
from django.db.models import Q

from accounts.history import History
from accounts.models import Role, TenantOwned, TenantQuerySet
from subscriptions.models.their_rounds import round_is_theirs


class DailyOrderQuerySet(TenantQuerySet):
    """Orders of a day, chained like a sentence: `DailyOrder.objects.of_tenant(tenant).of_day(day).wanted()`."""

    def visible_to_role(self, user: Any) -> Self:
        """A representative sees the orders of their rounds: as the usual rep, or with a route there that day."""
        if user.role == Role.SALES_REP:
            return self.filter(round_is_theirs(user, day="order_date"))
        return super().visible_to_role(user)

    def of_day(self, day: date) -> Self:
        """Orders of one day."""
        return self.filter(order_date=day)

    def wanted(self) -> Self:
        """Orders that count: to deliver, delivered, or not delivered for a reason; none that was withdrawn."""
        return self.exclude(status=DailyOrder.Status.WITHDRAWN)


class DailyOrder(TenantOwned):
    """What is to be delivered to this customer on this day, on which round and in which part of the day?

    *Money*: price and tax are those of the day. One row per standing order and day, however often the day is generated; an order
    for one day alone has no standing order. DELIVERED means that a delivery which stands confirms it; WITHDRAWN that nobody wants
    it any more, as generating the day anew found: it counts nowhere (`DailyOrder.objects.wanted()`), and comes back when it is
    wanted again.
    Written by `subscriptions.services`.
    """

    class Status(models.TextChoices):
        GENERATED = "GENERATED", "To deliver"
        DELIVERED = "DELIVERED", "Delivered"
        NOT_DELIVERED = "NOT_DELIVERED", "Not delivered"
        WITHDRAWN = "WITHDRAWN", "Withdrawn"

    standing_order = models.ForeignKey(
        "subscriptions.StandingOrder", on_delete=models.PROTECT, null=True, blank=True, related_name="orders"
    )
    customer = models.ForeignKey("billing.Customer", on_delete=models.PROTECT, related_name="+")
    product = models.ForeignKey("subscriptions.Product", on_delete=models.PROTECT, related_name="+")
    round = models.ForeignKey("routes.Round", on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    slot = models.CharField(max_length=40, blank=True, default="")
    order_date = models.DateField()
    status = models.CharField(max_length=13, choices=Status, default=Status.GENERATED)
    planned_quantity = models.DecimalField(max_digits=12, decimal_places=3)
    unit_price_cents = models.BigIntegerField()
    tax_rate_bps = models.PositiveIntegerField(default=0)
    note = models.CharField(max_length=500, blank=True, default="")
    created_at = models.DateTimeField(auto_now_add=True)

    objects = DailyOrderQuerySet.as_manager()
    history = History()

    class Meta:
        db_table = "daily_orders"
        ordering = ["order_date", "round_id", "slot", "customer_id", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["standing_order", "order_date"], name="standing_order_is_generated_once_a_day"
            ),
            models.CheckConstraint(condition=Q(planned_quantity__gt=0), name="daily_order_quantity_is_positive"),
            models.CheckConstraint(condition=Q(unit_price_cents__gte=0), name="daily_order_price_is_not_negative"),
        ]
        indexes = [
            models.Index(fields=["tenant", "order_date", "round", "slot"], name="daily_orders_of_a_day"),
            models.Index(fields=["customer", "order_date"], name="daily_orders_of_a_customer"),
        ]

    def __str__(self) -> str:
        return f"{self.planned_quantity} on {self.order_date}"
