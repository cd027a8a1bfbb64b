"""What the demo's borrowers and savers earn since cashback came: on what they paid, and on the days of their trackers."""

from datetime import date, datetime
from decimal import Decimal
from typing import Final

from accounts.demo.dates import TODAY, days
from cashback.demo.borrowers import TRACKERS
from cashback.demo.ledger import CashbackBooks, Points, Type
from cashback.models import (
    CashbackType,
    DailyTracker,
    Loan,
    LoanAssignment,
    LoanCashbackConfig,
    LoanPayment,
    TrackerAssignment,
    TrackerCashbackConfig,
    TrackerEntry,
)

CAME_ON: Final = date(2025, 12, 1)
FIRST_UNSEEN: Final = date(2026, 1, 26)  # days of trackers from here on wait for approval
BORROWERS_SHARE, FINDERS_SHARE = Decimal("0.0500"), Decimal("0.0100")
SAVERS_SHARE: Final = Decimal("0.0050")
A_DAY_CENTS: Final = 1_000  # of a tracker that reinvests nothing


def earn_on_loans(books: CashbackBooks, points: Points) -> None:
    """Configure cashback on every loan, earn on what was verified, and take back what bounced."""
    configs = {loan.pk: _configure_loan(books, loan) for loan in books.rows[Loan]}
    facts = {"kind": Type.LOAN_INTEREST_AUTO}
    for at, payment in books.verified:
        if payment.payment_date >= CAME_ON:
            links = facts | {"related_loan": payment.loan, "related_payment": payment}
            points.plan(
                at,
                lambda at=at, payment=payment, links=links: points.earn(
                    payment, configs[payment.loan_id], payment.interest_cents, at, books.finance, **links
                ),
            )
    for at, payment in books.bounced:
        points.plan(at, lambda at=at, payment=payment: _bounce(books, points, payment, at))


def _bounce(books: CashbackBooks, points: Points, payment: LoanPayment, at: datetime) -> None:
    links = {"related_loan": payment.loan, "related_payment": payment, "notes": payment.rejection_reason}
    points.take_back(payment, at, books.finance, **links)


def _configure_loan(books: CashbackBooks, loan: Loan) -> list[LoanCashbackConfig]:
    at = books.at(max(loan.started_on, CAME_ON), 12)
    books.add(LoanAssignment(loan=loan, user=books.field, assigned_by=books.admin, assigned_at=at), at, by=books.admin)
    share = {"loan": loan, "cashback_type": CashbackType.PERCENTAGE, "created_by": books.admin}
    return [
        books.add(LoanCashbackConfig(user=user, cashback_value=value, **share), at, by=books.admin)
        for user, value in ((loan.customer, BORROWERS_SHARE), (books.field, FINDERS_SHARE))
    ]


def earn_on_trackers(books: CashbackBooks, points: Points) -> None:
    """Configure cashback on every tracker, enter its days, and earn on those that are approved."""
    for tracker, saved in zip(books.rows[DailyTracker], TRACKERS, strict=True):
        at = books.at(tracker.start_date, 12)
        assigned = TrackerAssignment(tracker=tracker, user=books.field, assigned_by=books.admin, assigned_at=at)
        books.add(assigned, at, by=books.admin)
        rule = {"tracker": tracker, "user": tracker.user, "created_by": books.admin}
        if tracker.tracker_type == DailyTracker.TrackerType.NO_REINVEST:
            config = TrackerCashbackConfig(cashback_type=CashbackType.FIXED, points_cents=A_DAY_CENTS, **rule)
        else:
            config = TrackerCashbackConfig(cashback_type=CashbackType.PERCENTAGE, cashback_value=SAVERS_SHARE, **rule)
        books.add(config, at, by=books.admin)
        for number, day in enumerate(days(tracker.start_date, TODAY)):
            _enter(books, points, tracker, config, number, day, is_missed=number in saved.missed)


def _enter(
    books: CashbackBooks,
    points: Points,
    tracker: DailyTracker,
    config: TrackerCashbackConfig,
    number: int,
    day: date,
    *,
    is_missed: bool,
) -> None:
    at = books.at(day, 18)
    said = {"no_payment": True, "payment_mode": "Other"} if is_missed else {"payment_mode": "UPI"}
    cents = 0 if is_missed else tracker.per_day_payment_cents
    entry = TrackerEntry(
        tracker=tracker,
        day=number,
        payment_cents=cents,
        entry_data=said,
        submitted_by_user=books.field,
        submitted_at=at,
    )
    books.add(entry, at, by=books.field)
    if day >= FIRST_UNSEEN:
        return
    decided = books.at(day, 20)
    entry.status, entry.approvals, entry.verified_by_user, entry.verified_at = "approved", 1, books.admin, decided
    books.changed(entry, decided, by=books.admin)
    if not is_missed:
        facts = {"kind": Type.TRACKER_ENTRY, "related_tracker": tracker, "related_tracker_entry_day": number}
        points.plan(decided, lambda: points.earn(entry, [config], cents, decided, books.admin, **facts))
