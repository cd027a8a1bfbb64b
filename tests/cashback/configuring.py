"""What the tests of configurations share: rules in one line, and the same words for loans and for trackers."""

from typing import Any

import pytest

from accounts.models import User
from cashback import services
from cashback.models import DailyTracker, Loan, LoanCashbackConfig, TrackerCashbackConfig
from tests import make

FIXED = {"cashback_type": "fixed", "points_cents": 150}


def a_share(fraction: Any) -> dict[str, Any]:
    """This share of the base."""
    return {"cashback_type": "percentage", "cashback_value": fraction}


def customer() -> User:
    """A new customer."""
    return make.user("CUSTOMER")


class OfLoan:
    """Cashback of a loan; set by a new administrator unless said who."""

    configs, new = LoanCashbackConfig, staticmethod(make.loan)

    @staticmethod
    def set(of: Loan, **said: Any) -> LoanCashbackConfig:
        return services.set_loan_cashback(**{"actor": make.user("ADMIN"), "loan": of} | said)

    @staticmethod
    def end(config: LoanCashbackConfig, actor: User | None = None) -> LoanCashbackConfig:
        return services.end_loan_cashback(actor=actor, config=config)

    @staticmethod
    def assigned(of: Loan, user: User) -> None:
        services.assign_to_loan(actor=None, loan=of, user=user)


class OfTracker:
    """Cashback of a tracker; set by a new administrator unless said who."""

    configs, new = TrackerCashbackConfig, staticmethod(make.tracker)

    @staticmethod
    def set(of: DailyTracker, **said: Any) -> TrackerCashbackConfig:
        return services.set_tracker_cashback(**{"actor": make.user("ADMIN"), "tracker": of} | said)

    @staticmethod
    def end(config: TrackerCashbackConfig, actor: User | None = None) -> TrackerCashbackConfig:
        return services.end_tracker_cashback(actor=actor, config=config)

    @staticmethod
    def assigned(of: DailyTracker, user: User) -> None:
        services.assign_to_tracker(actor=None, tracker=of, user=user)


both = pytest.mark.parametrize("kind", [OfLoan, OfTracker], ids=["loan", "tracker"])
