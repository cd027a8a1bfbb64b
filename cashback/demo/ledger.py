"""The demo's ledger: what happens to points is planned in any order, and played in the order of time."""

from collections import Counter
from collections.abc import Callable
from datetime import datetime
from typing import Any

from accounts.models import User
from cashback.demo.lending import LendingBooks
from cashback.models import (
    CashbackAccount,
    CashbackRedemption,
    CashbackTransaction,
    LoanAssignment,
    LoanCashbackConfig,
    SystemAccount,
    TrackerAssignment,
    TrackerCashbackConfig,
    TrackerEntry,
)
from cashback.rules.earning import points_earned

ISSUANCE, CLEARING = SystemAccount.ISSUANCE, SystemAccount.REDEMPTION_CLEARING
Type = CashbackTransaction.Type
Party = User | SystemAccount


class CashbackBooks(LendingBooks):
    """The books of the lender with cashback."""

    write_order = (
        *LendingBooks.write_order,
        *(LoanAssignment, TrackerAssignment, LoanCashbackConfig, TrackerCashbackConfig, TrackerEntry),
        *(CashbackTransaction, CashbackAccount, CashbackRedemption),
    )


class Points:
    """What happens to points, put into the order of time, and what everybody has at its end."""

    def __init__(self, books: CashbackBooks) -> None:
        self.books = books
        self.events: list[tuple[datetime, int, Callable[[], Any]]] = []
        self.totals: Counter[Any] = Counter()
        self.opened: dict[Any, datetime] = {}
        self.earned: dict[Any, list[CashbackTransaction]] = {}

    def plan(self, at: datetime, event: Callable[[], Any]) -> None:
        """Let something happen at a time."""
        self.events.append((at, len(self.events), event))

    def play(self) -> None:
        """Let everything happen, and write down the accounts."""
        for _, _, event in sorted(self.events, key=lambda each: each[:2]):
            event()
        for party, cents in self.totals.items():
            owner = {"user": party} if isinstance(party, User) else {"kind": party}
            owes = isinstance(party, User) and cents < 0
            account = CashbackAccount(**owner, balance_cents=0 if owes else cents, debt_cents=-cents if owes else 0)
            self.books.add(account, self.opened[party])

    def move(self, sender: Party, receiver: Party, cents: int, kind: str, at: datetime, by: User, **facts: Any) -> Any:
        """Write a row of the ledger."""
        sides: dict[str, Any] = {}
        for side, party, sign in (("from", sender, -1), ("to", receiver, 1)):
            sides |= {f"{side}_user": party} if isinstance(party, User) else {f"{side}_account": party}
            self.totals[party] += sign * cents
            self.opened.setdefault(party, at)
        row = CashbackTransaction(**sides, points_cents=cents, transaction_type=kind, created_by_user=by, **facts)
        return self.books.add(row, at)

    def earn(self, of: Any, configs: list[Any], base_cents: int, at: datetime, by: User, **facts: Any) -> None:
        """Earn by configurations, and remember the rows."""
        for config in configs:
            cents = points_earned(base_cents, config.cashback_type, config.cashback_value, config.points_cents)
            rule = {"cashback_type": config.cashback_type, "cashback_value": config.cashback_value}
            row = self.move(
                ISSUANCE, config.user, cents, at=at, by=by, occasion=1, base_cents=base_cents, **rule, **facts
            )
            self.earned.setdefault(of.pk, []).append(row)

    def take_back(self, of: Any, at: datetime, by: User, **facts: Any) -> None:
        """Take back what was earned on something."""
        for row in self.earned.pop(of.pk):
            self.move(row.to_user, ISSUANCE, row.points_cents, Type.REVERSAL, at, by, reverses=row, **facts)
