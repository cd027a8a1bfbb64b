"""Deliveries: what a customer really got, which is what they owe for."""

from typing import Any, Self

from django.conf import settings
from django.db import models
from django.db.models import Exists, OuterRef, Q

from accounts.history import History
from accounts.models import Role, TenantOwned, TenantQuerySet
from billing.models import InvoiceLine
from subscriptions.models.their_rounds import round_is_theirs

DELIVERY = "delivery"  # the source_kind of an invoice line that bills a delivery


class DeliveryQuerySet(TenantQuerySet):
    """Deliveries, chained like a sentence: `Delivery.objects.of_tenant(tenant).unbilled()`."""

    def visible_to_role(self, user: Any) -> Self:
        """A representative sees the deliveries of their rounds: as the usual rep, or with a route there that day."""
        if user.role == Role.SALES_REP:
            return self.filter(round_is_theirs(user, day="delivery_date"))
        return super().visible_to_role(user)

    def standing(self) -> Self:
        """Deliveries that count: delivered, and not cancelled since."""
        return self.filter(status=Delivery.Status.DELIVERED)

    def billed(self) -> Self:
        """Deliveries that stand and that a live invoice line asks money for."""
        return self.standing().filter(Exists(live_line()))

    def unbilled(self) -> Self:
        """Deliveries that stand and that no live invoice line asks money for: they go on the next invoice."""
        return self.standing().filter(~Exists(live_line()))


def live_line(delivery: str = "pk") -> Any:
    """Return the live invoice line that bills the row's delivery, as a subquery."""
    return InvoiceLine.objects.filter(source_kind=DELIVERY, source_id=OuterRef(delivery), is_live=True)


class Delivery(TenantOwned):
    """What did this customer get on this day, how much, at which price, and who says so?

    *Money*: asks for `total_cents` of `currency`: quantity times price, rounded half up once. Until a live invoice bills it (a
    line with `source_kind` "delivery" and its id), it is unbilled and still owed. `daily_order` is none for an extra item; at
    most one delivery that stands confirms an order. A mistake is cancelled, never deleted; one on an invoice is corrected there.
    Written by `subscriptions.services`.
    """

    class Status(models.TextChoices):
        DELIVERED = "DELIVERED", "Delivered"
        CANCELLED = "CANCELLED", "Cancelled"

    daily_order = models.ForeignKey(
        "subscriptions.DailyOrder", on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    customer = models.ForeignKey("billing.Customer", on_delete=models.PROTECT, related_name="+")
    product = models.ForeignKey("subscriptions.Product", on_delete=models.PROTECT, related_name="+")
    round = models.ForeignKey("routes.Round", on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    slot = models.CharField(max_length=40, blank=True, default="")
    delivery_date = models.DateField()
    status = models.CharField(max_length=9, choices=Status, default=Status.DELIVERED)
    quantity = models.DecimalField(max_digits=12, decimal_places=3)
    unit_price_cents = models.BigIntegerField()
    tax_rate_bps = models.PositiveIntegerField(default=0)
    total_cents = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    note = models.CharField(max_length=500, blank=True, default="")
    delivered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    confirmed_at = models.DateTimeField()
    created_at = models.DateTimeField(auto_now_add=True)

    objects = DeliveryQuerySet.as_manager()
    history = History()

    class Meta:
        db_table = "deliveries"
        verbose_name_plural = "deliveries"
        ordering = ["-delivery_date", "-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["daily_order"], condition=Q(status="DELIVERED"), name="daily_order_is_delivered_once"
            ),
            models.CheckConstraint(condition=Q(quantity__gt=0), name="delivery_quantity_is_positive"),
            models.CheckConstraint(
                condition=Q(unit_price_cents__gte=0) & Q(total_cents__gte=0), name="delivery_cents_are_not_negative"
            ),
        ]
        indexes = [
            models.Index(fields=["tenant", "delivery_date", "round", "slot"], name="deliveries_of_a_day"),
            models.Index(fields=["customer", "delivery_date", "id"], name="deliveries_of_a_customer"),
            models.Index(fields=["tenant", "-delivery_date", "-id"], name="deliveries_newest_first"),
        ]

    def __str__(self) -> str:
        return f"{self.quantity} on {self.delivery_date}"
