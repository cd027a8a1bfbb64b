"""Configurations: who earns how much on a loan's interest, or on what is paid into a tracker.

    Loan L-1: Asha 60 %, Ravi 30 %, Mina a fixed 1.50.     Another share may be 10 % at most.

Shares together give away the base once at most; a fixed number is no share of it. Each set and each end locks the loan or the
tracker first, so that two people who add the last 10 % at once do not both succeed. A rule is never changed: it is ended, and a
new one begins; what was earned by it keeps it.
"""

from decimal import Decimal
from typing import Any, TypeVar

from accounts.errors import Conflict, NotAllowed, RuleBroken
from accounts.locks import locked
from accounts.models import User
from accounts.unit_of_work import unit_of_work
from cashback.models import CashbackType, DailyTracker, Loan, LoanCashbackConfig, TrackerCashbackConfig
from cashback.rules.earning import read_share, room_for_shares
from cashback.services.assignments import check_may_configure
from cashback.services.ledger import check_currency, check_points

Config = LoanCashbackConfig | TrackerCashbackConfig
SomeConfig = TypeVar("SomeConfig", LoanCashbackConfig, TrackerCashbackConfig)


class NotACashbackRule(RuleBroken):
    """This says neither a share of the base nor a fixed number of points."""

    code = "not_a_cashback_rule"


class ConfiguresThemself(NotAllowed):
    """Nobody sets cashback for themselves."""

    code = "configures_themself"


class CannotBeBeneficiary(RuleBroken):
    """This person cannot earn in this business."""

    code = "cannot_be_beneficiary"


class AlreadyConfigured(Conflict):
    """A person has one active rule on a loan or a tracker."""

    code = "already_configured"


class SharesOverWhole(RuleBroken):
    """All shares together would give away more than there is."""

    code = "shares_over_whole"


class NothingMoreIsEarned(Conflict):
    """The loan or the tracker is over."""

    code = "nothing_more_is_earned"


class AlreadyEnded(Conflict):
    """The rule was ended before."""

    code = "already_ended"


@unit_of_work
def set_loan_cashback(
    *,
    actor: User | None,
    loan: Loan,
    user: User,
    cashback_type: str,
    cashback_value: Decimal | str | None = None,
    points_cents: int | None = None,
) -> LoanCashbackConfig:
    """Let a person earn on each payment of this loan that is verified from now on: a share of its interest, or fixed points.

    *Money*: `cashback_value` is a fraction, 0.05 is 5 %. *Raises* ConfiguresThemself, CannotBeBeneficiary, NotACashbackRule,
    NotPoints, NoPointsInThisCurrency, AlreadyConfigured, SharesOverWhole, NothingMoreIsEarned.
    """
    check_may_configure(actor, loan)
    loan = locked(Loan.objects.filter(pk=loan.pk)).get()
    _check_not_over(loan.status == Loan.Status.ACTIVE, f"Loan {loan} is {loan.get_status_display().lower()}")
    config = LoanCashbackConfig(tenant_id=loan.tenant_id, loan=loan, user=user, created_by=actor)
    return _begin(config, loan.cashback_configs, cashback_type, cashback_value, points_cents)


@unit_of_work
def set_tracker_cashback(
    *,
    actor: User | None,
    tracker: DailyTracker,
    user: User,
    cashback_type: str,
    cashback_value: Decimal | str | None = None,
    points_cents: int | None = None,
) -> TrackerCashbackConfig:
    """Let a person earn on each day of this tracker that is approved from now on: a share of the payment, or fixed points.

    *Money*, *Raises*: as `set_loan_cashback`.
    """
    check_may_configure(actor, tracker)
    tracker = locked(DailyTracker.objects.filter(pk=tracker.pk)).get()
    _check_not_over(tracker.is_active, f"Tracker {tracker} is closed")
    config = TrackerCashbackConfig(tenant_id=tracker.tenant_id, tracker=tracker, user=user, created_by=actor)
    return _begin(config, tracker.cashback_configs, cashback_type, cashback_value, points_cents)


