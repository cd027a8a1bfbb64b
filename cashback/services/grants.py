"""Points by hand: an administrator gives them, removes them, or takes back what was given, removed or sent by mistake.

Each with a reason that the person reads, and never of one's own points.
"""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from accounts.errors import DomainError, NotAllowed, RuleBroken
from accounts.models import Tenant, User
from accounts.roles import ADMINS
from accounts.unit_of_work import unit_of_work
from billing.services.checks import check_reason
from cashback.models import CashbackTransaction, SystemAccount
from cashback.services.ledger import (
    HeldAccounts,
    Type,
    check_belongs,
    check_points,
    hold_accounts,
    receiver_of,
    sender_of,
)
from cashback.services.texts import check_text
from routes.services import check_staff

MOST_ROWS = 500
BY_HAND = frozenset({Type.UNCONDITIONAL, Type.DEDUCTION, Type.TRANSFER})

Rows = Sequence[tuple[User, int]]


class NotYourOwnPoints(NotAllowed):
    """Nobody decides by hand about points of their own."""

    code = "not_your_own_points"


class RowsRefused(RuleBroken):
    """Rows of a list are wrong, and so none was booked."""

    code = "rows_refused"


class NotByHand(RuleBroken):
    """What was earned or redeemed is taken back where it came from."""

    code = "not_by_hand"


class NoLongerActive(RuleBroken):
    """Who can no longer log in is given nothing."""

    code = "no_longer_active"


@unit_of_work
def grant_points(
    *, actor: User | None, tenant: Tenant, rows: Rows, reason: str, now: datetime, notes: str = ""
) -> list[CashbackTransaction]:
    """Give points to people, (person, cents) each: all of them or none; who stands there twice gets both.

    The person reads the reason; `notes` are for the office. *Raises* ReasonMissing, NotPlainText, NotYourOwnPoints, RowsRefused.
    """
    issued: dict[str, Any] = {"sender": SystemAccount.ISSUANCE, "transaction_type": Type.UNCONDITIONAL}
    why, notes = _words(reason, notes, what="Giving points")
    said: dict[str, Any] = {"actor": actor, "now": now, "user_notes": why, "notes": notes}

    def give(held: HeldAccounts, person: User, cents: int) -> CashbackTransaction:
        if not person.is_active:
            raise NoLongerActive(f"{person} is no longer active. Leave them out, or activate them first.")
        return held.move(receiver=person, points_cents=cents, **issued, **said)

    return _book(actor, tenant, rows, SystemAccount.ISSUANCE, give)


@unit_of_work
def remove_points(
    *, actor: User | None, tenant: Tenant, rows: Rows, reason: str, now: datetime, notes: str = ""
) -> list[CashbackTransaction]:
    """Remove points from people, (person, cents) each: all of them or none; who stands there twice must have both.

    The person reads the reason; `notes` are for the office. *Raises* ReasonMissing, NotPlainText, NotYourOwnPoints, RowsRefused.
    """
    removed: dict[str, Any] = {"receiver": SystemAccount.ADJUSTMENT, "transaction_type": Type.DEDUCTION}
    why, notes = _words(reason, notes, what="Removing points")
    said: dict[str, Any] = {"actor": actor, "now": now, "user_notes": why, "notes": notes}

    def take(held: HeldAccounts, person: User, cents: int) -> CashbackTransaction:
        return held.move(sender=person, points_cents=cents, **removed, **said)

    return _book(actor, tenant, rows, SystemAccount.ADJUSTMENT, take)


@unit_of_work
def take_back_points(
    *, actor: User | None, row: CashbackTransaction, reason: str, now: datetime, notes: str = ""
) -> CashbackTransaction:
    """Take back a grant, a removal or a transfer, by a row that is linked to it; what is already spent becomes a debt.

    *Raises* ReasonMissing, NotPlainText, NotByHand, NotYourOwnPoints, AlreadyReversed.
    """
    check_staff(actor, row.tenant_id, roles=ADMINS)
    why, notes = _words(reason, notes, what="Taking points back")
    if row.transaction_type not in BY_HAND and not row.reverses_id:
        raise NotByHand(
            f"Row {row.pk} was {row.get_transaction_type_display().lower()}. Reject the payment or the entry that earned it, or "
            "cancel the redemption: its points then go back by themselves."
        )
    sides = [sender_of(row), receiver_of(row)]
    _check_not_own(actor, [side for side in sides if isinstance(side, User)])
    held = hold_accounts(tenant=row.tenant, parties=sides)
    return held.reverse(row, actor=actor, now=now, notes=notes, user_notes=why)


def _words(reason: str, notes: str, *, what: str) -> tuple[str, str]:
    """What the person reads, and what the office does."""
    return check_text(check_reason(reason, what=what), name="reason"), check_text(notes, name="notes")


def _book(
    actor: User | None,
    tenant: Tenant,
    rows: Rows,
    house: SystemAccount,
    move: Callable[[HeldAccounts, User, int], CashbackTransaction],
) -> list[CashbackTransaction]:
    """Move the points of every row under one set of locks; the first look finds whatever is wrong with any row by itself."""
    check_staff(actor, tenant.pk, roles=ADMINS)
    if not 1 <= len(rows) <= MOST_ROWS:
        raise RowsRefused(
            f"There are {len(rows)} rows: give from 1 to {MOST_ROWS} at once.", fields={"rows": [f"1 to {MOST_ROWS}."]}
        )
    _check_not_own(actor, [person for person, _ in rows])
    _each(rows, lambda person, cents: _check_row(tenant, person, cents))
    held = hold_accounts(tenant=tenant, parties=[*(person for person, _ in rows), house])
    return _each(rows, lambda person, cents: move(held, person, cents))


def _check_row(tenant: Tenant, person: User, cents: int) -> None:
    check_belongs(person, tenant)
    check_points(cents)


def _each(rows: Rows, do: Callable[[User, int], Any]) -> list[Any]:
    """Do it with every row; refuse all of them with what is wrong with each."""
    done, errors = [], {}
    for number, (person, cents) in enumerate(rows, start=1):
        try:
            done.append(do(person, cents))
        except DomainError as error:
            errors[f"rows[{number}]"] = [str(error)]
    if errors:
        place, [first] = next(iter(errors.items()))
        raise RowsRefused(
            f"{len(errors)} of {len(rows)} rows are wrong, and none was booked; {place}: {first}", fields=errors
        )
    return done


def _check_not_own(actor: User | None, people: list[User]) -> None:
    if actor is not None and actor.pk in {person.pk for person in people}:
        raise NotYourOwnPoints("Nobody gives points to themselves or takes their own. Ask another administrator.")
