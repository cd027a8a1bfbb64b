"""Who borrowed what in the demo: loans and how they are paid back, trackers and what comes in. Every name is made up."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Final

from cashback.models import DailyTracker, Loan

ACTUAL_360, ACTUAL_365 = Loan.DayCount.ACTUAL_360, Loan.DayCount.ACTUAL_365


@dataclass(frozen=True)
class Borrowed:
    """A loan of the demo: every `every_days` the interest that is due comes back, with so much of the principal."""

    borrower: str
    name: str
    principal_cents: int
    rate: Decimal
    started_on: date
    every_days: int
    principal_part_cents: int
    method: str = "upi"
    loan_type: str = Loan.LoanType.REGULAR
    day_count: str = ACTUAL_360
    last: str = "verified"  # what became of the last payment


@dataclass(frozen=True)
class Saved:
    """A tracker of the demo, and which days since its start nothing came in."""

    owner: str
    name: str
    tracker_type: str
    investment_cents: int
    per_day_cents: int
    period_days: int
    started_on: date
    missed: tuple[int, ...] = ()


LOANS: Final = (
    Borrowed("kavita", "Sewing machines", 12_000_000, Decimal("0.18"), date(2025, 11, 5), 28, 1_000_000),
    Borrowed("dinesh", "Autorickshaw", 25_000_000, Decimal("0.15"), date(2025, 11, 10), 30, 1_250_000, "bank_transfer"),
    Borrowed(
        *("fatima", "Tailoring shop", 8_000_000, Decimal("0.20"), date(2025, 11, 12), 30, 0),
        loan_type=Loan.LoanType.INTEREST_ONLY,
        day_count=ACTUAL_365,
    ),
    Borrowed(
        *("george", "House repair", 30_000_000, Decimal("0.12"), date(2025, 11, 20), 30, 1_500_000), last="pending"
    ),
    Borrowed("lakshmi", "School fees", 4_000_000, Decimal("0.16"), date(2025, 11, 6), 35, 2_000_000, "gpay"),
    Borrowed("mohan", "Grocery stock", 6_000_000, Decimal("0.18"), date(2025, 12, 1), 14, 400_000, last="bounced"),
    Borrowed("nila", "Loom", 1_500_000, Decimal("0.10"), date(2025, 12, 15), 20, 250_000, "cash", last="pending"),
)
TRACKERS: Final = (
    Saved(
        "kavita",
        "Kavita 50K",
        DailyTracker.TrackerType.REINVEST_50K,
        *(5_000_000, 50_000, 120, date(2026, 1, 5), (6, 13)),
    ),
    Saved(
        "dinesh",
        "Dinesh one lakh",
        DailyTracker.TrackerType.ENHANCED_1L,
        *(10_000_000, 100_000, 150, date(2026, 1, 9), (4,)),
    ),
    Saved(
        "george", "George savings", DailyTracker.TrackerType.NO_REINVEST, *(30_000_000, 300_000, 100, date(2026, 1, 12))
    ),
)
