"""Customers: who owes."""

from typing import Any, Self

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from accounts.history import History
from accounts.models import Role, TenantOwned, TenantQuerySet


class CustomerQuerySet(TenantQuerySet):
    """Customers, chained like a sentence."""

    def visible_to_role(self, user: Any) -> Self:
        """A customer sees themselves; staff see all customers of their tenant."""
        return self.filter(user=user) if user.role == Role.CUSTOMER else self


class Customer(TenantOwned):
    """Who buys, on which round, and what did they owe before this system knew them (`opening_balance_cents`)?

    Written by `billing.services`; `opening_balance_allocated_cents` by the allocation service alone. An opening balance is
    corrected by an entry with a reason (`OpeningBalanceCorrection`). The one walk-in customer stands for all at the counter.
    """

    number = models.CharField(max_length=40)
    name = models.CharField(max_length=200)
    phone = models.CharField(max_length=40, blank=True)
    address = models.CharField(max_length=300, blank=True, default="", db_default="")
    round = models.ForeignKey("routes.Round", on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    round_position = models.PositiveIntegerField(
        null=True, blank=True, help_text="Order in which the round visits them."
    )
    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    opening_balance_cents = models.BigIntegerField(default=0)
    opening_balance_allocated_cents = models.BigIntegerField(default=0, editable=False)
    credit_limit_cents = models.BigIntegerField(null=True, blank=True)
    is_active = models.BooleanField(default=True)
    is_walk_in = models.BooleanField(default=False, db_default=False, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = CustomerQuerySet.as_manager()
    history = History()

    class Meta:
        db_table = "customers"
        ordering = ["name", "id"]
        constraints = [
            models.UniqueConstraint(fields=["tenant", "number"], name="customer_number_is_unique_per_tenant"),
            models.CheckConstraint(
                condition=Q(opening_balance_cents__gte=0), name="customer_opening_balance_is_not_negative"
            ),
            models.CheckConstraint(
                condition=Q(opening_balance_allocated_cents__gte=0)
                & Q(opening_balance_allocated_cents__lte=F("opening_balance_cents")),
                name="customer_opening_balance_is_not_overpaid",
            ),
            models.UniqueConstraint(
                fields=["tenant"], condition=Q(is_walk_in=True), name="walk_in_customer_is_one_per_tenant"
            ),
        ]
        indexes = [models.Index(fields=["tenant", "name", "id"], name="customers_by_name")]

    def __str__(self) -> str:
        return f"{self.name} ({self.number})"

    @property
    def opening_balance_left_cents(self) -> int:
        """What is still to be paid of the opening balance."""
        return self.opening_balance_cents - self.opening_balance_allocated_cents
