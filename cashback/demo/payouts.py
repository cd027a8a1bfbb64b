"""What became of the points that the demo's people asked to be paid out: paid, cancelled with a word why, or still waiting."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from cashback.demo.ledger import CLEARING, CashbackBooks, Points, Type
from cashback.models import CashbackRedemption, CashbackTransaction
from cashback.services.payout_details import seal

Status = CashbackRedemption.Status

REFERENCE: Final = "UPI 600700800900"
WHY_CANCELLED: Final = "The account does not take money. Ask again with another."


@dataclass(frozen=True, slots=True)
class Asked:
    """Who asked for how many points on which day, where they go, and what became of it by the afternoon."""

    person: str
    points_cents: int
    kind: str
    details: dict[str, str]
    on: date
    became: str


PAID_OUT: Final = (
    Asked("kavita", 20_000, "upi", {"upi_id": "kavita.demo@upi"}, date(2026, 1, 7), Status.COMPLETED),
    Asked("george", 10_000, "gpay", {"gpay_id": "george.demo@okbank"}, date(2026, 1, 14), Status.CANCELLED),
    Asked("dinesh", 30_000, "gpay", {"gpay_id": "dinesh.demo@okbank"}, date(2026, 1, 26), Status.PENDING),
    Asked("fatima", 15_000, "cash", {"phone_number": "+919800000012"}, date(2026, 1, 27), Status.PENDING),
    Asked("lakshmi", 20_000, "upi", {"upi_id": "lakshmi.demo@upi"}, date(2026, 1, 27), Status.PENDING),
)


def pay_out(books: CashbackBooks, points: Points) -> None:
    """Let everybody ask in the morning, and the office answer some of them in the afternoon."""
    for asked in PAID_OUT:
        _pay_out(books, points, asked)


def _pay_out(books: CashbackBooks, points: Points, asked: Asked) -> None:
    morning, afternoon = books.at(asked.on, 9), books.at(asked.on, 16)
    redemption = CashbackRedemption(
        user=books.people[asked.person],
        points_cents=asked.points_cents,
        redemption_type=asked.kind,
        **seal(asked.details),
    )
    points.plan(morning, lambda: _ask(books, points, redemption, morning))
    if asked.became != Status.PENDING:
        points.plan(afternoon, lambda: _answer(books, points, redemption, asked.became, afternoon))


def _ask(books: CashbackBooks, points: Points, redemption: CashbackRedemption, at: datetime) -> None:
    person, cents = redemption.user, redemption.points_cents
    redemption.redemption_transaction = points.move(person, CLEARING, cents, Type.REDEMPTION, at, person)
    redemption.updated_at = at
    books.add(redemption, at, by=person)


def _answer(books: CashbackBooks, points: Points, redemption: CashbackRedemption, became: str, at: datetime) -> None:
    redemption.status, redemption.processed_by_user, redemption.processed_at = became, books.admin, at
    redemption.updated_at = at
    if became == Status.COMPLETED:
        redemption.payout_reference = REFERENCE
    else:
        redemption.admin_notes = WHY_CANCELLED
        redemption.refund_transaction = _give_back(books, points, redemption, at)
    books.changed(redemption, at, by=books.admin)


def _give_back(
    books: CashbackBooks, points: Points, redemption: CashbackRedemption, at: datetime
) -> CashbackTransaction:
    person, cents, why = redemption.user, redemption.points_cents, redemption.admin_notes
    return points.move(CLEARING, person, cents, Type.REDEMPTION_REFUND, at, books.admin, user_notes=why)
