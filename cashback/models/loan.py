"""Loans: what was lent to whom, at which rate, and how much of it is still to come back."""

from typing import Any, Self

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from accounts.history import History
from accounts.models import TenantOwned, TenantQuerySet
from accounts.roles import STAFF
from cashback.rules.interest import DAYS_IN_YEAR, Terms


class LoanQuerySet(TenantQuerySet):
    """Loans, chained like a sentence: `Loan.objects.for_user(user).active()`."""

    def visible_to_role(self, user: Any) -> Self:
        """Staff sees all loans of its business; a customer sees their own."""
        return self if user.role in STAFF else self.filter(customer=user)

    def active(self) -> Self:
        """Loans that are still being paid back."""
        return self.filter(status=Loan.Status.ACTIVE)


class Loan(TenantOwned):
    """How much was lent to this customer, at which rate, and how much of the principal is still to come back?

    *Money*: `remaining_principal_cents` and `interest_paid_cents` are running totals over the verified payments, kept under the
    row's lock and proven by `check_books`. `interest_rate` is a fraction a year (0.12 is 12 %); interest accrues by whole days on
    the principal that remains, over 360 or 365 days (`day_count`). Written by `cashback.services`.
    """

    class Status(models.TextChoices):
        ACTIVE = "active", "Active"
        CLOSED = "closed", "Closed"
        DELETED = "deleted", "Deleted"

    class LoanType(models.TextChoices):
        REGULAR = "regular", "Interest and principal"
        INTEREST_ONLY = "interest_only", "Interest only"

    class Frequency(models.TextChoices):
        DAILY = "daily", "Daily"
        MONTHLY = "monthly", "Monthly"

    class DayCount(models.TextChoices):
        ACTUAL_360 = "ACT_360", "Actual days over 360"
        ACTUAL_365 = "ACT_365", "Actual days over 365"

    number = models.CharField(max_length=20)
    customer = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    loan_name = models.CharField(max_length=100)
    loan_type = models.CharField(max_length=13, choices=LoanType, default=LoanType.REGULAR)
    payment_frequency = models.CharField(max_length=7, choices=Frequency, default=Frequency.MONTHLY)
    currency = models.CharField(max_length=3)
    principal_cents = models.BigIntegerField()
    remaining_principal_cents = models.BigIntegerField()
    interest_paid_cents = models.BigIntegerField(default=0)
    interest_rate = models.DecimalField(
        max_digits=7, decimal_places=6, help_text="A year, as a fraction: 0.12 is 12 %."
    )
    day_count = models.CharField(max_length=7, choices=DayCount, default=DayCount.ACTUAL_360)
    started_on = models.DateField()
    status = models.CharField(max_length=7, choices=Status, default=Status.ACTIVE)
    customer_notes = models.TextField(blank=True, default="")
    admin_notes = models.TextField(blank=True, default="")
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    created_at = models.DateTimeField(auto_now_add=True)
    closed_at = models.DateTimeField(null=True, blank=True)

    objects = LoanQuerySet.as_manager()
    history = History()

    class Meta:
        db_table = "loan"
        ordering = ["-created_at", "-id"]
        constraints = [
            models.UniqueConstraint(fields=["tenant", "number"], name="loan_number_is_unique"),
            models.CheckConstraint(condition=Q(principal_cents__gt=0), name="loan_principal_is_positive"),
            models.CheckConstraint(
                condition=Q(remaining_principal_cents__gte=0, remaining_principal_cents__lte=F("principal_cents")),
                name="loan_remaining_principal_is_a_part",
            ),
            models.CheckConstraint(condition=Q(interest_paid_cents__gte=0), name="loan_interest_is_not_negative"),
            models.CheckConstraint(
                condition=Q(interest_rate__gte=0, interest_rate__lte=1), name="loan_rate_is_a_fraction"
            ),
            models.CheckConstraint(
                condition=~Q(status="closed") | Q(remaining_principal_cents=0, closed_at__isnull=False),
                name="loan_closes_when_paid_back",
            ),
        ]
        indexes = [models.Index(fields=["tenant", "-created_at", "-id"], name="loans_newest_first")]

    def __str__(self) -> str:
        return f"{self.number} {self.loan_name}"

    @property
    def terms(self) -> Terms:
        """What was agreed, for the rule of interest."""
        days_in_year = DAYS_IN_YEAR[self.day_count]
        return Terms(self.principal_cents, self.interest_rate, self.started_on, days_in_year)
