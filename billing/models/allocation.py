"""Allocations: which money pays for what. The single truth of what is paid."""

from django.conf import settings
from django.db import models
from django.db.models import Q

from accounts.models import TenantOwned


def exactly_one(*names: str) -> Q:
    """The condition that exactly one of these columns is filled."""
    condition = Q()
    for filled in names:
        condition |= Q(**{f"{name}__isnull": name != filled for name in names})
    return condition


class Allocation(TenantOwned):
    """How much of this payment (or credit) pays for this sale (or invoice, or opening balance)?

    *Money*: `amount_cents` > 0 always. Append-only, in the database too: an undo is a row of the same source, target and
    amount that points at the original through `reverses`, and counts negative. `rule` says what chose the target,
    and `rank` as the how manyth: 2 of `oldest_due_first` is the invoice that was due second.
    Written by `billing.services.allocations` under row locks, with the running totals on both sides in the same transaction.
    """

    payment = models.ForeignKey("billing.Payment", on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    credit = models.ForeignKey("billing.Credit", on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    invoice = models.ForeignKey("billing.Invoice", on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    sale = models.ForeignKey("billing.Sale", on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    opening_balance_customer = models.ForeignKey(
        "billing.Customer", on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    amount_cents = models.BigIntegerField()
    reverses = models.OneToOneField("self", on_delete=models.PROTECT, null=True, blank=True, related_name="reversal")
    reason = models.TextField(blank=True)
    rule = models.CharField(max_length=40)
    rank = models.PositiveIntegerField(default=1, db_default=1)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)

    is_append_only = True

    class Meta:
        db_table = "allocations"
        ordering = ["created_at", "id"]
        constraints = [
            models.CheckConstraint(condition=Q(amount_cents__gt=0), name="allocation_amount_is_positive"),
            models.CheckConstraint(condition=exactly_one("payment", "credit"), name="allocation_has_one_source"),
            models.CheckConstraint(
                condition=exactly_one("invoice", "sale", "opening_balance_customer"),
                name="allocation_has_one_target",
            ),
        ]

    def __str__(self) -> str:
        return f"allocation of {self.amount_cents}"

    @property
    def signed_cents(self) -> int:
        """Its effect on both running totals: negative for a reversal."""
        return -self.amount_cents if self.reverses_id else self.amount_cents
