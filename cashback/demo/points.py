"""The demo's cashback: what borrowers earned since it came, sent each other and had paid out, told in the order of its days.

One payment bounced after its points were sent on, so one person owes points; three people wait for their payout.
"""

from datetime import date, datetime
from typing import Final

from accounts.models import Role, User
from cashback.demo.earnings import earn_on_loans, earn_on_trackers
from cashback.demo.ledger import ISSUANCE, CashbackBooks, Points, Type
from cashback.demo.payouts import pay_out
from cashback.models import CashbackTransaction

FESTIVE_DAY: Final = date(2025, 12, 24)
FESTIVE_CENTS: Final = 25_000
SENT: Final = (  # sender, receiver, points in cents, day, words
    ("kavita", "dinesh", 5_000, date(2026, 1, 3), "for the tea"),
    ("fatima", "lakshmi", 12_000, date(2026, 1, 10), "school books"),
)


def tell_cashback(books: CashbackBooks) -> int:
    """Configure, earn, give, send, pay out and take back; the number of rows in the ledger."""
    points = Points(books)
    earn_on_loans(books, points)
    earn_on_trackers(books, points)
    _give(books, points)
    _send_around(books, points)
    pay_out(books, points)
    points.play()
    return len(books.rows[CashbackTransaction])


def _give(books: CashbackBooks, points: Points) -> None:
    """Something for every active borrower at the end of the year."""
    at = books.at(FESTIVE_DAY, 10)
    given = {"by": books.admin, "user_notes": "Season's greetings"}
    for person in sorted(books.people.values(), key=lambda person: person.email):
        if person.role == Role.CUSTOMER and person.is_active:
            points.plan(
                at,
                lambda person=person: points.move(ISSUANCE, person, FESTIVE_CENTS, Type.UNCONDITIONAL, at, **given),
            )


def _send_around(books: CashbackBooks, points: Points) -> None:
    for sender, receiver, cents, day, words in SENT:
        _send(books.people[sender], books.people[receiver], books.at(day, 13), points, cents, words)
    for at, payment in books.bounced:  # all that there was, between the payment and the bank's answer
        _send(payment.loan.customer, books.people["nila"], at.replace(hour=2), points, None, "all of it")


def _send(sender: User, receiver: User, at: datetime, points: Points, cents: int | None, words: str) -> None:
    """Plan a transfer; without a number, of all that the sender has by then."""
    points.plan(
        at,
        lambda: points.move(
            sender, receiver, cents or points.totals[sender], Type.TRANSFER, at, sender, user_notes=words
        ),
    )
