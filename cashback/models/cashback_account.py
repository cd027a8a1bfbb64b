"""Cashback accounts: how many points each person and the house have, as a running total over the ledger."""

from typing import Any, Self

from django.conf import settings
from django.db import models
from django.db.models import Q

from accounts.models import TenantOwned, TenantQuerySet
from accounts.roles import OFFICE
from cashback.models.cashback_transaction import SystemAccount


class CashbackAccountQuerySet(TenantQuerySet):
    """Accounts, chained like a sentence."""

    def visible_to_role(self, user: Any) -> Self:
        """The office sees all accounts of its business; everybody else their own."""
        return self if user.role in OFFICE else self.filter(user=user)

    def of_people(self) -> Self:
        """Accounts of people, without those of the house."""
        return self.filter(user__isnull=False)


class CashbackAccount(TenantOwned):
    """How many points does this person have, or owe?

    *Money*: `balance_cents` - `debt_cents` is what came in less what went out, and all accounts of a business add up to zero.
    A person's balance is never below 0: what was taken back after it had been spent is their `debt_cents`, which the next points
    repay. The house's accounts (`kind`) may be below 0 and have no debt. A running total over `cashback_transaction`, kept under
    the row's lock by `cashback.services.ledger` and proven by `check_books`; its history is the ledger itself.
    """

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+", db_index=False
    )
    kind = models.CharField(max_length=10, choices=SystemAccount, blank=True, default="")
    balance_cents = models.BigIntegerField(default=0)
    debt_cents = models.BigIntegerField(default=0)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = CashbackAccountQuerySet.as_manager()
    is_running_total = True

    class Meta:
        db_table = "cashback_accounts"
        ordering = ["-balance_cents", "-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["tenant", "user"], condition=Q(user__isnull=False), name="cashback_account_of_a_person_is_one"
            ),
            models.UniqueConstraint(
                fields=["tenant", "kind"], condition=Q(user__isnull=True), name="cashback_account_of_the_house_is_one"
            ),
            models.CheckConstraint(
                condition=Q(user__isnull=False, kind="") | Q(user__isnull=True) & ~Q(kind=""),
                name="cashback_account_has_one_owner",
            ),
            models.CheckConstraint(
                condition=Q(user__isnull=True, debt_cents=0)
                | Q(user__isnull=False, balance_cents__gte=0, debt_cents=0)
                | Q(user__isnull=False, balance_cents=0, debt_cents__gt=0),
                name="cashback_account_of_a_person_is_not_negative",
            ),
        ]
        indexes = [
            models.Index(fields=["tenant", "-balance_cents", "-id"], name="cashback_richest_first"),
            models.Index(fields=["user"], name="cashback_account_of_a_person"),
        ]

    def __str__(self) -> str:
        return str(self.user) if self.user_id else self.get_kind_display()

    @property
    def net_cents(self) -> int:
        """What came in less what went out: the balance, or the debt below zero."""
        return self.balance_cents - self.debt_cents
