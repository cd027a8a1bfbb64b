"""Earning: what a verified payment and an approved day give, once each time, and how it is taken back.

    A payment with 40.00 of interest is verified; Asha earns 5 %, Ravi a fixed 1.50:     Asha 2.00, Ravi 1.50
    It is changed to 20.00 of interest, so it waits again:                               -2.00, -1.50, linked
    It is verified anew, its second occasion:                                            Asha 1.00, Ravi 1.50

What counts is what is configured at the moment of the decision; each row keeps its rule and its base, so nothing that is
configured later changes it. The caller holds the payment or the day locked and has counted the occasion; this locks accounts.
"""

import logging
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from accounts.errors import Conflict, NotAllowed, RuleBroken
from accounts.models import User
from cashback.models import CashbackTransaction, LoanPayment, SystemAccount, TrackerEntry
from cashback.selectors.earning import (
    Earning,
    Occasion,
    earned_on,
    earnings_by_configs,
    occasion_of_entry,
    occasion_of_payment,
    standing_on,
)
from cashback.services.ledger import Party, check_points, hold_accounts

# Who earned it need not be who paid: the reason in the office's words is not theirs to read.
WHY_TAKEN_BACK = "What earned these points no longer counts."

log = logging.getLogger("roundsman.cashback")

Rows = list[CashbackTransaction]
ByHand = Iterable[tuple[User, int]] | None


class AlreadyEarned(Conflict):
    """An occasion earns once."""

    code = "already_earned"


class EarnsByOwnHand(NotAllowed):
    """Nobody gives points to themselves without two others behind it."""

    code = "earns_by_own_hand"


class CannotEarn(RuleBroken):
    """These rows by hand cannot be booked."""

    code = "cannot_earn"


def earn_on_payment(*, payment: LoanPayment, actor: User | None, now: datetime, by_hand: ByHand = None) -> Rows:
    """Book what a payment earns as it is verified: by its loan's configurations, or exactly the rows `by_hand` ([]: nothing).

    *Money*: shares are of the interest, never of the principal. *Raises* AlreadyEarned, EarnsByOwnHand, CannotEarn, NotPoints.
    """
    return _earn(occasion_of_payment(payment), actor=actor, now=now, by_hand=by_hand)


def earn_on_entry(*, entry: TrackerEntry, actor: User | None, now: datetime, by_hand: ByHand = None) -> Rows:
    """Book what a day earns as it is approved: by its tracker's configurations, or exactly the rows `by_hand` ([]: nothing).

    *Money*: shares are of what was paid that day; a fixed number is earned on a day over nothing too, but not on "no payment
    today". *Raises* AlreadyEarned, EarnsByOwnHand, CannotEarn, NotPoints.
    """
    return _earn(occasion_of_entry(entry), actor=actor, now=now, by_hand=by_hand)


def take_back_on_payment(*, payment: LoanPayment, actor: User | None, now: datetime, reason: str) -> Rows:
    """Take back whatever a payment earned, as it stops counting; what was spent becomes a debt. Returns the reversing rows."""
    return _take_back(occasion_of_payment(payment), actor=actor, now=now, reason=reason)


def take_back_on_entry(*, entry: TrackerEntry, actor: User | None, now: datetime, reason: str) -> Rows:
    """Take back whatever a day earned, as it stops counting; what was spent becomes a debt. Returns the reversing rows."""
    return _take_back(occasion_of_entry(entry), actor=actor, now=now, reason=reason)


def _earn(occasion: Occasion, *, actor: User | None, now: datetime, by_hand: ByHand) -> Rows:
    if occasion.number < 1 or earned_on(occasion).filter(occasion=occasion.number).exists():
        raise AlreadyEarned(
            f"{occasion.what}, decision {occasion.number}: it earns once each time it is decided anew. Look at the ledger."
        )
    earnings = _by_configs(occasion, actor) if by_hand is None else _by_hand(occasion, actor, by_hand)
    if not earnings:
        return []
    held = hold_accounts(tenant=occasion.tenant, parties=_parties(earning.user for earning in earnings))
    return [
        held.move(
            sender=SystemAccount.ISSUANCE,
            receiver=earning.user,
            points_cents=earning.points_cents,
            transaction_type=occasion.by_config if earning.cashback_type else occasion.by_hand,
            actor=actor,
            now=now,
            occasion=occasion.number,
            base_cents=occasion.base_cents,
            cashback_type=earning.cashback_type,
            cashback_value=earning.cashback_value,
            **occasion.links,
        )
        for earning in earnings
    ]


def _take_back(occasion: Occasion, *, actor: User | None, now: datetime, reason: str) -> Rows:
    standing = list(standing_on(occasion))
    if not standing:
        return []
    held = hold_accounts(tenant=occasion.tenant, parties=_parties(row.to_user for row in standing))
    said = {"notes": reason, "user_notes": WHY_TAKEN_BACK}
    return [held.reverse(row, actor=actor, now=now, **said) for row in standing]


def _parties(people: Iterable[User | None]) -> list[Party]:
    """These people and the account that all that is earned comes from."""
    return [SystemAccount.ISSUANCE, *(person for person in people if person is not None)]


def _by_configs(occasion: Occasion, actor: User | None) -> list[Earning]:
    """What the configurations give; who is no longer active gets nothing, and that is said."""
    earnings, skipped = earnings_by_configs(occasion)
    for earning in earnings:
        _check_others_are_behind_it(earning, occasion, actor)
    for person in skipped:
        links = {name: str(value) for name, value in occasion.links.items()}
        log.warning("inactive_beneficiary_earned_nothing", extra={"user_id": str(person.pk), **links})
    return earnings


def _check_others_are_behind_it(earning: Earning, occasion: Occasion, actor: User | None) -> None:
    """Who decides may earn by it only if a second person submitted it and a second person configured it."""
    if actor is None or earning.user.pk != actor.pk:
        return
    if {occasion.submitted_by_id, earning.configured_by_id} & {None, actor.pk}:
        raise EarnsByOwnHand(
            f"{occasion.what} would give points to {actor}, who decides on it, and not two others stand behind that: one who "
            "submitted it and one who configured the cashback. Let a colleague decide, or decide without cashback."
        )


def _by_hand(occasion: Occasion, actor: User | None, rows: Iterable[Any]) -> list[Earning]:
    """Exactly these rows, each to an active person of the business, nobody twice and nobody to themselves."""
    earnings: list[Earning] = []
    for user, points_cents in rows:
        check_points(points_cents)
        if actor is not None and user.pk == actor.pk:
            raise EarnsByOwnHand(f"{occasion.what}: {actor} cannot give points to themselves. Let a colleague decide.")
        _check_can_earn(occasion, user, [earning.user.pk for earning in earnings])
        earnings.append(Earning(user, points_cents))
    return earnings


def _check_can_earn(occasion: Occasion, user: User, earlier: list[Any]) -> None:
    if user.tenant_id != occasion.tenant.pk:
        why = "is not a person of this business"
    elif not user.is_active:
        why = "is no longer active"
    elif user.pk in earlier:
        why = "stands there twice"
    else:
        return
    raise CannotEarn(
        f"{occasion.what}: {user if user.tenant_id == occasion.tenant.pk else user.pk} {why}. Correct the rows of cashback.",
        fields={"cashback": [f"{user.pk} {why}."]},
    )
