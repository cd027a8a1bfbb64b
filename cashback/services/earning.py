"""Earning: what a verified payment and an approved day give, once each time, and how it is taken back.

    A payment with 40.00 of interest is verified; Asha earns 5 %, Ravi a fixed 1.50:     Asha 2.00, Ravi 1.50
    It is changed to 20.00 of interest, so it waits again:                               -2.00, -1.50, linked
    It is verified anew, its second occasion:                                            Asha 1.00, Ravi 1.50

What counts is what is configured at the moment of the decision; each row keeps its rule and its base, so nothing that is
configured later changes it. The caller holds the payment or the day locked and has counted the occasion; this locks accounts.
"""

import logging
from collections.abc import Iterable, Sequence
from datetime import datetime
from uuid import UUID

from accounts.errors import Conflict, NotAllowed, RuleBroken
from accounts.models import User
from accounts.roles import ADMINS
from billing.services.checks import ReasonMissing
from cashback.models import CashbackTransaction, LoanPayment, SystemAccount, TrackerEntry
from cashback.rules.points import in_points
from cashback.selectors.earning import (
    Earning,
    Occasion,
    earned_on,
    earnings_by_configs,
    occasion_of_entry,
    occasion_of_payment,
    standing_on,
)
from cashback.services.assignments import may_configure
from cashback.services.ledger import Party, check_points, hold_accounts
from cashback.services.texts import check_text

# Who earned it need not be who paid: the reason in the office's words is not theirs to read.
WHY_TAKEN_BACK = "What earned these points no longer counts."

log = logging.getLogger("roundsman.cashback")

Rows = list[CashbackTransaction]
ByHand = Sequence[tuple[User, int]] | None


class AlreadyEarned(Conflict):
    """An occasion earns once."""

    code = "already_earned"


class EarnsByOwnHand(NotAllowed):
    """Nobody gives points to themselves without two others behind it."""

    code = "earns_by_own_hand"


class NotYoursToGive(NotAllowed):
    """Points by hand are given by administrators, and up to the base by who may configure the loan or the tracker."""

    code = "not_yours_to_give"


class CannotEarn(RuleBroken):
    """These rows by hand cannot be booked."""

    code = "cannot_earn"


def earn_on_payment(
    *, payment: LoanPayment, actor: User | None, now: datetime, by_hand: ByHand = None, reason: str = ""
) -> Rows:
    """Book what a payment earns as it is verified: by its loan's configurations, or exactly the rows `by_hand` ([]: nothing).

    Rows by hand need a `reason`, which the office reads beside them. *Money*: shares are of the interest, never of the principal.
    *Raises* AlreadyEarned, EarnsByOwnHand, NotYoursToGive, ReasonMissing, NotPlainText, CannotEarn, NotPoints.
    """
    return _earn(occasion_of_payment(payment), actor=actor, now=now, by_hand=by_hand, reason=reason)


def earn_on_entry(
    *, entry: TrackerEntry, actor: User | None, now: datetime, by_hand: ByHand = None, reason: str = ""
) -> Rows:
    """Book what a day earns as it is approved: by its tracker's configurations, or exactly the rows `by_hand` ([]: nothing).

    *Money*: shares are of what was paid that day; a fixed number is earned on a day over nothing too, but not on "no payment
    today". *Raises*, `reason`: as `earn_on_payment`.
    """
    return _earn(occasion_of_entry(entry), actor=actor, now=now, by_hand=by_hand, reason=reason)


def take_back_on_payments(*, payments: Sequence[LoanPayment], actor: User | None, now: datetime, reason: str) -> Rows:
    """Take back whatever payments of one loan earned, as they stop counting together: everybody's account is held at once.

    What was spent becomes a debt. Returns the reversing rows.
    """
    return _take_back([occasion_of_payment(payment) for payment in payments], actor=actor, now=now, reason=reason)


def take_back_on_entry(*, entry: TrackerEntry, actor: User | None, now: datetime, reason: str) -> Rows:
    """Take back whatever a day earned, as it stops counting; what was spent becomes a debt. Returns the reversing rows."""
    return _take_back([occasion_of_entry(entry)], actor=actor, now=now, reason=reason)


def _earn(occasion: Occasion, *, actor: User | None, now: datetime, by_hand: ByHand, reason: str) -> Rows:
    if occasion.number < 1 or earned_on(occasion).filter(occasion=occasion.number).exists():
        raise AlreadyEarned(
            f"{occasion.what}, decision {occasion.number}: it earns once each time it is decided anew. Look at the ledger."
        )
    why = _check_why(by_hand, reason)
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
            notes=why,
            **occasion.links,
        )
        for earning in earnings
    ]


def _take_back(occasions: Sequence[Occasion], *, actor: User | None, now: datetime, reason: str) -> Rows:
    standing = [row for occasion in occasions for row in standing_on(occasion)]
    if not standing:
        return []
    held = hold_accounts(tenant=occasions[0].tenant, parties=_parties(row.to_user for row in standing))
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


def _check_why(by_hand: ByHand, reason: str) -> str:
    """The reason of rows by hand; where there are none, nobody reads one. *Raises* ReasonMissing, NotPlainText, CannotEarn."""
    if by_hand is not None and not isinstance(by_hand, Sequence):
        raise TypeError("Rows of cashback by hand must be a list: an iterator is empty when the work is tried again.")
    why = check_text(reason, name="cashback_reason")
    if by_hand and not why:
        raise ReasonMissing(
            "Cashback by hand needs a reason: who reads the books later must understand it. Write one.",
            fields={"cashback_reason": ["Write a reason."]},
        )
    if why and not by_hand:
        raise CannotEarn(
            "A reason belongs to rows of cashback by hand, and there are none. Give rows, or no reason.",
            fields={"cashback_reason": ["Leave it out: there are no rows by hand."]},
        )
    return why


def _by_hand(occasion: Occasion, actor: User | None, rows: Sequence[tuple[User, int]]) -> list[Earning]:
    """Exactly these rows, each to an active person of the business, nobody twice and nobody to themselves."""
    earnings: list[Earning] = []
    for user, points_cents in rows:
        check_points(points_cents)
        if actor is not None and user.pk == actor.pk:
            raise EarnsByOwnHand(f"{occasion.what}: {actor} cannot give points to themselves. Let a colleague decide.")
        _check_can_earn(occasion, user, [earning.user.pk for earning in earnings])
        earnings.append(Earning(user, points_cents))
    if earnings:
        _check_may_give(occasion, actor, sum(earning.points_cents for earning in earnings))
    return earnings


def _check_may_give(occasion: Occasion, actor: User | None, points_cents: int) -> None:
    """An administrator may, as they grant points; who may configure it may give what is there, as a rule of theirs would."""
    if actor is None or actor.is_superuser or actor.role in ADMINS:
        return
    if not may_configure(actor, occasion.of):
        raise NotYoursToGive(
            f"{occasion.what}: {actor} may not give points by hand: an administrator may, or who is assigned to it. Decide "
            "by the configurations or without cashback, or ask one of them."
        )
    if points_cents > occasion.base_cents:
        raise NotYoursToGive(
            f"{occasion.what}: {in_points(points_cents)} points by hand are more than the {in_points(occasion.base_cents)} that "
            "it is reckoned on. Give less, or ask an administrator.",
            fields={"cashback": [f"At most {occasion.base_cents} together."]},
        )


def _check_can_earn(occasion: Occasion, user: User, earlier: list[UUID]) -> None:
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
