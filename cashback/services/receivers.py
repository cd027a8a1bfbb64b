"""Who gets a transfer: found by e-mail or id, without telling a stranger who else is there.

Somebody who is not there, no longer active, or of another business is answered in the very same words. Guessing costs: after
`MISSES_AN_HOUR` of them nobody is looked up for a while, and who could not send the points anyhow is told so first.
"""

from datetime import datetime, timedelta
from typing import Any, Final

from accounts.errors import NotFound, RuleBroken
from accounts.models import RefusedWrite, User
from accounts.unit_of_work import unit_of_work
from cashback.models import CashbackAccount
from cashback.rules.points import in_points
from cashback.services.ledger import BalanceTooLow, check_points

MISSES_AN_HOUR: Final = 20


class UnknownReceiver(NotFound):
    """Nobody to whom this person could send points bears this name."""

    code = "unknown_receiver"


class TooManyUnknownReceivers(RuleBroken):
    """Somebody named receivers who are not there, again and again."""

    code = "too_many_unknown_receivers"


@unit_of_work
def find_receiver(
    *, actor: User, points_cents: int, now: datetime, email: str | None = None, receiver_id: Any = None
) -> User:
    """Find the active person of the sender's business who shall get points.

    *Raises* NotPoints, BalanceTooLow, TooManyUnknownReceivers, UnknownReceiver.
    """
    check_points(points_cents)
    _check_can_send(actor, points_cents)
    _check_may_guess(actor, now)
    people = User.objects.filter(tenant=actor.tenant, is_active=True)
    known = people.filter(pk=receiver_id) if receiver_id else people.filter(email=(email or "").strip().lower())
    receiver = known.first()
    if receiver is None:
        named = "receiver_id" if receiver_id else "receiver"
        raise UnknownReceiver(
            "There is nobody of this name to whom you could send points. Look at the name again.",
            fields={named: ["There is no such person."]},
        )
    return receiver


def _check_can_send(actor: User, points_cents: int) -> None:
    account = CashbackAccount.objects.filter(tenant=actor.tenant, user=actor).first()
    balance_cents = account.balance_cents if account else 0
    if balance_cents < points_cents:
        raise BalanceTooLow(
            f"You have {in_points(balance_cents)} points, not {in_points(points_cents)}. Give less.",
            fields={"points_cents": [f"At most {balance_cents}."]},
        )


def _check_may_guess(actor: User, now: datetime) -> None:
    misses = RefusedWrite.objects.filter(
        actor_id=actor.pk, code=UnknownReceiver.code, created_at__gt=now - timedelta(hours=1)
    )
    if misses.count() >= MISSES_AN_HOUR:
        raise TooManyUnknownReceivers(
            f"You named {MISSES_AN_HOUR} receivers within an hour who are not there. Wait an hour, or ask for the right name."
        )
