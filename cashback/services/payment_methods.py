"""Payment methods: where a person wants to be paid out to. They add, remove and choose; nobody does it for them.

A method is never changed: who moves to another bank adds a new one and removes the old, which stays for the redemptions that
point at it. At most one is the default, which a lock on the person sees to.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from accounts.errors import NotFound, RuleBroken
from accounts.locks import locked
from accounts.models import User
from accounts.unit_of_work import unit_of_work
from cashback.models import UserPaymentMethod
from cashback.services.members import member_of
from cashback.services.payout_details import check_details, check_kind, seal

MOST_METHODS = 20


class NoSuchPaymentMethod(NotFound):
    """The method is somebody else's, was deleted, or never was."""

    code = "no_such_payment_method"


class TooManyPaymentMethods(RuleBroken):
    """Nobody is paid in so many ways."""

    code = "too_many_payment_methods"


@unit_of_work
def add_payment_method(
    *, actor: User, payment_type: str, details: Mapping[str, Any], now: datetime, is_default: bool = False
) -> UserPaymentMethod:
    """Add a way to be paid out, its details sealed; as the default when asked.

    *Raises* NotAMember, UnknownPayoutKind, WrongPayoutDetails, TooManyPaymentMethods.
    """
    tenant = member_of(actor)
    kind = check_kind(payment_type, name="payment_type")
    sealed = seal(check_details(kind, details))
    _hold_person(actor)
    if _live(actor).count() >= MOST_METHODS:
        raise TooManyPaymentMethods(f"You have {MOST_METHODS} payment methods. Remove one that you no longer use.")
    if is_default:
        _take_default(actor)
    return UserPaymentMethod.objects.create(
        tenant=tenant, user=actor, payment_type=kind, is_default=is_default, created_at=now, **sealed
    )


@unit_of_work
def remove_payment_method(*, actor: User, method: UserPaymentMethod, now: datetime) -> UserPaymentMethod:
    """Remove a method of one's own; redemptions keep their copy of its details. *Raises* NotAMember, NoSuchPaymentMethod."""
    member_of(actor)
    _hold_person(actor)
    method = own_method(actor, method)
    method.deleted_at, method.is_default = now, False
    method.save(update_fields=["deleted_at", "is_default", "updated_at"])
    return method


@unit_of_work
def set_default_payment_method(*, actor: User, method: UserPaymentMethod) -> UserPaymentMethod:
    """Make a method of one's own the default, in place of the one that was. *Raises* NotAMember, NoSuchPaymentMethod."""
    member_of(actor)
    _hold_person(actor)
    method = own_method(actor, method)
    if not method.is_default:
        _take_default(actor)
        method.is_default = True
        method.save(update_fields=["is_default", "updated_at"])
    return method


def own_method(actor: User, method: UserPaymentMethod) -> UserPaymentMethod:
    """Lock a live method of this person. *Raises* NoSuchPaymentMethod, whoever it belongs to."""
    found = locked(_live(actor).filter(pk=method.pk)).first()
    if found is None:
        raise NoSuchPaymentMethod(
            "There is no such payment method of yours; it may have been removed. Choose another from your list.",
            fields={"payment_method_id": ["Choose one of your own."]},
        )
    return found


def _live(actor: User) -> Any:
    return UserPaymentMethod.objects.filter(tenant=actor.tenant, user=actor).live()


def _hold_person(actor: User) -> None:
    """Let one of a person's own changes wait for the other: two defaults would come of two at once."""
    locked(User.objects.filter(pk=actor.pk)).get()


def _take_default(actor: User) -> None:
    for method in locked(_live(actor).filter(is_default=True)):
        method.is_default = False
        method.save(update_fields=["is_default", "updated_at"])
