"""Who looks after a loan or a tracker and may configure its cashback: said by an administrator."""

from typing import Any
from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.answers import PersonAnswer
from accounts.api.door import Door
from accounts.api.fields import StrictSerializer
from accounts.api.idempotency import idempotent_when_keyed
from accounts.roles import ADMINS, STAFF
from cashback import services
from cashback.api.fields import PersonName, person_named
from cashback.models import DailyTracker, Loan, LoanAssignment, TrackerAssignment


class AssignmentForm(StrictSerializer):
    """Whom."""

    user = PersonName()


class AssignmentAnswer(serializers.Serializer):
    """Who looks after it, since when, and who said so."""

    id = serializers.UUIDField()
    user = PersonAnswer()
    assigned_by = PersonAnswer(allow_null=True)
    assigned_at = serializers.DateTimeField()


class AssignmentDoor(Door):
    """Who looks after one loan or tracker."""

    readers, writers = STAFF, ADMINS
    ordering = ("assigned_at", "id")

    def asked(self) -> dict[str, Any]:
        """Whom the body names, and who says so."""
        return {
            "user": person_named(self, self.body(AssignmentForm)["user"], name="user"),
            "actor": self.request.user,
        }

    def told(self, made: LoanAssignment | TrackerAssignment) -> Response:
        """The answer to a new one."""
        return Response(AssignmentAnswer(made).data, status=status.HTTP_201_CREATED)

    def of_loan(self, pk: UUID) -> Any:
        """Who looks after a loan."""
        rows = self.rows(LoanAssignment).filter(loan=self.find(Loan, pk))
        return rows.select_related("user", "assigned_by", "loan")

    def of_tracker(self, pk: UUID) -> Any:
        """Who looks after a tracker."""
        rows = self.rows(TrackerAssignment).filter(tracker=self.find(DailyTracker, pk))
        return rows.select_related("user", "assigned_by", "tracker")


class LoanAssignments(AssignmentDoor):
    """Who looks after a loan."""

    @extend_schema(responses=AssignmentAnswer(many=True))
    def get(self, request: Request, pk: UUID) -> Response:
        """Who looks after the loan and may configure its cashback."""
        return self.page(self.of_loan(pk), AssignmentAnswer)

    @extend_schema(request=AssignmentForm, responses={201: AssignmentAnswer})
    @idempotent_when_keyed
    def post(self, request: Request, pk: UUID) -> Response:
        """Let somebody of the staff look after the loan."""
        return self.told(services.assign_to_loan(loan=self.find(Loan, pk), **self.asked()))


class OneLoanAssignment(AssignmentDoor):
    """One person who looks after a loan."""

    @extend_schema(request=None, responses={204: None})
    def delete(self, request: Request, pk: UUID, assignment: UUID) -> Response:
        """Let this person look after the loan no more."""
        found = self.row(self.of_loan(pk), assignment)
        services.unassign_from_loan(actor=request.user, loan=found.loan, user=found.user)
        return Response(status=status.HTTP_204_NO_CONTENT)


class TrackerAssignments(AssignmentDoor):
    """Who looks after a tracker."""

    @extend_schema(responses=AssignmentAnswer(many=True))
    def get(self, request: Request, pk: UUID) -> Response:
        """Who looks after the tracker, enters its days and may configure its cashback."""
        return self.page(self.of_tracker(pk), AssignmentAnswer)

    @extend_schema(request=AssignmentForm, responses={201: AssignmentAnswer})
    @idempotent_when_keyed
    def post(self, request: Request, pk: UUID) -> Response:
        """Let somebody of the staff look after the tracker."""
        return self.told(services.assign_to_tracker(tracker=self.find(DailyTracker, pk), **self.asked()))


class OneTrackerAssignment(AssignmentDoor):
    """One person who looks after a tracker."""

    @extend_schema(request=None, responses={204: None})
    def delete(self, request: Request, pk: UUID, assignment: UUID) -> Response:
        """Let this person look after the tracker no more."""
        found = self.row(self.of_tracker(pk), assignment)
        services.unassign_from_tracker(actor=request.user, tracker=found.tracker, user=found.user)
        return Response(status=status.HTTP_204_NO_CONTENT)
