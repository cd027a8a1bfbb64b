"""Sales: what was sold, on which route it goes out, what came back and what is paid of it."""

from typing import Any, Self

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from accounts.history import History
from accounts.ids import new_id
from accounts.models import Role, TenantOwned, TenantQuerySet


class SaleQuerySet(TenantQuerySet):
    """Sales, chained like a sentence."""

    def visible_to_role(self, user: Any) -> Self:
        """A representative sees the sales on their own routes; the office sees all."""
        if user.role == Role.SALES_REP:
            return self.filter(route__assigned_to=user)
        return super().visible_to_role(user)

    def loadable_by(self, user: Any) -> Self:
        """Sales that a person may put on a route: a representative those on no route or on their own, the office all."""
        if user.role == Role.SALES_REP and not user.is_superuser:
            return self.filter(Q(route=None) | Q(route__assigned_to=user), tenant_id=user.tenant_id)
        return self.for_user(user)

    def standing(self) -> Self:
        """Sales that were not cancelled."""
        return self.exclude(status=Sale.Status.CANCELLED)

    def asking(self) -> Self:
        """Sales that ask for money themselves: not cancelled, and no issued invoice asks in their place."""
        return self.standing().filter(invoice__isnull=True)

    def unpaid(self) -> Self:
        """Sales that ask for money themselves and are not paid in full."""
        return self.asking().filter(allocated_cents__lt=F("total_cents") - F("returned_cents"))


class Sale(TenantOwned):
    """What does this customer owe for these goods, and on which route do they go out?

    *Money*: it asks for `total_cents - returned_cents`, of which `allocated_cents` is paid. Written by `billing.services`.
    Once an issued invoice bills it (`invoice`), that invoice asks in its place: the sale holds no allocation, is BILLED, and
    COMPLETED when the invoice is paid (`billing.rules.sale_status`).
    A sale is on one route at a time (`route`); its history says on which one it was when.
    """

    class Type(models.TextChoices):
        CASH = "CASH", "Cash"
        CREDIT = "CREDIT", "On credit"

    class Status(models.TextChoices):
        PENDING = "PENDING", "Pending"
        BILLED = "BILLED", "Billed"
        COMPLETED = "COMPLETED", "Paid"
        CANCELLED = "CANCELLED", "Cancelled"

    number = models.CharField(max_length=40)
    customer = models.ForeignKey("billing.Customer", on_delete=models.PROTECT, related_name="+")
    route = models.ForeignKey("routes.Route", on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    invoice = models.ForeignKey("billing.Invoice", on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    sale_type = models.CharField(max_length=6, choices=Type, default=Type.CASH)
    status = models.CharField(max_length=10, choices=Status, default=Status.PENDING)
    currency = models.CharField(max_length=3)
    total_cents = models.BigIntegerField()
    returned_cents = models.BigIntegerField(default=0, editable=False)
    allocated_cents = models.BigIntegerField(default=0, editable=False)
    sold_at = models.DateTimeField()
    created_at = models.DateTimeField(auto_now_add=True)

    objects = SaleQuerySet.as_manager()
    history = History()

    class Meta:
        db_table = "sales"
        ordering = ["-created_at", "-id"]
        constraints = [
            models.UniqueConstraint(fields=["tenant", "number"], name="sale_number_is_unique_per_tenant"),
            models.CheckConstraint(condition=Q(total_cents__gte=0), name="sale_total_is_not_negative"),
            models.CheckConstraint(
                condition=Q(returned_cents__gte=0) & Q(returned_cents__lte=F("total_cents")),
                name="sale_return_is_within_its_total",
            ),
            models.CheckConstraint(
                condition=Q(allocated_cents__gte=0) & Q(allocated_cents__lte=F("total_cents") - F("returned_cents")),
                name="sale_is_not_overpaid",
            ),
            models.CheckConstraint(
                condition=Q(invoice__isnull=True) | Q(allocated_cents=0), name="invoiced_sale_holds_no_money"
            ),
        ]
        indexes = [
            models.Index(fields=["tenant", "-created_at", "-id"], name="sales_newest_first"),
            models.Index(fields=["customer", "sold_at", "id"], name="sales_of_a_customer"),
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def net_cents(self) -> int:
        """What the sale asks for: total less returns; nothing once cancelled."""
        return 0 if self.status == self.Status.CANCELLED else self.total_cents - self.returned_cents

    @property
    def balance_cents(self) -> int:
        """What it still asks for itself; nothing while an issued invoice asks in its place."""
        return 0 if self.invoice_id else self.net_cents - self.allocated_cents


class SaleLine(models.Model):
    """What goods, how many, at what price? Prices include tax; the rate is kept as it was on the day."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    sale = models.ForeignKey(Sale, on_delete=models.CASCADE, related_name="lines")
    description = models.CharField(max_length=200)
    product_code = models.CharField(max_length=40, blank=True)
    quantity = models.DecimalField(max_digits=12, decimal_places=3)
    unit_price_cents = models.BigIntegerField()
    total_cents = models.BigIntegerField()
    tax_rate_bps = models.PositiveIntegerField(default=0)

    is_frozen = True

    class Meta:
        db_table = "sale_lines"
        constraints = [
            models.CheckConstraint(condition=Q(quantity__gt=0), name="sale_line_quantity_is_positive"),
            models.CheckConstraint(
                condition=Q(unit_price_cents__gte=0) & Q(total_cents__gte=0),
                name="sale_line_price_is_not_negative",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.quantity} x {self.description}"


class SaleReturn(TenantOwned):
    """What came back of a sale, when, why, and who took it? Append-only; counted once, whichever door it came in by.

    *Money*: `amount_cents` lowers what the sale asks for. `return_key`, made by the client, is unique in the tenant: the same
    return reported by the representative and again at the route's reconciliation is one row.
    """

    sale = models.ForeignKey(Sale, on_delete=models.PROTECT, related_name="returns")
    sale_line = models.ForeignKey(SaleLine, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    quantity = models.DecimalField(max_digits=12, decimal_places=3, null=True, blank=True)
    amount_cents = models.BigIntegerField()
    reason = models.TextField()
    return_key = models.CharField(max_length=255, null=True, blank=True)  # noqa: DJ001 - NULL never collides
    recorded_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)

    is_append_only = True

    class Meta:
        db_table = "sale_returns"
        constraints = [
            models.CheckConstraint(condition=Q(amount_cents__gt=0), name="sale_return_amount_is_positive"),
            models.UniqueConstraint(fields=["tenant", "return_key"], name="sale_return_is_counted_once"),
        ]

    def __str__(self) -> str:
        return f"return of {self.amount_cents} on {self.sale_id}"
