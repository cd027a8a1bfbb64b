"""Redemptions: points are taken at the request, and either paid out by somebody else or given back whole.

    Asha has 300.00 and asks for 200.00:      Asha -> points being paid out   200.00     pending
    the office pays and writes a reference:   nothing moves                               completed
    or she, or the office, cancels it:        points being paid out -> Asha   200.00     cancelled

What is being paid out is taken already, so two requests together never ask for more than there was. The details are a sealed
copy: what happens to the payment method afterwards changes nothing.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from accounts.errors import Conflict, NotAllowed, NotFound, RuleBroken
from accounts.locks import locked
from accounts.models import Tenant, User
from accounts.roles import ADMINS
from accounts.unit_of_work import unit_of_work
from billing.services.checks import check_reason
from cashback.models import CashbackRedemption, CashbackTransaction, SystemAccount, UserPaymentMethod
from cashback.rules.payout_kinds import fault_of_points
from cashback.services.ledger import Type, check_points, hold_accounts
from cashback.services.members import member_of
from cashback.services.payment_methods import own_method
from cashback.services.payout_details import check_details, check_kind, seal, sealed_copy
from cashback.services.policies import policy_of
from cashback.services.redemption_mails import tell_admins, tell_person
from cashback.services.texts import check_text
from routes.services import check_staff

Status = CashbackRedemption.Status
CLEARING = SystemAccount.REDEMPTION_CLEARING


class CannotBePaidOut(RuleBroken):
    """So many points are not paid out in this way."""

    code = "cannot_be_paid_out"


class WrongPaymentMethod(RuleBroken):
    """The saved method is of another kind, or details were typed beside it."""

    code = "wrong_payment_method"


class RedemptionNotPending(Conflict):
    """It was paid out or cancelled before."""

    code = "redemption_not_pending"


class OwnRedemption(NotAllowed):
    """Nobody says of their own points that they were paid out."""

    code = "own_redemption"


@unit_of_work
def request_redemption(
    *,
    actor: User,
    points_cents: int,
    redemption_type: str,
    now: datetime,
    payment_method: UserPaymentMethod | None = None,
    details: Mapping[str, Any] | None = None,
) -> CashbackRedemption:
    """Ask for points to be paid out, by a payment method of one's own or to details typed for this once; they are taken now.

    *Raises* NotAMember, NotPoints, UnknownPayoutKind, CannotBePaidOut, NoSuchPaymentMethod, WrongPaymentMethod,
    WrongPayoutDetails, BalanceTooLow.
    """
    tenant = member_of(actor)
    check_points(points_cents)
    kind = check_kind(redemption_type, name="redemption_type")
    _check_payable(tenant, kind, points_cents)
    method = _method_for(actor, kind, payment_method, details)
    sealed = sealed_copy(method) if method else seal(check_details(kind, details or {}))
    redemption = CashbackRedemption.objects.create(
        tenant=tenant,
        user=actor,
        points_cents=points_cents,
        redemption_type=kind,
        payment_method=method,
        created_at=now,
        redemption_transaction=_take(tenant, actor, points_cents, now),
        **sealed,
    )
    tell_admins(redemption)
    return redemption


@unit_of_work
def complete_redemption(
    *, actor: User | None, redemption: CashbackRedemption, payout_reference: str, now: datetime, notes: str = ""
) -> CashbackRedemption:
    """Write down that a redemption was paid out, and under which reference; the person reads both, and the notes.

    *Raises* NotFound, NotAllowed, OwnRedemption, NotPlainText, RedemptionNotPending.
    """
    _check_pays_out(actor, redemption)
    if _is_own(actor, redemption):
        raise OwnRedemption("These are your own points: somebody else must pay them out. Ask another administrator.")
    reference = check_text(payout_reference, name="payout_reference", least=1, longest=200, lines=False)
    notes = check_text(notes, name="notes")
    redemption = _hold_pending(redemption)
    redemption.payout_reference = reference
    return _end(redemption, Status.COMPLETED, actor, now, notes)


@unit_of_work
def cancel_redemption(
    *, actor: User | None, redemption: CashbackRedemption, reason: str, now: datetime
) -> CashbackRedemption:
    """Give the points of a pending redemption back: by who asked for it, or by the office with a reason that the person reads.

    What they owe by now is repaid first. *Raises* NotFound, NotAllowed, ReasonMissing, NotPlainText, RedemptionNotPending.
    """
    if not _is_own(actor, redemption):
        _check_pays_out(actor, redemption)
        check_reason(reason, what=f"Cancelling redemption {redemption.pk}")
    reason = check_text(reason, name="reason")
    redemption = _hold_pending(redemption)
    redemption.refund_transaction = _give_back(redemption, actor, now, reason)
    return _end(redemption, Status.CANCELLED, actor, now, reason)


def _check_payable(tenant: Tenant, kind: str, points_cents: int) -> None:
    policy = policy_of(tenant)
    minima, step = policy.redemption_minima, policy.gift_card_step_cents
    if fault := fault_of_points(kind, points_cents, minima=minima, gift_card_step_cents=step):
        raise CannotBePaidOut(
            f"So many points are not paid out by {kind}. Ask for: {fault}", fields={"points_cents": [fault]}
        )


def _method_for(actor: User, kind: str, method: UserPaymentMethod | None, details: Any) -> UserPaymentMethod | None:
    """The saved method, locked, when one is named: never another one's, never ignored."""
    if method is None:
        return None
    found = own_method(actor, method)
    if found.payment_type != kind:
        raise WrongPaymentMethod(
            f"The payment method is for {found.payment_type}, but the redemption is by {kind}. Choose one of the same kind.",
            fields={"payment_method_id": [f"Choose one for {kind}."]},
        )
    if details:
        raise WrongPaymentMethod(
            "Both a payment method and details were given: where should the points go? Leave one of them out.",
            fields={"details": ["Not together with payment_method_id."]},
        )
    return found


