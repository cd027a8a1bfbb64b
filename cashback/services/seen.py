"""What somebody decides on is what they saw: a row that changed between their look and their click is not decided.

10:00  the office sees day 4 with 500.00, on which Asha earns 25.00: its mark is 21
10:01  the day is entered anew with 50,000.00, or Ravi is to earn on it too, or Asha leaves: its mark is 22
10:02  the office approves "day 4 as marked 21":  refused, nothing is booked
"""

from django.db.models import Model

from accounts.errors import Conflict
from cashback.selectors.marks import mark_of


class ChangedSinceSeen(Conflict):
    """The row is no longer what the person looked at."""

    code = "changed_since_seen"


def check_seen(row: Model, seen: int | None, *, named: str) -> None:
    """Let pass a held row that is as it was shown; without a mark nothing is compared. *Raises* ChangedSinceSeen."""
    if seen is not None and mark_of(type(row), row.pk) != seen:
        raise ChangedSinceSeen(
            f"{named}, or who earns on it, changed since you looked: load it again, and decide on what it says now."
        )
