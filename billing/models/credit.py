"""Credits: what is owed to a customer with no payment behind it."""

from django.db import models
from django.db.models import F, Q

from accounts.history import History
from accounts.models import TenantOwned


class Credit(TenantOwned):
    """What is owed to a customer with no payment behind it: a credit note, goodwill, or a debt that is written off?

    *Money*: grants `amount_cents`, of which `allocated_cents` is used. What a payment leaves unallocated is credit too, but lies
    on the payment and is never copied here. `invoice` is the invoice that a credit note or write-off corrects.
    Written by `billing.services`.
    """

    class Kind(models.TextChoices):
        GOODWILL = "GOODWILL", "Goodwill"
        CREDIT_NOTE = "CREDIT_NOTE", "Credit note"
        WRITE_OFF = "WRITE_OFF", "Write-off"

    class Status(models.TextChoices):
        AVAILABLE = "AVAILABLE", "Available"
        APPLIED = "APPLIED", "Used up"
        VOIDED = "VOIDED", "Voided"

    number = models.CharField(max_length=40, null=True, blank=True)  # noqa: DJ001 - goodwill has none, NULL never collides
    customer = models.ForeignKey("billing.Customer", on_delete=models.PROTECT, related_name="+")
    kind = models.CharField(max_length=11, choices=Kind, default=Kind.GOODWILL, db_default=Kind.GOODWILL)
    invoice = models.ForeignKey("billing.Invoice", on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    reason = models.TextField()
    amount_cents = models.BigIntegerField()
    allocated_cents = models.BigIntegerField(default=0, editable=False)
    currency = models.CharField(max_length=3)
    status = models.CharField(max_length=9, choices=Status, default=Status.AVAILABLE)
    created_at = models.DateTimeField(auto_now_add=True)

    history = History()

    class Meta:
        db_table = "credits"
        constraints = [
            models.CheckConstraint(condition=Q(amount_cents__gt=0), name="credit_amount_is_positive"),
            models.CheckConstraint(
                condition=Q(allocated_cents__gte=0) & Q(allocated_cents__lte=F("amount_cents")),
                name="credit_is_not_spent_twice",
            ),
            models.CheckConstraint(
                condition=~Q(status="VOIDED") | Q(allocated_cents=0), name="voided_credit_pays_nothing"
            ),
            models.UniqueConstraint(fields=["tenant", "number"], name="credit_number_is_unique_per_tenant"),
        ]

    def __str__(self) -> str:
        return self.number or f"credit {self.pk}"

    @property
    def unallocated_cents(self) -> int:
        """What is left of it; nothing of a voided one."""
        return 0 if self.status == self.Status.VOIDED else self.amount_cents - self.allocated_cents
