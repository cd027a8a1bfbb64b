"""Payout details: sealed with a key that is not in the database, masked on screen, and each look at them in full is kept.

`PAYOUT_KEYS` holds the keys: the first seals, the others still open what they sealed before (`payout_resealing` seals it anew).
What is sealed is authenticated too: a text that somebody changed in the database does not open. It opens on any row, though, so
`check_books` compares each redemption that waits with its payment method; details typed for once stand beside nothing.
"""

from collections.abc import Mapping
from datetime import datetime
from functools import lru_cache
from typing import Any

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings

from accounts.errors import Conflict, NotAllowed, NotFound, RuleBroken
from accounts.models import User
from accounts.roles import ADMINS
from accounts.unit_of_work import unit_of_work
from cashback.models import PAYOUT_FIELDS, CashbackRedemption, PayoutRead, UserPaymentMethod
from cashback.models.user_payment_method import PayoutDetails
from cashback.rules.payout_kinds import NEEDS, is_kind, read_details
from cashback.rules.payout_mask import DOTS, mask
from routes.services import check_staff


class UnknownPayoutKind(RuleBroken):
    """Points are not paid out in this way."""

    code = "unknown_payout_kind"


class WrongPayoutDetails(RuleBroken):
    """Details that are missing, wrong, or not of this kind of payout."""

    code = "wrong_payout_details"


class DetailsUnreadable(Conflict):
    """No key opens these details."""

    code = "details_unreadable"


def check_kind(kind: Any, *, name: str) -> str:
    """Let pass a kind of payout that there is. *Raises* UnknownPayoutKind."""
    if not is_kind(kind):
        says = f"One of: {', '.join(NEEDS)}."
        raise UnknownPayoutKind(f"{name} is no kind of payout. {says}", fields={name: [says]})
    return str(kind)


def check_details(kind: str, details: Any) -> dict[str, str]:
    """Return the details of a kind in one form. The refusal names what is wrong, never its value. *Raises* WrongPayoutDetails."""
    if not isinstance(details, Mapping):
        raise WrongPayoutDetails(
            "details are not an object of name and text. Give one.", fields={"details": ["An object of name and text."]}
        )
    right, faults = read_details(kind, details)
    if faults:
        named = ", ".join(name for name in PAYOUT_FIELDS if name in faults) or "some"
        raise WrongPayoutDetails(
            f"Details for a payout by {kind} are missing, wrong or not of this kind: {named}. Correct them.",
            fields=faults,
        )
    return right


def seal(details: Mapping[str, str]) -> dict[str, str]:
    """Seal details for their eight columns; what is not given stays empty."""
    fernet = keys()
    texts = {name: details.get(name, "") for name in PAYOUT_FIELDS}
    return {name: fernet.encrypt(text.encode()).decode() if text else "" for name, text in texts.items()}


def sealed_copy(row: PayoutDetails) -> dict[str, str]:
    """The sealed columns of a row as they are, for another row."""
    return {name: getattr(row, name) for name in PAYOUT_FIELDS}


def masked(row: PayoutDetails) -> dict[str, str]:
    """What a page may show of a row's details: `••••6789`. Dots alone where no key opens them, so that no list fails."""
    shown = {}
    for name, text in _sealed(row).items():
        try:
            shown[name] = mask(name, keys().decrypt(text).decode())
        except InvalidToken:
            shown[name] = DOTS
    return shown


@unit_of_work
def reveal_payment_method(*, actor: User, method: UserPaymentMethod, now: datetime) -> dict[str, str]:
    """Show its owner the details of a live payment method in full, and keep that they were shown.

    *Raises* NotFound for everybody else's and deleted ones; DetailsUnreadable.
    """
    _check_reader(actor)
    if not UserPaymentMethod.objects.for_user(actor).live().filter(pk=method.pk).exists():
        raise NotFound("There is no such payment method of yours. Look at your list.")
    PayoutRead.objects.create(tenant_id=method.tenant_id, reader=actor, payment_method=method, created_at=now)
    return opened(method)


@unit_of_work
def reveal_redemption(*, actor: User, redemption: CashbackRedemption, now: datetime) -> dict[str, str]:
    """Show where a redemption is paid to, in full, to who pays it or who asked for it, and keep that it was shown.

    *Raises* NotFound for strangers, NotAllowed for who does not pay redemptions out; DetailsUnreadable.
    """
    _check_reader(actor)
    if redemption.user_id != actor.pk:
        if not CashbackRedemption.objects.for_user(actor).filter(pk=redemption.pk).exists():
            raise NotFound("There is no such redemption in your business. Check the address, or ask who owns it.")
        check_staff(actor, redemption.tenant_id, roles=ADMINS)
    PayoutRead.objects.create(tenant_id=redemption.tenant_id, reader=actor, redemption=redemption, created_at=now)
    return opened(redemption)


def opened(row: PayoutDetails) -> dict[str, str]:
    """The details of a row in full: only for who may read them, and never for a log or a mail. *Raises* DetailsUnreadable."""
    try:
        return {name: keys().decrypt(text).decode() for name, text in _sealed(row).items()}
    except InvalidToken as error:
        raise DetailsUnreadable(
            f"{row._meta.verbose_name} {row.pk}: no key opens its details. Put the key with which they were sealed back "
            "into PAYOUT_KEYS, behind the first."
        ) from error


def keys() -> MultiFernet:
    """The keys of PAYOUT_KEYS: the first seals, all open."""
    return _keys(tuple(settings.PAYOUT_KEYS))


@lru_cache(maxsize=8)
def _keys(texts: tuple[str, ...]) -> MultiFernet:
    return MultiFernet([Fernet(text) for text in texts])


def _sealed(row: PayoutDetails) -> dict[str, str]:
    return {name: text for name, text in sealed_copy(row).items() if text}


def _check_reader(actor: User | None) -> None:
    if actor is None or not actor.is_active:
        raise NotAllowed("Payout details are shown to a person who may log in, and it is kept to whom. Log in first.")
