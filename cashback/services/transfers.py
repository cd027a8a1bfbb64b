"""Transfers: a person sends points to another person of their business, as many and as often a day as the business allows."""

from datetime import datetime

from django.db.models import Count, Sum

from accounts.errors import RuleBroken
from accounts.models import Tenant, User
from accounts.unit_of_work import unit_of_work
from billing.rules.period import Period, between
from cashback.models import CashbackTransaction
from cashback.rules.points import in_points
from cashback.services.ledger import Type, check_belongs, check_points, hold_accounts
from cashback.services.members import member_of
from cashback.services.policies import policy_of
from cashback.services.texts import check_text


class CannotTransfer(RuleBroken):
    """Points go to another person who is still active."""

    code = "cannot_transfer"


class TransferLimitReached(RuleBroken):
    """The business allows no more transfers, or no more points, on this day."""

    code = "transfer_limit_reached"


@unit_of_work
def transfer_points(
    *, actor: User, receiver: User, points_cents: int, now: datetime, user_notes: str = ""
) -> CashbackTransaction:
    """Send points of the actor to another person of the same business; both read the note.

    The limits of the day are counted while the sender's account is locked, so two transfers at once cannot both be the tenth.
    *Raises* NotAMember, NotPoints, NotPlainText, NoSuchPerson, CannotTransfer, TransferLimitReached, BalanceTooLow.
    """
    tenant = member_of(actor)
    check_points(points_cents)
    user_notes = check_text(user_notes, name="user_notes")
    check_belongs(receiver, tenant)
    _check_receiver(actor, receiver)
    held = hold_accounts(tenant=tenant, parties=[actor, receiver])
    _check_limits(tenant, actor, points_cents, now)
    return held.move(
        sender=actor,
        receiver=receiver,
        points_cents=points_cents,
        transaction_type=Type.TRANSFER,
        actor=actor,
        now=now,
        user_notes=user_notes,
    )


def _check_receiver(actor: User, receiver: User) -> None:
    if receiver.pk == actor.pk:
        raise CannotTransfer("You would send points to yourself. Choose another person.", fields=_of("receiver"))
    if not receiver.is_active:
        raise CannotTransfer(f"{receiver} is no longer active. Choose somebody who is.", fields=_of("receiver"))


def _check_limits(tenant: Tenant, sender: User, points_cents: int, now: datetime) -> None:
    """What was sent on this day of the business counts, also if the office took it back later."""
    policy = policy_of(tenant)
    today = tenant.day_of(now)
    of_today = between("created_at", *Period(today, today).moments(tenant.zone))
    rows = CashbackTransaction.objects.filter(tenant=tenant, from_user=sender, transaction_type=Type.TRANSFER)
    sent = rows.filter(**of_today).aggregate(times=Count("pk"), cents=Sum("points_cents"))
    if sent["times"] >= policy.transfers_a_day:
        raise TransferLimitReached(
            f"{tenant} allows {policy.transfers_a_day} transfers a day (transfers_a_day), and you have made {sent['times']} "
            f"on {today}. Send more tomorrow, or ask an administrator.",
            fields={"transfers_a_day": [f"At most {policy.transfers_a_day}."]},
        )
    most, already = policy.transfer_points_a_day_cents, sent["cents"] or 0
    if most is not None and already + points_cents > most:
        raise TransferLimitReached(
            f"{tenant} allows {in_points(most)} points a day to be sent (transfer_points_a_day_cents), and you have sent "
            f"{in_points(already)} on {today}. Send at most {in_points(max(0, most - already))} today.",
            fields={"transfer_points_a_day_cents": [f"At most {most}."]},
        )


def _of(field: str) -> dict[str, list[str]]:
    return {field: ["Choose another active person."]}
