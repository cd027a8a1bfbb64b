"""What paid an invoice of the old system, which kept no allocations? Its payments first, then what its status says.

The old system called invoice OLD-17 over 900.00 paid on 3 March, and knows two payments that name it: 400.00 of 1 March and
300.00 of 2 March. They pay 400.00 and 300.00 of it, each its own amount and in the order of their dates. The 200.00 that are
missing came in as well, or the invoice would not be paid: they become one payment that says that it was reconstructed, dated
3 March. Had the payments been 700.00 and 300.00, the second would pay 200.00 and its other 100.00 would be the customer's credit.

* a PAID invoice is paid: what its payments do not cover is reconstructed;
* an ISSUED, OVERDUE or PARTIALLY_PAID one is paid by its payments and by nothing else; one without any is unpaid;
* but PARTIALLY_PAID without any payment says that money came in and not how much: a person must look;
* DRAFT, VOID and FAILED are not asked: no money moves them.

Source: issue 3 section 4; seed 001, step 5, which paid every PAID invoice a second time.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from billing.rules.invoice_status import PAID, PARTIALLY_PAID

PART_PAID_BY_NOTHING: Final = "part_paid_by_nothing"

PAID_BACKFILLED: Final = "paid"
PARTIALLY_PAID_BACKFILLED: Final = "partially_paid"
UNPAID_RECOMPUTED: Final = "unpaid"


@dataclass(frozen=True, slots=True)
class LegacyMoney:
    """What paid an invoice: so much of each of its payments, in their order, and so much that was reconstructed.

    *Money*: cents. `dated_at` is when it was paid, or the reconstructed part; None for one that is not paid.
    """

    shares: tuple[int, ...]
    reconstructed_cents: int
    dated_at: datetime | None

    @property
    def paid_cents(self) -> int:
        """All of it together."""
        return sum(self.shares) + self.reconstructed_cents


def legacy_money(
    *,
    status: str,
    total_cents: int,
    paid_at: datetime | None,
    asked_at: datetime,
    payments: Sequence[tuple[int, datetime]],
) -> LegacyMoney | None:
    """Answer what paid an invoice of the old system; None when only a person can tell.

    *Money*: cents; `payments` are what each succeeded payment that names it has left, and when it was received, the oldest
    first. Without `paid_at` a paid invoice is dated by its last payment, else by `asked_at`.

    >>> from datetime import UTC
    >>> first, second, third = (datetime(2026, 3, day, tzinfo=UTC) for day in (1, 2, 3))
    >>> old = {"total_cents": 900, "paid_at": third, "asked_at": first}
    >>> money = legacy_money(status="PAID", payments=[(400, first), (300, second)], **old)
    >>> money.shares, money.reconstructed_cents, money.dated_at == third
    ((400, 300), 200, True)
    >>> legacy_money(status="OVERDUE", payments=[(700, first), (300, second)], **old).shares
    (700, 200)
    >>> legacy_money(status="PARTIALLY_PAID", payments=[], **old) is None
    True
    """
    shares = tuple(_shares(total_cents, [cents for cents, _ in payments]))
    if status == PARTIALLY_PAID and not sum(shares):
        return None
    missing = total_cents - sum(shares)
    reconstructed_cents = missing if status == PAID else 0
    if missing and not reconstructed_cents:
        return LegacyMoney(shares, 0, None)
    used = [received_at for share, (_, received_at) in zip(shares, payments, strict=True) if share]
    last = used[-1] if used and not reconstructed_cents else asked_at
    return LegacyMoney(shares, reconstructed_cents, paid_at or last)


def kind_of(*, status: str, money: LegacyMoney) -> str:
    """Name what was done to an invoice, as the migration guide counts it.

    >>> kind_of(status="ISSUED", money=LegacyMoney((450,), 0, None))
    'partially_paid'
    >>> kind_of(status="OVERDUE", money=LegacyMoney((), 0, None))
    'unpaid'
    """
    if status == PAID or (money.paid_cents and money.dated_at):
        return PAID_BACKFILLED
    return PARTIALLY_PAID_BACKFILLED if money.paid_cents else UNPAID_RECOMPUTED


def _shares(total_cents: int, left: Sequence[int]) -> list[int]:
    shares: list[int] = []
    for cents in left:
        shares.append(min(cents, total_cents - sum(shares)))
    return shares