def _take(tenant: Tenant, actor: User, points_cents: int, now: datetime) -> CashbackTransaction:
    held = hold_accounts(tenant=tenant, parties=[actor, CLEARING])
    return held.move(
        sender=actor,
        receiver=CLEARING,
        points_cents=points_cents,
        transaction_type=Type.REDEMPTION,
        actor=actor,
        now=now,
    )


def _give_back(redemption: CashbackRedemption, actor: User | None, now: datetime, reason: str) -> CashbackTransaction:
    held = hold_accounts(tenant=redemption.tenant, parties=[redemption.user, CLEARING])
    return held.move(
        sender=CLEARING,
        receiver=redemption.user,
        points_cents=redemption.points_cents,
        transaction_type=Type.REDEMPTION_REFUND,
        actor=actor,
        now=now,
        user_notes=reason,
    )


def _is_own(actor: User | None, redemption: CashbackRedemption) -> bool:
    return actor is not None and actor.pk == redemption.user_id and actor.is_active


def _check_pays_out(actor: User | None, redemption: CashbackRedemption) -> None:
    """Let pass who pays out in this business; a colleague's redemption does not exist for who may not see it."""
    if actor is not None and not CashbackRedemption.objects.for_user(actor).filter(pk=redemption.pk).exists():
        raise NotFound("There is no such redemption that you may see. Look at your list.")
    check_staff(actor, redemption.tenant_id, roles=ADMINS)


def _hold_pending(redemption: CashbackRedemption) -> CashbackRedemption:
    """Lock the redemption: of two who process it at once the second finds it done."""
    found = locked(CashbackRedemption.objects.filter(pk=redemption.pk)).get()
    if found.status != Status.PENDING:
        raise RedemptionNotPending(
            f"Redemption {found.pk} is {found.get_status_display().lower()} already, "
            f"since {found.processed_at:%Y-%m-%d %H:%M} UTC. Load it again."
        )
    return found


def _end(
    redemption: CashbackRedemption, status: Status, actor: User | None, now: datetime, notes: str
) -> CashbackRedemption:
    redemption.status, redemption.admin_notes = status, notes
    redemption.processed_by_user, redemption.processed_at = actor, now
    redemption.save()
    tell_person(redemption)
    return redemption
