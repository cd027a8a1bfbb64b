"""The ledger: every point that moves, moves here, between two accounts that are locked first.

    An interest payment of 40.00 is verified; Asha earns 5 % of it:      ISSUANCE -> Asha   2.00
    She sends 1.50 to Ravi:                                              Asha -> Ravi       1.50
    The payment bounces; what she earned is taken back:                  Asha -> ISSUANCE   2.00

Asha had 0.50 left, so her balance is 0 and her debt 1.50, which her next points repay. Issuance 0, Asha -1.50, Ravi 1.50: all
accounts add up to zero, always.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

from django.db import connection
from django.db.models import Max, Q

from accounts.currency import USUAL_DIGITS, digits_after_unit
from accounts.errors import Conflict, NotFound, RuleBroken
from accounts.inserting import insert_row
from accounts.locks import locked
from accounts.models import Tenant, User
from cashback.models import CashbackAccount, CashbackTransaction, SystemAccount
from cashback.rules.points import in_points, is_points

Party = User | SystemAccount
Type = CashbackTransaction.Type

MOST_ON_AN_ACCOUNT: Final = 10**18  # the database counts to nine times this
LONGEST_WAIT: Final = timedelta(minutes=10)  # for a lock; what is further ahead comes from a wrong clock


class NotPoints(RuleBroken):
    """A number of points that is not a positive whole number of hundredths, or too large to be true."""

    code = "not_points"


class TooManyPoints(NotPoints):
    """An account would hold, owe or have issued more points than can be counted."""

    code = "too_many_points"


class NoPointsInThisCurrency(RuleBroken):
    """A point is worth one unit of currency, in hundredths; not every currency has those."""

    code = "no_points_in_this_currency"


class BalanceTooLow(RuleBroken):
    """Somebody would give more points than they have."""

    code = "balance_too_low"


class AlreadyReversed(Conflict):
    """A row of the ledger is taken back once, and what took it back stands."""

    code = "already_reversed"


class NoSuchPerson(NotFound):
    """A person of another business has no points in this one."""

    code = "no_such_person"


@dataclass
class HeldAccounts:
    """Accounts of one business, locked until the transaction ends: what `hold_accounts` gives."""

    tenant: Tenant
    accounts: dict[Any, CashbackAccount] = field(default_factory=dict)
    moments: dict[datetime, datetime] = field(default_factory=dict)

    def of(self, party: Party) -> CashbackAccount:
        """The held account of a person or of the house."""
        account = self.accounts.get(_key(party))
        if account is None:
            raise RuntimeError(f"The account of {party} is not held: name everybody in one call of hold_accounts.")
        return account

    def move(
        self,
        *,
        sender: Party,
        receiver: Party,
        points_cents: int,
        transaction_type: str,
        actor: User | None,
        now: datetime,
        may_owe: bool = False,
        **facts: Any,
    ) -> CashbackTransaction:
        """Write one row of the ledger and both running totals.

        A person gives no more than they have, unless `may_owe`: then what is missing becomes their debt. `facts` are other
        columns of the row. Its time is `now`, or that of the row before it where this one waited for the locks, so that what
        somebody had at a moment is what they had. *Raises* NotPoints, TooManyPoints, BalanceTooLow.
        """
        check_points(points_cents)
        giving, getting = self.of(sender), self.of(receiver)
        if isinstance(sender, User) and not may_owe and giving.balance_cents < points_cents:
            whose = "You have" if sender == actor else f"{sender} has"
            raise BalanceTooLow(
                f"{whose} {in_points(giving.balance_cents)} points, not {in_points(points_cents)}. Give less.",
                fields={"points_cents": [f"At most {giving.balance_cents}."]},
            )
        _check_countable(giving, giving.net_cents - points_cents)
        _check_countable(getting, getting.net_cents + points_cents)
        _put(giving, giving.net_cents - points_cents)
        _put(getting, getting.net_cents + points_cents)
        row = CashbackTransaction(
            tenant=self.tenant,
            **_side("from", sender),
            **_side("to", receiver),
            points_cents=points_cents,
            transaction_type=transaction_type,
            created_by_user=actor,
            created_at=self._moment(now),
            **facts,
        )
        return insert_row(row)

    def _moment(self, now: datetime) -> datetime:
        """The time of a row that begins `now`: not before the rows that were written while it waited for the locks. Read once."""
        if now not in self.moments:
            rows = CashbackTransaction.objects.filter(tenant=self.tenant)
            meanwhile = rows.filter(created_at__gt=now, created_at__lte=now + LONGEST_WAIT)
            self.moments[now] = meanwhile.aggregate(newest=Max("created_at"))["newest"] or now
        return self.moments[now]

    def reverse(
        self, row: CashbackTransaction, *, actor: User | None, now: datetime, notes: str, user_notes: str = ""
    ) -> CashbackTransaction:
        """Take a row back by one of its own, whole; what was spent meanwhile becomes a debt. *Raises* AlreadyReversed."""
        if row.reverses_id or CashbackTransaction.objects.filter(reverses=row).exists():
            raise AlreadyReversed(
                f"Row {row.pk} of the ledger was taken back before, or takes another one back. Look at the two together."
            )
        return self.move(
            sender=receiver_of(row),
            receiver=sender_of(row),
            points_cents=row.points_cents,
            transaction_type=Type.REVERSAL,
            actor=actor,
            now=now,
            may_owe=True,
            reverses=row,
            related_loan_id=row.related_loan_id,
            related_payment_id=row.related_payment_id,
            related_tracker_id=row.related_tracker_id,
            related_tracker_entry_day=row.related_tracker_entry_day,
            notes=notes,
            user_notes=user_notes,
        )


def hold_accounts(*, tenant: Tenant, parties: Iterable[Party]) -> HeldAccounts:
    """Lock the accounts of these people and of the house, opening those that are not there yet.

    People come before the house and each kind in the order of its key, so two callers never wait in a circle. Call it once in
    a transaction, with everybody. *Raises* NoSuchPerson, NoPointsInThisCurrency.
    """
    if not connection.in_atomic_block:
        raise RuntimeError("hold_accounts was called outside a transaction: its locks would be gone at once.")
    check_currency(tenant)
    wanted = {_key(party): party for party in parties}
    for party in wanted.values():
        check_belongs(party, tenant)
    held = HeldAccounts(tenant)
    _open_missing(tenant, wanted)
    people = [party.pk for party in wanted.values() if isinstance(party, User)]
    kinds = [party for party in wanted.values() if not isinstance(party, User)]
    mine = CashbackAccount.objects.filter(tenant=tenant)
    for key, rows in (("user_id", mine.filter(user__in=people)), ("kind", mine.filter(kind__in=kinds, user=None))):
        held.accounts |= {getattr(account, key): account for account in locked(rows).order_by(key)}
    return held


def check_currency(tenant: Tenant) -> None:
    """Let pass a business whose currency has hundredths, as points have. *Raises* NoPointsInThisCurrency."""
    digits = digits_after_unit(tenant.currency)
    if digits != USUAL_DIGITS:
        raise NoPointsInThisCurrency(
            f"{tenant.name} keeps its books in {tenant.currency}, which has {digits} digits after the unit; points have "
            f"{USUAL_DIGITS}, so neither what is earned nor what is paid out would be right. Do without cashback."
        )


def check_points(points_cents: Any) -> None:
    """Let pass a positive whole number of hundredths of a point. *Raises* NotPoints."""
    if not is_points(points_cents):
        raise NotPoints(
            f"{points_cents!r} is not a number of points that can be booked: give whole cents of a point, from 1 up.",
            fields={"points_cents": ["A whole number from 1 up."]},
        )


def check_belongs(party: Party, tenant: Tenant) -> None:
    """Let pass the house and people of this business; who is of another one must not be told of. *Raises* NoSuchPerson."""
    if isinstance(party, User) and party.tenant_id != tenant.pk:
        raise NoSuchPerson("There is no such person in your business. Check who is meant.")


def sender_of(row: CashbackTransaction) -> Party:
    """Who gave the points of a row."""
    return row.from_user or SystemAccount(row.from_account)


def receiver_of(row: CashbackTransaction) -> Party:
    """Who got the points of a row."""
    return row.to_user or SystemAccount(row.to_account)


def _key(party: Party) -> Any:
    return party.pk if isinstance(party, User) else party.value


def _side(side: str, party: Party) -> dict[str, Any]:
    return {f"{side}_user": party} if isinstance(party, User) else {f"{side}_account": party}


def _put(account: CashbackAccount, net_cents: int) -> None:
    """Write a running total; only what a person owes is a debt."""
    owes = account.user_id is not None and net_cents < 0
    account.balance_cents, account.debt_cents = (0, -net_cents) if owes else (net_cents, 0)
    account.save(update_fields=["balance_cents", "debt_cents"])


def _check_countable(account: CashbackAccount, net_cents: int) -> None:
    if abs(net_cents) > MOST_ON_AN_ACCOUNT:
        raise TooManyPoints(
            f"The account of {account} would go beyond what can be counted: {in_points(MOST_ON_AN_ACCOUNT)} points at most, or "
            "as many below zero. Move less.",
            fields={"points_cents": ["Too many for the account."]},
        )


def _open_missing(tenant: Tenant, wanted: dict[Any, Party]) -> None:
    people = [key for key, party in wanted.items() if isinstance(party, User)]
    kinds = [key for key, party in wanted.items() if not isinstance(party, User)]
    there = CashbackAccount.objects.filter(tenant=tenant).filter(Q(user__in=people) | Q(user=None, kind__in=kinds))
    missing = set(wanted) - {user_id or kind for user_id, kind in there.values_list("user_id", "kind")}
    if missing:
        opened = [CashbackAccount(tenant=tenant, **_owner(wanted[key])) for key in sorted(missing, key=str)]
        CashbackAccount.objects.bulk_create(opened, ignore_conflicts=True)


def _owner(party: Party) -> dict[str, Any]:
    return {"user": party} if isinstance(party, User) else {"kind": party}
