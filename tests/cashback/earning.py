"""What the tests of earning share: rules in one line, days that are decided, and what somebody has or owes."""

from typing import Any

from accounts.models import User
from cashback import services
from cashback.models import CashbackAccount, CashbackTransaction, DailyTracker, Loan, TrackerEntry
from tests import make


def share(of: Loan | DailyTracker, fraction: Any, *, to: User | None = None, by: User | None = None) -> User:
    """Let somebody (a new customer unless said who) earn this share of the base; configured by a new administrator."""
    return _set(of, to, by, cashback_type="percentage", cashback_value=fraction)


def fixed(of: Loan | DailyTracker, cents: Any, *, to: User | None = None, by: User | None = None) -> User:
    """Let somebody earn this fixed number of points each time."""
    return _set(of, to, by, cashback_type="fixed", points_cents=cents)


def has(user: User) -> tuple[int, int]:
    """The balance and the debt of a person."""
    account = CashbackAccount.objects.filter(user=user).first()
    return (account.balance_cents, account.debt_cents) if account else (0, 0)


def earned(**links: Any) -> list[CashbackTransaction]:
    """Rows of the ledger that were earned, in their order, taken back or not."""
    return list(CashbackTransaction.objects.filter(occasion__isnull=False, **links).order_by("created_at", "pk"))


def standing(**links: Any) -> list[CashbackTransaction]:
    """Rows that were earned and not taken back."""
    return [row for row in earned(**links) if not CashbackTransaction.objects.filter(reverses=row).exists()]


def assigned(tracker: DailyTracker, role: str = "SALES_REP") -> User:
    """A new person of the staff who looks after this tracker."""
    user = make.user(role, of=tracker.tenant)
    services.assign_to_tracker(actor=None, tracker=tracker, user=user)
    return user


def approve(entry: TrackerEntry, by: User | None = None, **said: Any) -> TrackerEntry:
    """Approve a day, by a new administrator unless said by whom."""
    actor = by or make.user("ADMIN", of=entry.tenant)
    return services.approve_entry(actor=actor, entry=entry, now=make.NOW, **said)


def reject(entry: TrackerEntry, reason: Any = "the cash was not there", by: User | None = None) -> TrackerEntry:
    """Reject a day, by a new administrator unless said by whom."""
    actor = by or make.user("ADMIN", of=entry.tenant)
    return services.reject_entry(actor=actor, entry=entry, reason=reason, now=make.NOW)


def _set(of: Loan | DailyTracker, to: User | None, by: User | None, **rule: Any) -> User:
    user = to or make.user("CUSTOMER", of=of.tenant)
    actor = by or make.user("ADMIN", of=of.tenant)
    if isinstance(of, Loan):
        services.set_loan_cashback(actor=actor, loan=of, user=user, **rule)
    else:
        services.set_tracker_cashback(actor=actor, tracker=of, user=user, **rule)
    return user
