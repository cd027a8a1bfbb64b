"""A loan's statement: what accrued, what was paid, and what is left, line by line."""

from uuid import UUID

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.door import Door
from accounts.api.fields import Day, StrictSerializer
from accounts.roles import EVERYBODY
from cashback.models import Loan
from cashback.selectors.loans import statement_of


class StatementQuery(StrictSerializer):
    """Until which day."""

    as_of = Day(required=False, help_text="Left out: today where the business is.")


class StatementLineAnswer(serializers.Serializer):
    """What accrued since the line before, what was paid, and how it stands after that; in cents of the loan's currency."""

    on = serializers.DateField()
    days = serializers.IntegerField(help_text="Since the line before.")
    interest_accrued_cents = serializers.IntegerField(help_text="Since the line before.")
    payment_id = serializers.UUIDField(
        source="payment.pk", allow_null=True, default=None, help_text="Null on the first and the last line."
    )
    paid_interest_cents = serializers.IntegerField(source="payment.interest_cents", default=0)
    paid_principal_cents = serializers.IntegerField(source="payment.principal_cents", default=0)
    principal_left_cents = serializers.IntegerField()
    interest_due_cents = serializers.IntegerField()


class LoanStatementAnswer(serializers.Serializer):
    """A loan from the day it was lent to the end of a day; only verified payments count."""

    number = serializers.CharField()
    currency = serializers.CharField()
    as_of = serializers.DateField()
    lines = StatementLineAnswer(many=True)


class LoanStatement(Door):
    """The statement of one loan."""

    readers = EVERYBODY

    @extend_schema(parameters=[StatementQuery], responses=LoanStatementAnswer)
    def get(self, request: Request, pk: UUID) -> Response:
        """What was lent, each verified payment in order of its day, and how the loan stands at the end."""
        loan = self.row(self.rows(Loan).select_related("tenant"), pk)
        as_of = self.query(StatementQuery).get("as_of") or loan.tenant.day_of(timezone.now())
        lines = statement_of(loan, as_of=as_of)
        told = {"number": loan.number, "currency": loan.currency, "as_of": as_of, "lines": lines}
        return Response(LoanStatementAnswer(told).data)
