"""Cashback policy: what a business allows its people to do with points."""

from django.db import models
from django.db.models import Q

from accounts.history import History
from accounts.models import TenantOwned


class CashbackPolicy(TenantOwned):
    """How many transfers and points may a person send a day, and what is the least that is paid out?

    One row for each business that changed something; without it the defaults hold. *Money*: `transfer_points_a_day_cents` none is
    unlimited; `redemption_minima` are cents by kind of payout; a gift card is a multiple of `gift_card_step_cents`.
    Written by `cashback.services`.
    """

    transfers_a_day = models.PositiveIntegerField(default=10)
    transfer_points_a_day_cents = models.BigIntegerField(null=True, blank=True)
    gift_card_step_cents = models.BigIntegerField(default=50_000)
    redemption_minima = models.JSONField(default=dict, blank=True)

    history = History()

    class Meta:
        db_table = "cashback_policies"
        constraints = [
            models.UniqueConstraint(fields=["tenant"], name="cashback_policy_is_one_for_a_tenant"),
            models.CheckConstraint(
                condition=Q(gift_card_step_cents__gt=0)
                & (Q(transfer_points_a_day_cents__isnull=True) | Q(transfer_points_a_day_cents__gte=0)),
                name="cashback_policy_is_not_negative",
            ),
        ]

    def __str__(self) -> str:
        return f"Cashback policy of {self.tenant}"
