"""The histories of loans, redemptions and trackers. What only staff reads, and what is sealed, is not told."""

from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.history import HistoryDoor, HistoryEntry
from accounts.roles import EVERYBODY, STAFF
from cashback.models import PAYOUT_FIELDS, CashbackRedemption, DailyTracker, Loan


class CarefulHistory(HistoryDoor):
    """A history without some of the columns."""

    readers = EVERYBODY

    def hidden(self) -> frozenset[str]:
        """The columns that this person does not read."""
        return frozenset()

    @extend_schema(responses=HistoryEntry(many=True))
    def get(self, request: Request, pk: UUID) -> Response:
        """Every change of it: who, when, why, in which run, and each field before and after. Newest first."""
        answer, hidden = super().get(request, pk), self.hidden()
        for entry in answer.data["results"]:
            entry["changes"] = [change for change in entry["changes"] if change["field"] not in hidden]
        return answer

    def is_staff(self) -> bool:
        """Whether the person reads what staff writes for itself."""
        return self.request.user.is_superuser or self.request.user.role in STAFF


class LoanHistory(CarefulHistory):
    """Who changed a loan."""

    model = Loan

    def hidden(self) -> frozenset[str]:
        """Customers do not read the notes of staff."""
        return frozenset() if self.is_staff() else frozenset({"admin_notes"})


class RedemptionHistory(CarefulHistory):
    """Who paid a redemption out, or cancelled it."""

    model = CashbackRedemption

    def hidden(self) -> frozenset[str]:
        """Nobody reads sealed details here: who reads them whole is written down elsewhere."""
        return frozenset(PAYOUT_FIELDS)


class TrackerHistory(CarefulHistory):
    """Who changed a tracker."""

    model = DailyTracker
