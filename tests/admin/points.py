"""What the tests of the pages of points share: the work lists, and people who earn."""

from typing import Any

from django.urls import reverse

from accounts.models import User
from cashback import services
from cashback.models import CashbackAccount, DailyTracker, Loan
from tests import make

TO_PAY, TO_VERIFY, TO_APPROVE = (reverse(f"admin:cashback-to-{what}") for what in ("pay", "verify", "approve"))


def asha() -> User:
    """A new customer with this name."""
    return make.user("CUSTOMER", name="Asha Rao")


def has(person: User) -> int:
    """What a person has, less what they owe, in cents of a point."""
    account = CashbackAccount.objects.filter(user=person).first()
    return account.balance_cents - account.debt_cents if account else 0


def with_cashback(of: Loan | DailyTracker, person: User, cents: int = 1_500) -> Any:
    """This loan or tracker, on which a person earns a fixed number from now on."""
    kind = "loan" if isinstance(of, Loan) else "tracker"
    service = services.set_loan_cashback if kind == "loan" else services.set_tracker_cashback
    service(actor=None, user=person, cashback_type="fixed", points_cents=cents, **{kind: of})  # type: ignore[operator]
    return of
