"""Passes over all subscriptions: who is looked at next, shared by the billing of usage and the watch over caps.

A call with a limit of ten takes the next ten after those that calls before it took, and the pass ends with the last one; the
next call begins anew. A call without a limit goes on to the end of the pass, and then looks again at whom the calls before it
took: one of them may have been killed half-way. So after a whole call every subscription has been looked at, and two whole calls
at once share them.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import QuerySet

from accounts.errors import RuleBroken
from accounts.locks import locked
from accounts.models import Tenant
from subscriptions.models import PlanSubscription, UsagePass

CURSORS_OF_TENANTS = "cursors"  # in `counts`: how far the calls for one business alone have come

Rows = QuerySet[PlanSubscription]


class LimitIsNoNumber(RuleBroken):
    """How many subscriptions one call, or one batch, takes is a whole number from 1."""

    code = "limit_is_no_number"


@dataclass(frozen=True, slots=True)
class Claimed:
    """What a call took: subscriptions by id, in which pass, how far others had come before it, and whether that was all."""

    pass_id: UUID | None
    ids: list[UUID]
    after: UUID | None
    is_last: bool


def check_sizes(limit: object, batch_size: object) -> None:
    """Refuse what is no whole number from 1; no limit is None. *Raises* LimitIsNoNumber."""
    for name, number in (("limit", 1 if limit is None else limit), ("batch_size", batch_size)):
        if type(number) is not int or number < 1:
            raise LimitIsNoNumber(f"{name} is {number!r}: write a whole number from 1, or leave it out.")


def turns(
    kind: str, *, rows: Rows, limit: int | None, batch_size: int, now: datetime, tenant: Tenant | None = None
) -> Iterator[list[UUID]]:
    """Yield the subscriptions of one call, in batches of ids; each batch is taken in a short transaction of its own.

    `rows` are all that there are to look at, of `tenant` alone when one is named: such calls have a cursor of their own.
    """
    taken, is_over, pass_id, others_took = 0, False, None, None
    while not is_over and (limit is None or taken < limit):
        how_many = batch_size if limit is None else min(batch_size, limit - taken)
        claimed = claim(kind, how_many, now, rows=rows, tenant=tenant, of=pass_id)
        others_took = claimed.after if pass_id is None else others_took
        taken, is_over, pass_id = taken + len(claimed.ids), claimed.is_last, claimed.pass_id
        if claimed.ids:
            yield claimed.ids
    if limit is None and others_took:
        yield from _up_to(others_took, rows, batch_size)


@transaction.atomic
def claim(
    kind: str,
    how_many: int,
    now: datetime,
    *,
    rows: Rows,
    tenant: Tenant | None = None,
    of: UUID | None = None,
) -> Claimed:
    """Take the next subscriptions and move the cursor; with the last one the pass ends.

    `of` is the pass in which the caller took others before: when it has ended there are no more, and no new one is begun.
    """
    current = _current(kind, now, of)
    if current is None:
        return Claimed(of, [], None, is_last=True)
    after = _cursor(current, tenant)
    ids = list(_after(rows, after)[: how_many + 1])
    is_last, ids = len(ids) <= how_many, ids[:how_many]
    _move(current, tenant, ids[-1] if ids else None, is_last=is_last, now=now)
    return Claimed(current.pk, ids, after, is_last)


def remaining(kind: str, *, rows: Rows, tenant: Tenant | None = None) -> int:
    """Count the subscriptions that the pass has not taken yet; nothing once it has ended."""
    current = UsagePass.objects.filter(kind=kind, finished_at__isnull=True).first()
    cursor = _cursor(current, tenant) if current else None
    return _after(rows, cursor).count() if cursor else 0


def _current(kind: str, now: datetime, of: UUID | None) -> UsagePass | None:
    unfinished = UsagePass.objects.filter(kind=kind, finished_at__isnull=True)
    if found := locked(unfinished).first():
        return found if of in (None, found.pk) else None
    if of is not None:
        return None
    try:
        with transaction.atomic():
            return UsagePass.objects.create(kind=kind, started_at=now)
    except IntegrityError:  # another call began it in this instant
        return locked(unfinished).first()


def _cursor(current: UsagePass, tenant: Tenant | None) -> UUID | None:
    if tenant is None:
        return current.cursor
    stored = current.counts.get(CURSORS_OF_TENANTS, {}).get(str(tenant.pk))
    return UUID(stored) if stored else None


def _move(current: UsagePass, tenant: Tenant | None, cursor: UUID | None, *, is_last: bool, now: datetime) -> None:
    current.heartbeat_at = now
    cursors: dict[str, Any] = current.counts.setdefault(CURSORS_OF_TENANTS, {})
    if tenant is not None:
        cursors.pop(str(tenant.pk), None)
        if not is_last:
            cursors[str(tenant.pk)] = str(cursor)
    else:
        current.cursor = cursor or current.cursor
    if is_last and (tenant is None or not (current.cursor or cursors)):  # nobody else is half-way in it
        current.finished_at = now
    current.save()


def _after(rows: Rows, cursor: UUID | None) -> Any:
    rows = rows.filter(pk__gt=cursor) if cursor else rows
    return rows.order_by("pk").values_list("pk", flat=True)


def _up_to(end: UUID, rows: Rows, batch_size: int) -> Iterator[list[UUID]]:
    """Those that other calls took before this one came, once more; what they did is found done."""
    cursor: UUID | None = None
    while ids := list(_after(rows.filter(pk__lte=end), cursor)[:batch_size]):
        yield ids
        cursor = ids[-1]
