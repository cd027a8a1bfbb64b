"""What is an invoice now? One rule for its status, one for what is paid of it, one for what is left: everything else asks here.

Invoice SAL-2026-0001 asks for 100.00 by the end of 31 January.

* nothing is paid: *issued*; one instant after that end it is *overdue*. At that very instant it is not;
* 99.99 are paid: *part-paid*, and late it is still part-paid, with the days that it is late beside it. One cent short is short;
* 100.00 are paid: *paid*, and `paid_at` says since when. The cheque bounces: *overdue* again, and `paid_at` is empty;
* an invoice over nothing is *paid* as it is issued;
* a *draft* asks for nothing yet, a *void* one no more, and a *failed* one of the old system never did: no money moves them.

An invoice of the old system has no allocations. Until `backfill_payment_allocations` has written them it counts by what that
system knew: a stored PAID is paid in full, else the payments that named it count, never beyond its total. From the moment when a
service or the backfill writes an invoice (`counts_by_allocations`), its allocations alone speak.
`billing.models.invoice_sql` says the same in SQL; a property test holds the two equal. Source: issue 3 section 1; ADR 0009.
"""

from datetime import datetime, timedelta
from typing import Final

DRAFT: Final = "DRAFT"
ISSUED: Final = "ISSUED"
PARTIALLY_PAID: Final = "PARTIALLY_PAID"
PAID: Final = "PAID"
OVERDUE: Final = "OVERDUE"
VOID: Final = "VOID"
FAILED: Final = "FAILED"

STICKY: Final = (DRAFT, VOID, FAILED)
OWED: Final = (ISSUED, PARTIALLY_PAID, OVERDUE)

CURRENT: Final = "CURRENT"
AGEING_DAYS: Final = {"DAYS_1_30": 30, "DAYS_31_60": 60, "DAYS_61_90": 90}
OLDEST: Final = "OVER_90_DAYS"
BUCKETS: Final = (CURRENT, *AGEING_DAYS, OLDEST)


def paid_cents(
    *,
    status: str,
    total_cents: int,
    allocated_cents: int,
    counts_by_allocations: bool = True,
    legacy_payments_cents: int = 0,
) -> int:
    """Answer what is paid of an invoice: its allocations; of an untouched row of the old system its legacy money.

    *Money*: cents; `legacy_payments_cents` is what succeeded payments that name the invoice (`payments.invoice_id`) have left.

    >>> paid_cents(status="PAID", total_cents=900, allocated_cents=0, counts_by_allocations=False)
    900
    >>> paid_cents(status="ISSUED", total_cents=900, allocated_cents=0, counts_by_allocations=False, legacy_payments_cents=1000)
    900
    >>> paid_cents(status="PAID", total_cents=900, allocated_cents=0)
    0
    """
    if counts_by_allocations or allocated_cents or status in STICKY:
        return max(allocated_cents, 0)
    return total_cents if status == PAID else min(legacy_payments_cents, total_cents)


def invoice_status(*, status: str, total_cents: int, paid_cents: int, due_at: datetime | None, now: datetime) -> str:
    """Decide the status at a moment, from the stored one and the money.

    >>> from datetime import UTC
    >>> due = datetime(2026, 1, 31, 23, 59, 59, tzinfo=UTC)
    >>> [
    ...     invoice_status(status="ISSUED", total_cents=100, paid_cents=paid, due_at=due, now=now)
    ...     for paid, now in [(0, due), (0, due + timedelta.resolution), (99, due + timedelta(9)), (100, due), (101, due)]
    ... ]
    ['ISSUED', 'OVERDUE', 'PARTIALLY_PAID', 'PAID', 'PAID']
    >>> invoice_status(status="VOID", total_cents=0, paid_cents=0, due_at=None, now=due)
    'VOID'
    """
    if status in STICKY:
        return status
    if max(paid_cents, 0) >= total_cents:
        return PAID
    if paid_cents > 0:
        return PARTIALLY_PAID
    return OVERDUE if due_at is not None and due_at < now else ISSUED


def balance_cents(*, status: str, total_cents: int, paid_cents: int) -> int:
    """Answer what is left to pay: nothing of a draft, void or failed one, and never less than nothing.

    >>> [balance_cents(status=status, total_cents=900, paid_cents=400) for status in ("ISSUED", "VOID")]
    [500, 0]
    """
    return 0 if status in STICKY else max(total_cents - max(paid_cents, 0), 0)


def paid_moment(*, status: str, paid_at: datetime | None, now: datetime) -> datetime | None:
    """Decide `paid_at` for a new status: kept or set to now when paid, empty when not.

    >>> from datetime import UTC
    >>> then, now = datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 2, 1, tzinfo=UTC)
    >>> paid_moment(status="PAID", paid_at=then, now=now) == then, paid_moment(status="PAID", paid_at=None, now=now) == now
    (True, True)
    >>> paid_moment(status="OVERDUE", paid_at=then, now=now) is None
    True
    """
    return (paid_at or now) if status == PAID else None


def days_overdue(*, balance_cents: int, due_at: datetime | None, now: datetime) -> int:
    """Count the started days since an invoice with something left to pay was due; 0 when it is not late.

    >>> from datetime import UTC
    >>> due = datetime(2026, 1, 31, 23, 59, 59, tzinfo=UTC)
    >>> [days_overdue(balance_cents=1, due_at=due, now=due + late) for late in (timedelta(), timedelta(0, 1), timedelta(1, 1))]
    [0, 1, 2]
    """
    if balance_cents <= 0 or due_at is None or due_at >= now:
        return 0
    return -((due_at - now) // timedelta(days=1))


def ageing_bucket(days_overdue: int) -> str:
    """Name the ageing bucket of a number of days.

    >>> [ageing_bucket(days) for days in (0, 1, 30, 31, 90, 91)]
    ['CURRENT', 'DAYS_1_30', 'DAYS_1_30', 'DAYS_31_60', 'DAYS_61_90', 'OVER_90_DAYS']
    """
    if days_overdue <= 0:
        return CURRENT
    return next((name for name, days in AGEING_DAYS.items() if days_overdue <= days), OLDEST)
