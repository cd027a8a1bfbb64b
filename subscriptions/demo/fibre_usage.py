"""What the lines of the demo's internet provider carried, as its network told it, and what the services made of it.

A session for each line and billing period sends its running counters every night. Most customers stay below their cap; some went
beyond it, some come near, two lines send nothing though they are in service, and one customer copied a data centre.
"""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from itertools import accumulate
from typing import Any, Final

from accounts.demo.dates import days, local
from subscriptions.demo.fibre_books import Contract, FibreBooks
from subscriptions.rules.billing_cycle import BillingPeriod
from subscriptions.rules.data_units import BYTES_IN, GB

WITHOUT_A_CAP_BYTES: Final = 400 * BYTES_IN[GB]  # what a share is of, where the plan is unlimited
SILENT: Final = 0.0
BILLED: Final = {63: 1.12, 66: 1.3, 71: 1.05, 81: 1.18, 87: 4.2}  # customer: share of the cap, two periods ago
TO_BILL: Final = {  # in the last period
    3: 1.15, 9: 1.4, 14: SILENT, 20: 1.07, 33: 1.25, 45: 1.2,
    63: 1.2, 67: 1.08, 72: SILENT, 76: 5.0, 80: SILENT, 85: 1.4, 91: 1.02,
}  # fmt: skip
SO_FAR: Final = {5: 0.84, 17: 0.92, 28: 1.1, 40: 0.86, 63: 1.04, 65: 0.83, 70: 0.93, 81: 0.86}  # until yesterday
TODAY: Final = {81: 0.97, 90: 0.82, 96: 0.88}  # where today brought much
REJECTED: Final = (
    {"subscriber_id": "olt9-0001", "bytes_in": 4_000, "bytes_out": 90_000},
    {"subscriber_id": "olt1-0003", "bytes_in": -17, "bytes_out": 90_000},
    {"subscriber_id": "olt1-0007", "bytes_out": 90_000},
)


def of_period(
    contract: Contract, period: BillingPeriod, share: float, *, books: FibreBooks
) -> Iterator[dict[str, Any]]:
    """Yield a packet for each night of the period before today; at the last one, this share of the cap is used."""
    told = days(period.start, min(period.end, books.today - timedelta(days=1)))
    summed = list(accumulate(map(weight, told)))
    for place, day in enumerate(told if share != SILENT else ()):
        used = int(cap_of(contract) * share * summed[place] / summed[-1])
        yield packet(contract, period, place + 1, local(books.tenant.zone, day, 23, 55), used, books=books)


def of_today(contract: Contract, share: float, *, now: datetime, books: FibreBooks) -> Iterator[dict[str, Any]]:
    """Yield what was counted today."""
    period = books.current_period(contract.subscription)
    used = int(cap_of(contract) * share)
    yield packet(contract, period, 999, now.replace(microsecond=0), used, books=books)


def packet(
    contract: Contract, period: BillingPeriod, sequence: int, at: datetime, used: int, *, books: FibreBooks
) -> dict[str, Any]:
    """Make what the network sends: the counters of the session since its beginning."""
    return {
        "subscriber_id": contract.line.pk,
        "session_id": f"{contract.line.pk}-{period.start:%Y%m%d}",
        "sequence": sequence,
        "started_at": local(books.tenant.zone, period.start, 0, 5).isoformat(),
        "at": at.isoformat(),
        "bytes_in": used // 9,
        "bytes_out": used - used // 9,
    }


def unusable(*, now: datetime) -> Iterator[dict[str, Any]]:
    """Yield packets that cannot be taken: of a line that nobody knows, with a negative counter, with no counter."""
    for number, said in enumerate(REJECTED, start=1):
        started_at, at = now - timedelta(hours=number + 1), now - timedelta(hours=number)
        times = {
            "started_at": started_at.replace(microsecond=0).isoformat(),
            "at": at.replace(microsecond=0).isoformat(),
        }
        yield {"session_id": f"odd-{number}", "sequence": 1, **times, **said}


def cap_of(contract: Contract) -> int:
    """What the plan gives in a whole period."""
    return contract.subscription.plan.cap_bytes or WITHOUT_A_CAP_BYTES


def usual(number: int) -> float:
    """The share that a customer uses who does nothing unusual: 30 to 74 % of a whole period."""
    return 0.3 + number * 17 % 45 / 100


def weight(day: date) -> int:
    """How much more or less a day is used than others: much at weekends."""
    return 4 + day.toordinal() * 7 % 5 + (3 if day.isoweekday() > 5 else 0)