@unit_of_work
def end_loan_cashback(*, actor: User | None, config: LoanCashbackConfig) -> LoanCashbackConfig:
    """Let a rule earn no more; its row stays, and so does what it earned. One's own may be ended. *Raises* AlreadyEnded."""
    check_may_configure(actor, config.loan)
    locked(Loan.objects.filter(pk=config.loan_id)).get()
    return _end(locked(LoanCashbackConfig.objects.filter(pk=config.pk)).get())


@unit_of_work
def end_tracker_cashback(*, actor: User | None, config: TrackerCashbackConfig) -> TrackerCashbackConfig:
    """Let a rule earn no more; its row stays, and so does what it earned. One's own may be ended. *Raises* AlreadyEnded."""
    check_may_configure(actor, config.tracker)
    locked(DailyTracker.objects.filter(pk=config.tracker_id)).get()
    return _end(locked(TrackerCashbackConfig.objects.filter(pk=config.pk)).get())


def _begin(config: SomeConfig, others: Any, cashback_type: Any, cashback_value: Any, points_cents: Any) -> SomeConfig:
    """Write a checked rule beside the other rules of its loan or tracker, which is locked."""
    check_currency(config.tenant)
    _check_beneficiary(config)
    _read_rule(config, cashback_type, cashback_value, points_cents)
    active = others.filter(is_active=True)
    if active.filter(user=config.user_id).exists():
        raise AlreadyConfigured(
            f"{config.user} earns here already. End that rule first, then set the new one.",
            fields={"user": ["Earns here already."]},
        )
    _check_room(config, active)
    config.save()
    return config


def _end(config: SomeConfig) -> SomeConfig:
    if not config.is_active:
        raise AlreadyEnded(f"The cashback of {config.user} was ended before. Look at the history for who did it.")
    config.is_active = False
    config.save()
    return config


def _check_not_over(goes_on: bool, what: str) -> None:
    if not goes_on:
        raise NothingMoreIsEarned(f"{what}: cashback is set only while it goes on.")


def _check_beneficiary(config: Config) -> None:
    """Anybody of the business may earn, whatever their role; nobody sets it for themselves."""
    user = config.user
    if config.created_by_id is not None and config.created_by_id == user.pk:
        raise ConfiguresThemself(
            "Nobody sets cashback for themselves. Ask a colleague who looks after it, or an administrator."
        )
    if user.tenant_id != config.tenant_id or not user.is_active:
        why = "is no longer active" if user.tenant_id == config.tenant_id else "is not a person of this business"
        raise CannotBeBeneficiary(
            f"{user.pk} {why}. Choose an active person of the business.", fields={"user": [f"This person {why}."]}
        )


def _read_rule(config: Config, cashback_type: Any, cashback_value: Any, points_cents: Any) -> None:
    if cashback_type not in CashbackType.values:
        _refuse_rule("cashback_type", cashback_type, "percentage or fixed")
    if cashback_type == CashbackType.PERCENTAGE:
        if points_cents is not None:
            _refuse_rule("points_cents", points_cents, "nothing beside a percentage")
        config.cashback_value = read_share(cashback_value)
        if config.cashback_value is None:
            _refuse_rule(
                "cashback_value", cashback_value, "a fraction above 0 and at most 1, with at most four decimals"
            )
    else:
        if cashback_value is not None:
            _refuse_rule("cashback_value", cashback_value, "nothing beside fixed points")
        check_points(points_cents)
        config.points_cents = points_cents
    config.cashback_type = cashback_type


def _check_room(config: Config, active: Any) -> None:
    """Ended rules give nothing away; those of inactive people would again once they are back, so they count."""
    if config.cashback_value is None:
        return
    shares = active.filter(cashback_type=CashbackType.PERCENTAGE).values_list("cashback_value", flat=True)
    room = room_for_shares(shares)
    if config.cashback_value > room:
        raise SharesOverWhole(
            f"All shares together would be {1 - room + config.cashback_value:f}, more than 1. At most {room:f} is left: give "
            "less, or end another rule first.",
            fields={"cashback_value": [f"At most {room:f}."]},
        )


def _refuse_rule(name: str, value: Any, says: str) -> None:
    raise NotACashbackRule(f"{name} is {value!r}: it must be {says}.", fields={name: [f"Must be {says}."]})
