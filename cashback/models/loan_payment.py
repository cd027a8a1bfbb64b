"""Loan payments: what a borrower paid on a loan, and how much of it is interest and how much principal."""

from typing import Any, Self

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from accounts.currency import grouped
from accounts.history import History
from accounts.models import TenantOwned, TenantQuerySet
from accounts.roles import STAFF
from cashback.models.loan import Loan


class LoanPaymentQuerySet(TenantQuerySet):
    """Loan payments, chained like a sentence: `LoanPayment.objects.for_user(user).verified()`."""

    def visible_to_role(self, user: Any) -> Self:
        """Staff sees all of its business; a customer sees what was paid on their own loans."""
        return self if user.role in STAFF else self.filter(loan__customer=user)

    def live(self) -> Self:
        """Payments that nobody deleted."""
        return self.filter(deleted_at__isnull=True)

    def verified(self) -> Self:
        """Payments that count: verified and not deleted."""
        return self.live().filter(status=LoanPayment.Status.VERIFIED)

    def waiting(self) -> Self:
        """Payments that nobody verified or rejected yet."""
        return self.live().filter(status=LoanPayment.Status.PENDING)


class LoanPayment(TenantOwned):
    """What was paid on this loan on which day, how does it split into interest and principal, and did it come in?

    *Money*: `amount_cents` = `interest_cents` + `principal_cents`, of the loan's currency. It counts while it is verified, by
    somebody other than who submitted it, and not deleted. `verifications` says how often it was verified: cashback is earned
    once for each. A deleted row stays, so that its id never means another payment. The rule splits it, interest first, unless
    the office said how much of it is interest (`is_split_by_hand`). Written by `cashback.services`.
    """

    class Status(models.TextChoices):
        PENDING = "pending", "To verify"
        VERIFIED = "verified", "Verified"
        REJECTED = "rejected", "Rejected"

    class Method(models.TextChoices):
        CASH = "cash", "Cash"
        BANK_TRANSFER = "bank_transfer", "Bank transfer"
        UPI = "upi", "UPI"
        GPAY = "gpay", "Google Pay"
        PHONEPE = "phonepe", "PhonePe"
        OTHER = "other", "Other"

    loan = models.ForeignKey(Loan, on_delete=models.PROTECT, related_name="payments", db_index=False)
    amount_cents = models.BigIntegerField()
    interest_cents = models.BigIntegerField()
    principal_cents = models.BigIntegerField()
    is_split_by_hand = models.BooleanField(default=False)
    payment_date = models.DateField()
    payment_method = models.CharField(max_length=13, choices=Method, default=Method.CASH)
    transaction_id = models.CharField(max_length=100, blank=True, default="")
    status = models.CharField(max_length=8, choices=Status, default=Status.PENDING)
    verifications = models.PositiveIntegerField(default=0)
    submitted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    verified_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    verified_at = models.DateTimeField(null=True, blank=True)
    rejection_reason = models.CharField(max_length=500, blank=True, default="")
    created_at = models.DateTimeField(auto_now_add=True)
    deleted_at = models.DateTimeField(null=True, blank=True)

    objects = LoanPaymentQuerySet.as_manager()
    history = History()

    class Meta:
        db_table = "loan_payment"
        ordering = ["-payment_date", "-id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(amount_cents__gt=0, interest_cents__gte=0, principal_cents__gte=0)
                & Q(amount_cents=F("interest_cents") + F("principal_cents")),
                name="loan_payment_splits_whole",
            ),
            models.CheckConstraint(
                condition=~Q(status="verified") | Q(verified_at__isnull=False, verifications__gt=0),
                name="loan_payment_verified_has_a_time",
            ),
        ]
        indexes = [
            models.Index(fields=["loan", "payment_date", "id"], name="loan_payments_of_a_loan"),
            models.Index(fields=["tenant", "-payment_date", "-id"], name="loan_payments_newest_first"),
            models.Index(
                fields=["tenant", "id"],
                condition=Q(status="pending", deleted_at__isnull=True),
                name="loan_payments_to_verify",
            ),
        ]

    def __str__(self) -> str:
        return f"{grouped(self.amount_cents)} on {self.payment_date}"

    @property
    def payment_type(self) -> str:
        """What it pays: interest, principal or both."""
        if self.interest_cents and self.principal_cents:
            return "both"
        return "interest" if self.interest_cents else "principal"
