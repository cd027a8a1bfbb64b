"""Payments: money received, from whom, by whom, and on which route."""

from typing import Any, Self

from django.conf import settings
from django.db import models
from django.db.models import Case, F, Q, Value, When

from accounts.history import History
from accounts.models import Role, TenantOwned, TenantQuerySet


class PaymentQuerySet(TenantQuerySet):
    """Payments, chained like a sentence."""

    def visible_to_role(self, user: Any) -> Self:
        """A representative sees what they collected and what was paid on their routes; the office sees all."""
        if user.role == Role.SALES_REP:
            return self.filter(Q(collected_by=user) | Q(route__assigned_to=user))
        return super().visible_to_role(user)

    def counting(self) -> Self:
        """Payments that are money in: succeeded, and neither waiting for verification nor rejected."""
        return self.filter(status=Payment.Status.SUCCEEDED).exclude(
            verification_status__in=[Payment.Verification.PENDING_VERIFICATION, Payment.Verification.REJECTED]
        )


class Payment(TenantOwned):
    """How much money came in, from whom, through whom, and where did it happen?

    *Money*: `amount_cents` received, of which `allocated_cents` pays something and `refunded_cents` went back; the rest is the
    customer's credit where it lies. `route` says where the money was collected; it is set from the sale at that moment and not
    moved with the sale afterwards. `external_reference` is the gateway's name for it. `proof_reference` says where its proof
    lies: only the office reads it, each look is logged, and it is not in the history. A row that a backfill repaired has a
    history image with the run's id.
    Written by `billing.services.record_payment` and its siblings; rows of the old system by migrations and `load_demo`.
    """

    class Channel(models.TextChoices):
        CASH = "CASH", "Cash"
        BANK_TRANSFER = "BANK_TRANSFER", "Bank transfer"
        MOBILE_MONEY = "MOBILE_MONEY", "Mobile money"
        CHEQUE = "CHEQUE", "Cheque"
        CARD = "CARD", "Card"
        GATEWAY = "GATEWAY", "Payment gateway"
        SIMULATED = "SIMULATED", "Simulated"
        LEGACY = "LEGACY", "From the old system"
        OTHER = "OTHER", "Other"

    class Status(models.TextChoices):
        INITIATED = "INITIATED", "Started"
        PENDING = "PENDING", "Pending"
        SUCCEEDED = "SUCCEEDED", "Received"
        FAILED = "FAILED", "Failed"
        REVERSED = "REVERSED", "Reversed"
        REFUNDED = "REFUNDED", "Refunded"

    class Verification(models.TextChoices):
        NOT_REQUIRED = "NOT_REQUIRED", "Not required"
        PENDING_VERIFICATION = "PENDING_VERIFICATION", "To verify"
        APPROVED = "APPROVED", "Approved"
        REJECTED = "REJECTED", "Rejected"

    customer = models.ForeignKey("billing.Customer", on_delete=models.PROTECT, related_name="+")
    sale = models.ForeignKey("billing.Sale", on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    route = models.ForeignKey("routes.Route", on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    invoice = models.ForeignKey("billing.Invoice", on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    amount_cents = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    allocated_cents = models.BigIntegerField(default=0, editable=False)
    refunded_cents = models.BigIntegerField(default=0, editable=False)
    allocation_status = models.GeneratedField(
        expression=Case(
            When(allocated_cents=0, then=Value("unapplied")),
            When(allocated_cents__gte=F("amount_cents") - F("refunded_cents"), then=Value("fully_applied")),
            default=Value("partially_applied"),
        ),
        output_field=models.CharField(max_length=20),
        db_persist=True,
    )
    channel = models.CharField(max_length=13, choices=Channel)
    status = models.CharField(max_length=9, choices=Status)
    verification_status = models.CharField(max_length=20, choices=Verification, default=Verification.NOT_REQUIRED)
    idempotency_key = models.CharField(max_length=255, null=True, blank=True)  # noqa: DJ001 - NULL never collides
    collected_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    reference = models.CharField(max_length=100, blank=True)
    external_reference = models.CharField(max_length=100, null=True, blank=True)  # noqa: DJ001 - NULL never collides
    proof_reference = models.CharField(max_length=200, blank=True, default="", db_default="", editable=False)
    received_at = models.DateTimeField()
    created_at = models.DateTimeField(auto_now_add=True)

    objects = PaymentQuerySet.as_manager()
    history = History(excluded_fields=["allocation_status", "proof_reference"])

    class Meta:
        db_table = "payments"
        ordering = ["-created_at", "-id"]
        constraints = [
            models.CheckConstraint(condition=Q(amount_cents__gt=0), name="payment_amount_is_positive"),
            models.CheckConstraint(
                condition=Q(allocated_cents__gte=0)
                & Q(refunded_cents__gte=0)
                & Q(allocated_cents__lte=F("amount_cents") - F("refunded_cents")),
                name="payment_is_not_spent_twice",
            ),
            models.CheckConstraint(
                condition=Q(allocated_cents=0)
                | Q(status="SUCCEEDED", verification_status__in=["NOT_REQUIRED", "APPROVED"]),
                name="payment_that_is_no_money_pays_for_nothing",
            ),
            models.UniqueConstraint(fields=["tenant", "idempotency_key"], name="payment_key_is_used_once_per_tenant"),
            models.UniqueConstraint(
                fields=["tenant", "external_reference"], name="payment_external_reference_is_used_once_per_tenant"
            ),
        ]
        indexes = [
            models.Index(fields=["tenant", "-created_at", "-id"], name="payments_newest_first"),
            models.Index(fields=["tenant", "reference"], name="payments_by_reference", condition=~Q(reference="")),
        ]

    def __str__(self) -> str:
        return f"payment {self.pk}"

    @property
    def is_money(self) -> bool:
        """Whether it is money in: succeeded, and neither waiting for verification nor rejected. `counting()` asks the same."""
        return self.status == self.Status.SUCCEEDED and self.verification_status not in {
            self.Verification.PENDING_VERIFICATION,
            self.Verification.REJECTED,
        }

    @property
    def unallocated_cents(self) -> int:
        """What it has not yet paid for and not given back: the customer's credit, if it counts as money in."""
        return self.amount_cents - self.allocated_cents - self.refunded_cents
