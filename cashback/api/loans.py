"""Loans: opened, listed, read, closed."""

from collections.abc import Sequence
from itertools import groupby
from typing import Any
from uuid import UUID

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.answers import PersonAnswer
from accounts.api.door import Door
from accounts.api.fields import Day, Key, StrictSerializer, Text
from accounts.api.idempotency import idempotent, idempotent_when_keyed
from accounts.roles import EVERYBODY, OFFICE, STAFF
from billing.api.fields import Cents
from cashback import services
from cashback.api.fields import NothingForm, PersonName, Rate, person_named
from cashback.models import Loan
from cashback.selectors.loans import figures_of_many


class LoanForm(StrictSerializer):
    """What is lent to whom, at which rate, from which day on."""

    customer = PersonName()
    loan_name = Text(max_length=100)
    principal_cents = Cents()
    interest_rate = Rate()
    started_on = Day()
    loan_type = serializers.ChoiceField(Loan.LoanType.choices, required=False)
    payment_frequency = serializers.ChoiceField(Loan.Frequency.choices, required=False)
    day_count = serializers.ChoiceField(Loan.DayCount.choices, required=False)
    customer_notes = Text(max_length=2000, required=False, allow_blank=True, help_text="The customer reads it.")
    admin_notes = Text(max_length=2000, required=False, allow_blank=True, help_text="Only staff reads it.")


class LoanFiguresAnswer(serializers.Serializer):
    """Where a loan stands today, by the payments that are verified; in cents of its currency."""

    as_of = serializers.DateField()
    interest_accrued_cents = serializers.IntegerField()
    interest_due_cents = serializers.IntegerField(help_text="Accrued and not paid.")
    outstanding_cents = serializers.IntegerField(help_text="The principal that is left, and the interest due.")
    waiting_payments = serializers.IntegerField()
    waiting_cents = serializers.IntegerField()


class LoanAnswer(serializers.ModelSerializer):
    """What was lent to whom, and how much of it is still to come back."""

    customer = PersonAnswer()
    admin_notes = serializers.CharField(required=False, help_text="Only for staff.")
    figures = LoanFiguresAnswer()

    class Meta:
        model = Loan
        fields = [
            "id",
            "number",
            "customer",
            "loan_name",
            "loan_type",
            "payment_frequency",
            "currency",
            "principal_cents",
            "remaining_principal_cents",
            "interest_paid_cents",
            "interest_rate",
            "day_count",
            "started_on",
            "status",
            "customer_notes",
            "admin_notes",
            "created_at",
            "closed_at",
            "figures",
        ]
        read_only_fields = [name for name in fields if name != "admin_notes"]


class OwnLoanAnswer(LoanAnswer):
    """The same as its customer reads it."""

    admin_notes = None

    class Meta(LoanAnswer.Meta):
        fields = read_only_fields = [name for name in LoanAnswer.Meta.fields if name != "admin_notes"]


class LoanQuery(StrictSerializer):
    """Which loans."""

    status = serializers.ChoiceField(Loan.Status.choices, required=False)
    customer_id = Key(required=False)


class LoanDoor(Door):
    """Loans that the person may see: staff all of the business, a customer their own."""

    readers = EVERYBODY

    def told(self, loans: Sequence[Loan]) -> list[dict[str, Any]]:
        """Loans in this person's words, each with where it stands today. Two queries, however many they are."""
        user = self.request.user
        answer = LoanAnswer if user.is_superuser or user.role in STAFF else OwnLoanAnswer
        now = timezone.now()
        for zone, of_zone in groupby(loans, key=lambda loan: loan.tenant.zone):
            same = list(of_zone)
            figures = figures_of_many(same, as_of=now.astimezone(zone).date())
            for loan in same:
                loan.figures = figures[loan.pk]  # type: ignore[attr-defined]
        return answer(loans, many=True).data

    def as_stored(self, loan: Loan) -> dict[str, Any]:
        """A loan as the database has it."""
        return self.told([Loan.objects.select_related("customer", "tenant").get(pk=loan.pk)])[0]


class Loans(LoanDoor):
    """Loans."""

    writers = OFFICE

    @extend_schema(parameters=[LoanQuery], responses=LoanAnswer(many=True))
    def get(self, request: Request) -> Response:
        """Loans, newest first: yours, for staff all."""
        rows = self.rows(Loan).filter(**self.query(LoanQuery)).select_related("customer", "tenant")
        return self.get_paginated_response(self.told(self.paginate_queryset(rows)))

    @extend_schema(request=LoanForm, responses={201: LoanAnswer})
    @idempotent
    def post(self, request: Request) -> Response:
        """Lend money to a person of the business."""
        form = self.body(LoanForm)
        customer = person_named(self, form.pop("customer"), name="customer")
        loan = services.open_loan(
            actor=request.user, tenant=self.tenant(), customer=customer, now=timezone.now(), **form
        )
        return Response(self.as_stored(loan), status=status.HTTP_201_CREATED)


class OneLoan(LoanDoor):
    """One loan."""

    @extend_schema(responses=LoanAnswer)
    def get(self, request: Request, pk: UUID) -> Response:
        """A loan."""
        return Response(self.as_stored(self.find(Loan, pk)))


class LoanClosing(LoanDoor):
    """A loan that is paid back."""

    writers = OFFICE

    @extend_schema(request=NothingForm, responses={200: LoanAnswer})
    @idempotent_when_keyed
    def post(self, request: Request, pk: UUID) -> Response:
        """Close a loan whose principal came back."""
        self.body(NothingForm)
        closed = services.close_loan(actor=request.user, loan=self.find(Loan, pk), now=timezone.now())
        return Response(self.as_stored(closed))
