"""Invoices and credits. Their tables stand from the start; their services come with the invoices."""

from django.db import models
from django.db.models import F, Q

from accounts.history import History
from accounts.models import TenantOwned


class Invoice(TenantOwned):
    """What was this customer asked to pay, by when, and what is paid of it?

    *Money*: asks for `total_cents`, of which `allocated_cents` is paid.
    """

    class Source(models.TextChoices):
        DUES = "DUES", "Dues"
        EVENT = "EVENT", "Event"
        DONATION = "DONATION", "Donation"
        SALES = "SALES", "Sales"
        SUBSCRIPTION = "SUBSCRIPTION", "Subscription"
        USAGE = "USAGE", "Usage"
        OTHER = "OTHER", "Other"

    class Status(models.TextChoices):
        DRAFT = "DRAFT", "Draft"
        ISSUED = "ISSUED", "Issued"
        PARTIALLY_PAID = "PARTIALLY_PAID", "Part-paid"
        PAID = "PAID", "Paid"
        OVERDUE = "OVERDUE", "Overdue"
        VOID = "VOID", "Void"
        FAILED = "FAILED", "Failed"

    number = models.CharField(max_length=40)
    customer = models.ForeignKey("billing.Customer", on_delete=models.PROTECT, related_name="+")
    source = models.CharField(max_length=12, choices=Source)
    status = models.CharField(max_length=14, choices=Status, default=Status.DRAFT)
    total_cents = models.BigIntegerField()
    allocated_cents = models.BigIntegerField(default=0, editable=False)
    currency = models.CharField(max_length=3)
    issued_at = models.DateTimeField(null=True, blank=True)
    due_at = models.DateTimeField(null=True, blank=True)
    paid_at = models.DateTimeField(null=True, blank=True)
    period_start = models.DateField(null=True, blank=True)
    period_end = models.DateField(null=True, blank=True)
    deleted_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    history = History()

    class Meta:
        db_table = "invoices"
        ordering = ["-created_at", "-id"]
        constraints = [
            models.UniqueConstraint(fields=["tenant", "number"], name="invoice_number_is_unique_per_tenant"),
            models.CheckConstraint(
                condition=Q(allocated_cents__gte=0) & Q(allocated_cents__lte=F("total_cents")),
                name="invoice_is_not_overpaid",
            ),
        ]

    def __str__(self) -> str:
        return self.number


class Credit(TenantOwned):
    """What is owed to a customer with no payment behind it: a credit note or goodwill?

    *Money*: grants `amount_cents`, of which `allocated_cents` is used. What a payment leaves unallocated is credit too, but lies
    on the payment and is never copied here.
    """

    class Status(models.TextChoices):
        AVAILABLE = "AVAILABLE", "Available"
        APPLIED = "APPLIED", "Used up"
        VOIDED = "VOIDED", "Voided"

    customer = models.ForeignKey("billing.Customer", on_delete=models.PROTECT, related_name="+")
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
        ]

    def __str__(self) -> str:
        return f"credit {self.pk}"
