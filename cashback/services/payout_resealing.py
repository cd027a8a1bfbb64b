"""Changing the key of payout details: what another key sealed is sealed anew with the first of PAYOUT_KEYS, a batch at a time.

History keeps the texts as they were sealed then: it is never rewritten, and the product never opens it.
"""

from dataclasses import dataclass, field
from uuid import UUID

from cryptography.fernet import Fernet, InvalidToken
from django.conf import settings

from accounts.locks import locked
from accounts.models import User
from accounts.unit_of_work import unit_of_work
from cashback.models import PAYOUT_FIELDS, CashbackRedemption, UserPaymentMethod
from cashback.services.payout_details import keys, sealed_copy

BATCH_SIZE = 500
REASON = "sealed anew with the first of PAYOUT_KEYS; the details are the same"

Holder = UserPaymentMethod | CashbackRedemption


@dataclass(slots=True)
class Resealed:
    """How many rows were sealed anew, how many had the first key already or have no details, and which no key opens."""

    resealed: int = 0
    left: int = 0
    unreadable: list[str] = field(default_factory=list)


def reseal_payout_details(*, actor: User | None, batch_size: int = BATCH_SIZE) -> Resealed:
    """Seal all payout details with the first key; stopped half-way, it goes on when it is called again."""
    counts = Resealed()
    models: list[type[Holder]] = [UserPaymentMethod, CashbackRedemption]
    for model in models:
        last: UUID | None = None
        while ids := _next_ids(model, last, batch_size):
            reseal_batch(actor=actor, model=model, ids=ids, counts=counts, reason=REASON)
            last = ids[-1]
    return counts


@unit_of_work
def reseal_batch(*, actor: User | None, model: type[Holder], ids: list[UUID], counts: Resealed, reason: str) -> None:
    """Seal these rows anew in one transaction, each locked: what its owner changes meanwhile is sealed as it is then."""
    first = Fernet(settings.PAYOUT_KEYS[0])
    here = Resealed()
    for row in locked(model._default_manager.filter(pk__in=ids)):
        try:
            _reseal(row, first, here)
        except InvalidToken:
            here.unreadable.append(f"{model._meta.verbose_name} {row.pk}")
    counts.resealed += here.resealed
    counts.left += here.left
    counts.unreadable += here.unreadable


def _reseal(row: Holder, first: Fernet, counts: Resealed) -> None:
    old = {name: text for name, text in sealed_copy(row).items() if text and not _opens(first, text)}
    for name, text in old.items():
        setattr(row, name, keys().rotate(text).decode())
    if old:
        row.save(update_fields=PAYOUT_FIELDS)
    counts.resealed += bool(old)
    counts.left += not old


def _opens(key: Fernet, text: str) -> bool:
    try:
        key.decrypt(text)
    except InvalidToken:
        return False
    return True


def _next_ids(model: type[Holder], after: UUID | None, number: int) -> list[UUID]:
    rows = model._default_manager.all() if after is None else model._default_manager.filter(pk__gt=after)
    return list(rows.order_by("pk").values_list("pk", flat=True)[:number])
