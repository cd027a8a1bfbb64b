"""What the tests of redemptions share: people with points, and how a request ends."""

from typing import Any

from accounts.models import User
from cashback import services
from cashback.models import CashbackAccount, CashbackRedemption
from tests import make


def balance(person: User) -> tuple[int, int]:
    """(balance, debt) in cents."""
    return CashbackAccount.objects.values_list("balance_cents", "debt_cents").get(user=person)


def customer(cents: int = 10_000, **fields: Any) -> User:
    """A new customer with these cents of points."""
    person = make.user("CUSTOMER", **fields)
    make.points(person, cents)
    return person


def complete(
    redemption: CashbackRedemption, by: User | None = None, reference: str = "UTR 4711", **fields: Any
) -> CashbackRedemption:
    """A day later an administrator (a new one unless said who) pays it out."""
    by = by or make.user("ADMIN", of=redemption.tenant)
    fields = {"actor": by, "now": make.later(days=1), **fields}
    return services.complete_redemption(redemption=redemption, payout_reference=reference, **fields)


def cancel(
    redemption: CashbackRedemption, by: User | None = None, reason: str = "wrong account", **fields: Any
) -> CashbackRedemption:
    """A day later an administrator (a new one unless said who) gives the points back."""
    by = by or make.user("ADMIN", of=redemption.tenant)
    fields = {"actor": by, "now": make.later(days=1), **fields}
    return services.cancel_redemption(redemption=redemption, reason=reason, **fields)
