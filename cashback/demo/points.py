"""The demo's cashback: what borrowers earned since it came, sent each other and had paid out, told in the order of its days.

One payment bounced after its points were sent on, so one person owes points; three people wait for their payout.
"""

from collections import Counter
from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final

from accounts.demo.dates import TODAY, days
from accounts.models import User
from cashback.demo.borrowers import TRACKERS
from cashback.demo.lending import LendingBooks
from cashback.models import (
    CashbackAccount,
    CashbackRedemption,
    CashbackTransaction,
    CashbackType,
    DailyTracker,
    Loan,
    LoanAssignment,
    LoanCashbackConfig,
    LoanPayment,
    SystemAccount,
    TrackerAssignment,
    TrackerCashbackConfig,
    TrackerEntry,
)
from cashback.rules.earning import points_earned
from cashback.services.payout_details import seal

CAME_ON: Final = date(2025, 12, 1)
FIRST_UNSEEN: Final = date(2026, 1, 26)  # days of trackers from here on wait for approval
BORROWERS_SHARE, FINDERS_SHARE = Decimal("0.0500"), Decimal("0.0100")
SAVERS_SHARE: Final = Decimal("0.0050")
FESTIVE_CENTS: Final = 25_000
SENT: Final = (  # sender, receiver, points in cents, day, words
    ("kavita", "dinesh", 5_000, date(2026, 1, 3), "for the tea"),
    ("fatima", "lakshmi", 12_000, date(2026, 1, 10), "school books"),
)
PAID_OUT: Final = (  # person, points in cents, kind, details, asked on, what became of it
    ("kavita", 20_000, "upi", {"upi_id": "kavita.demo@upi"}, date(2026, 1, 7), "completed"),
    ("george", 10_000, "gpay", {"gpay_id": "george.demo@okbank"}, date(2026, 1, 14), "cancelled"),
    ("dinesh", 30_000, "gpay", {"gpay_id": "dinesh.demo@okbank"}, date(2026, 1, 26), "pending"),
    ("fatima", 15_000, "cash", {"phone_number": "+919800000012"}, date(2026, 1, 27), "pending"),
    ("lakshmi", 20_000, "upi", {"upi_id": "lakshmi.demo@upi"}, date(2026, 1, 27), "pending"),
)
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


def tell_cashback(books: CashbackBooks) -> int:
    """Configure, earn, give, send, pay out and take back; the number of rows in the ledger."""
    points = Points(books)
    _earn_on_loans(books, points)
    _earn_on_trackers(books, points)
    _give_and_send(books, points)
    for asked in PAID_OUT:
        _pay_out(books, points, *asked)
    points.play()
    return len(books.rows[CashbackTransaction])


def _earn_on_loans(books: CashbackBooks, points: Points) -> None:
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


def _earn_on_trackers(books: CashbackBooks, points: Points) -> None:
    for tracker, saved in zip(books.rows[DailyTracker], TRACKERS, strict=True):
        at = books.at(tracker.start_date, 12)
        assigned = TrackerAssignment(tracker=tracker, user=books.field, assigned_by=books.admin, assigned_at=at)
        books.add(assigned, at, by=books.admin)
        rule = {"tracker": tracker, "user": tracker.user, "created_by": books.admin}
        if tracker.tracker_type == DailyTracker.TrackerType.NO_REINVEST:
            config = TrackerCashbackConfig(cashback_type=CashbackType.FIXED, points_cents=1_000, **rule)
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


def _give_and_send(books: CashbackBooks, points: Points) -> None:
    festive = books.at(date(2025, 12, 24), 10)
    for person in sorted(books.people.values(), key=lambda person: person.email):
        if person.role == "CUSTOMER" and person.is_active:
            given = {"at": festive, "by": books.admin, "user_notes": "Season's greetings"}
            points.plan(
                festive,
                lambda person=person, given=given: points.move(
                    ISSUANCE, person, FESTIVE_CENTS, Type.UNCONDITIONAL, **given
                ),
            )
    for sender, receiver, cents, day, words in SENT:
        _send(books, points, books.people[sender], books.people[receiver], books.at(day, 13), cents, words)
    for at, payment in books.bounced:  # all that there was, between the payment and the bank's answer
        late = at.replace(hour=2)
        _send(books, points, payment.loan.customer, books.people["nila"], late, None, "all of it")


def _send(
    books: CashbackBooks, points: Points, sender: User, receiver: User, at: datetime, cents: int | None, words: str
) -> None:
    points.plan(
        at,
        lambda: points.move(
            sender, receiver, cents or points.totals[sender], Type.TRANSFER, at, sender, user_notes=words
        ),
    )


def _pay_out(
    books: CashbackBooks,
    points: Points,
    name: str,
    cents: int,
    kind: str,
    details: dict[str, str],
    day: date,
    status: str,
) -> None:
    person, asked, answered = books.people[name], books.at(day, 9), books.at(day, 16)
    asked_for: list[CashbackRedemption] = []

    def ask() -> None:
        taken = points.move(person, CLEARING, cents, Type.REDEMPTION, asked, person)
        redemption = CashbackRedemption(
            user=person, points_cents=cents, redemption_type=kind, redemption_transaction=taken, **seal(details)
        )
        redemption.updated_at = asked
        books.add(redemption, asked, by=person)
        asked_for.append(redemption)

    def answer() -> None:
        [redemption] = asked_for
        redemption.status, redemption.processed_by_user, redemption.processed_at = status, books.admin, answered
        redemption.updated_at = answered
        if status == "completed":
            redemption.payout_reference = "UPI 600700800900"
        else:
            redemption.admin_notes = "The account does not take money. Ask again with another."
            redemption.refund_transaction = points.move(
                CLEARING,
                person,
                cents,
                Type.REDEMPTION_REFUND,
                answered,
                books.admin,
                user_notes=redemption.admin_notes,
            )
        books.changed(redemption, answered, by=books.admin)

    points.plan(asked, ask)
    if status != "pending":
        points.plan(answered, answer)
