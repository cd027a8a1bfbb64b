"""What a payment or a day will earn, and what it has earned: asked before a person decides, and again when they do."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db.models import QuerySet

from accounts.models import Tenant, User
from cashback.models import CashbackTransaction, DailyTracker, Loan, LoanPayment, TrackerEntry
from cashback.models.cashback_config import CashbackConfig
from cashback.rules.earning import PERCENTAGE, points_earned, points_of_shares

Type = CashbackTransaction.Type


@dataclass(frozen=True, slots=True)
class Occasion:
    """One verification of a payment, or one approval of a day: what earns once. `number` says the how-manieth it is.

    *Money*: `base_cents` is the interest of the payment, or what was paid into the tracker that day.
    """

    what: str
    of: Loan | DailyTracker
    tenant: Tenant
    number: int
    base_cents: int
    submitted_by_id: UUID | None
    configs: Iterable[Any]
    by_config: str
    by_hand: str
    links: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Earning:
    """What one person earns on an occasion, and by which rule; without a rule it was written by hand."""

    user: User
    points_cents: int
    cashback_type: str = ""
    cashback_value: Decimal | None = None
    configured_by_id: UUID | None = None


def occasion_of_payment(payment: LoanPayment) -> Occasion:
    """Describe the last verification of a payment, with the configurations of its loan that hold now."""
    return Occasion(
        what=f"Loan payment {payment.pk}",
        of=payment.loan,
        tenant=payment.tenant,
        number=payment.verifications,
        base_cents=payment.interest_cents,
        submitted_by_id=payment.submitted_by_id,
        configs=payment.loan.cashback_configs.filter(is_active=True).select_related("user"),
        by_config=Type.LOAN_INTEREST_AUTO,
        by_hand=Type.LOAN_INTEREST_MANUAL,
        links={"related_loan_id": payment.loan_id, "related_payment_id": payment.pk},
    )


def occasion_of_entry(entry: TrackerEntry) -> Occasion:
    """Describe the last approval of a day; a day that says "no payment today" earns by no configuration."""
    configs = entry.tracker.cashback_configs.filter(is_active=True).select_related("user")
    return Occasion(
        what=f"Day {entry.day} of tracker {entry.tracker}",
        of=entry.tracker,
        tenant=entry.tenant,
        number=entry.approvals,
        base_cents=entry.payment_cents,
        submitted_by_id=entry.submitted_by_user_id,
        configs=[] if says_no_payment(entry) else configs,
        by_config=Type.TRACKER_ENTRY,
        by_hand=Type.TRACKER_ENTRY,
        links={"related_tracker_id": entry.tracker_id, "related_tracker_entry_day": entry.day},
    )


def says_no_payment(entry: TrackerEntry) -> bool:
    """Whether somebody said that nothing is paid that day, rather than entering a day over nothing."""
    return entry.entry_data.get("no_payment") is True


def earnings_by_configs(occasion: Occasion) -> tuple[list[Earning], list[User]]:
    """Tell what the configurations give on this occasion, and who gets nothing because they are no longer active."""
    configs = sorted(occasion.configs, key=lambda config: (config.created_at, config.pk))
    earnings = [_by_config(config, occasion.base_cents) for config in configs]
    earnings = [earning for earning in earnings if earning.points_cents]
    skipped = [earning.user for earning in earnings if not earning.user.is_active]
    return _within(occasion.base_cents, [earning for earning in earnings if earning.user.is_active]), skipped


def earned_on(occasion: Occasion) -> QuerySet[CashbackTransaction]:
    """Rows that this payment or day ever earned, taken back or not."""
    rows = CashbackTransaction.objects.filter(tenant=occasion.tenant, occasion__isnull=False, **occasion.links)
    return rows.select_related("to_user").order_by("created_at", "pk")


def standing_on(occasion: Occasion) -> QuerySet[CashbackTransaction]:
    """Rows that this payment or day earned and that nobody took back."""
    return earned_on(occasion).filter(reversal__isnull=True)


def _by_config(config: CashbackConfig, base_cents: int) -> Earning:
    rule = (config.cashback_type, config.cashback_value, config.points_cents)
    points_cents = points_earned(base_cents, *rule)
    return Earning(config.user, points_cents, config.cashback_type, config.cashback_value, config.created_by_id)


def _within(base_cents: int, earnings: list[Earning]) -> list[Earning]:
    """The same, but for a cent of some shares where all together would give more than there is."""
    shares = [earning for earning in earnings if earning.cashback_type == PERCENTAGE]
    together = points_of_shares(base_cents, [earning.cashback_value or Decimal(0) for earning in shares])
    points = {earning.user.pk: cents for earning, cents in zip(shares, together, strict=True)}
    given = [replace(earning, points_cents=points.get(earning.user.pk, earning.points_cents)) for earning in earnings]
    return [earning for earning in given if earning.points_cents]
