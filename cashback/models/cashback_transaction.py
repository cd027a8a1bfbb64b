"""The ledger of points: one row moves points from one account to another, and no row is ever changed or removed."""

from typing import Any, Self

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from accounts.models import TenantOwned, TenantQuerySet
from accounts.roles import OFFICE
from cashback.models.cashback_config import CashbackType
from cashback.models.daily_tracker import DailyTracker
from cashback.models.loan import Loan
from cashback.models.loan_payment import LoanPayment
from cashback.rules.points import in_points


class SystemAccount(models.TextChoices):
    """The accounts of the house, one of each kind for each business. Those of people have no name here."""

    ISSUANCE = "ISSUANCE", "Issued points"
    REDEMPTION_CLEARING = "CLEARING", "Points being paid out"
    ADJUSTMENT = "ADJUSTMENT", "Adjustments"


class CashbackTransactionQuerySet(TenantQuerySet):
    """Rows of the ledger, chained like a sentence."""

    def visible_to_role(self, user: Any) -> Self:
        """The office sees all rows of its business; everybody else what came to them or went from them."""
        return self if user.role in OFFICE else self.of_person(user.pk)

    def of_person(self, user_id: Any) -> Self:
        """Rows that gave to this person or took from them."""
        return self.filter(Q(to_user_id=user_id) | Q(from_user_id=user_id))


class CashbackTransaction(TenantOwned):
    """Which points went from whom to whom, when, why, and by whose hand?

    *Money*: `points_cents` > 0; 100 are one point, worth one unit of the tenant's currency. Each side is a person (`from_user`,
    `to_user`) or an account of the house (`from_account`, `to_account`), so the balances of all accounts add up to zero. What was
    earned keeps its rule and base beside it (`cashback_type`, `cashback_value`, `base_cents`) and its `occasion`: the how-manieth
    verification of the payment or the day it was. A correction is a row of its own that `reverses` the first. Append-only, in the
    database too. Written by `cashback.services.ledger`.
    """

    class Type(models.TextChoices):
        UNCONDITIONAL = "unconditional", "Granted"
        LOAN_INTEREST_MANUAL = "loan_interest_manual", "Earned on a loan, by hand"
        LOAN_INTEREST_AUTO = "loan_interest_auto", "Earned on a loan"
        TRACKER_ENTRY = "tracker_entry", "Earned on a tracker"
        TRANSFER = "transfer", "Transferred"
        DEDUCTION = "deduction", "Removed"
        REDEMPTION = "redemption", "Redeemed"
        REDEMPTION_REFUND = "redemption_refund", "Redemption cancelled"
        REVERSAL = "reversal", "Taken back"
        SYSTEM = "system", "By the system"

    from_user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+", db_index=False
    )
    to_user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+", db_index=False
    )
    from_account = models.CharField(max_length=10, choices=SystemAccount, blank=True, default="")
    to_account = models.CharField(max_length=10, choices=SystemAccount, blank=True, default="")
    points_cents = models.BigIntegerField()
    transaction_type = models.CharField(max_length=30, choices=Type)
    related_loan = models.ForeignKey(Loan, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    related_payment = models.ForeignKey(LoanPayment, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    related_tracker = models.ForeignKey(
        DailyTracker, on_delete=models.PROTECT, null=True, blank=True, related_name="+", db_index=False
    )
    related_tracker_entry_day = models.PositiveIntegerField(null=True, blank=True)
    occasion = models.PositiveIntegerField(null=True, blank=True)
    base_cents = models.BigIntegerField(null=True, blank=True)
    cashback_type = models.CharField(max_length=20, choices=CashbackType, blank=True, default="")
    cashback_value = models.DecimalField(max_digits=15, decimal_places=4, null=True, blank=True)
    reverses = models.OneToOneField("self", on_delete=models.PROTECT, null=True, blank=True, related_name="reversal")
    notes = models.TextField(blank=True, default="")
    user_notes = models.TextField(blank=True, default="")
    created_by_user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+", db_index=False
    )
    created_at = models.DateTimeField()

    objects = CashbackTransactionQuerySet.as_manager()
    is_append_only = True

    class Meta:
        db_table = "cashback_transaction"
        ordering = ["-created_at", "-id"]
        constraints = [
            models.CheckConstraint(condition=Q(points_cents__gt=0), name="cashback_points_are_positive"),
            models.CheckConstraint(
                condition=Q(from_user__isnull=True) & ~Q(from_account="") | Q(from_user__isnull=False, from_account=""),
                name="cashback_comes_from_one_account",
            ),
            models.CheckConstraint(
                condition=Q(to_user__isnull=True) & ~Q(to_account="") | Q(to_user__isnull=False, to_account=""),
                name="cashback_goes_to_one_account",
            ),
            models.CheckConstraint(
                condition=Q(from_user__isnull=True) | Q(to_user__isnull=True) | ~Q(from_user=F("to_user")),
                name="cashback_goes_to_another_person",
            ),
            models.CheckConstraint(
                condition=Q(transaction_type="reversal", reverses__isnull=False)
                | ~Q(transaction_type="reversal") & Q(reverses__isnull=True),
                name="cashback_reversal_names_its_row",
            ),
            models.CheckConstraint(
                condition=Q(transaction_type__in=["loan_interest_auto", "loan_interest_manual"])
                & Q(related_payment__isnull=False, related_loan__isnull=False, occasion__isnull=False)
                | Q(transaction_type="tracker_entry")
                & Q(related_tracker__isnull=False, related_tracker_entry_day__isnull=False, occasion__isnull=False)
                | ~Q(transaction_type__in=["loan_interest_auto", "loan_interest_manual", "tracker_entry"])
                & Q(occasion__isnull=True),
                name="cashback_earned_names_its_occasion",
            ),
            models.UniqueConstraint(
                fields=["related_payment", "to_user", "occasion"],
                condition=Q(occasion__isnull=False),
                name="cashback_on_a_payment_is_earned_once",
            ),
            models.UniqueConstraint(
                fields=["related_tracker", "related_tracker_entry_day", "to_user", "occasion"],
                condition=Q(occasion__isnull=False),
                name="cashback_on_a_day_is_earned_once",
            ),
        ]
        indexes = [
            models.Index(fields=["tenant", "-created_at", "-id"], name="cashback_newest_first"),
            models.Index(fields=["to_user", "-created_at", "-id"], name="cashback_to_a_person"),
            models.Index(fields=["from_user", "-created_at", "-id"], name="cashback_from_a_person"),
        ]

    def __str__(self) -> str:
        return f"{self.get_transaction_type_display()} {in_points(self.points_cents)}"
