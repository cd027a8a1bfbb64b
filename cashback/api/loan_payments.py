"""What is paid on loans: recorded, verified by somebody else, rejected, changed, deleted."""

from typing import Any
from uuid import UUID

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.answers import PersonAnswer
from accounts.api.door import Door
from accounts.api.fields import Day, StrictSerializer, Text
from accounts.api.idempotency import idempotent, idempotent_when_keyed
from accounts.roles import EVERYBODY, OFFICE
from billing.api.fields import Cents
from billing.api.payment_steps import ReasonForm
from cashback import services
from cashback.api.fields import CashbackForm, by_hand, shown_mark
from cashback.models import Loan, LoanPayment
from cashback.selectors.marks import with_mark

PAYMENT_TYPES = ("interest", "principal", "both")


class LoanPaymentForm(StrictSerializer):
    """How much was paid on which day, and how."""

    amount_cents = Cents()
    payment_date = Day()
    payment_method = serializers.ChoiceField(LoanPayment.Method.choices, required=False)
    transaction_id = Text(max_length=100, required=False, allow_blank=True)
    interest_cents = Cents(
        least=0, required=False, allow_null=True, help_text="Left out: what is due, the rest is principal."
    )


class LoanPaymentChangeForm(StrictSerializer):
    """What is right, and why it was wrong. Without any figure the payment is only split again, by the rule."""

    reason = Text(max_length=500)
    amount_cents = Cents(required=False)
    interest_cents = Cents(least=0, required=False)
    payment_date = Day(required=False)


class LoanPaymentAnswer(serializers.ModelSerializer):
    """What was paid, how it splits, and whether it counts."""

    loan_id = serializers.UUIDField()
    payment_type = serializers.ChoiceField(PAYMENT_TYPES)
    submitted_by = PersonAnswer(allow_null=True)
    verified_by = PersonAnswer(allow_null=True)
    seen = shown_mark()

    class Meta:
        model = LoanPayment
        fields = [
            "id",
            "loan_id",
            "amount_cents",
            "interest_cents",
            "principal_cents",
            "is_split_by_hand",
            "payment_type",
            "payment_date",
            "payment_method",
            "transaction_id",
            "status",
            "submitted_by",
            "verified_by",
            "verified_at",
            "rejection_reason",
            "seen",
            "created_at",
            "deleted_at",
        ]
        read_only_fields = fields


class PaymentsOfLoan(Door):
    """What was paid on one loan."""

    readers = writers = EVERYBODY
    ordering = ("-payment_date", "-id")

    @extend_schema(responses=LoanPaymentAnswer(many=True))
    def get(self, request: Request, pk: UUID) -> Response:
        """What was paid on the loan, newest day first; without what was deleted."""
        rows = self.rows(LoanPayment).filter(loan=self.find(Loan, pk)).live()  # type: ignore[attr-defined]
        return self.page(with_mark(rows).select_related("submitted_by", "verified_by"), LoanPaymentAnswer)

    @extend_schema(request=LoanPaymentForm, responses={201: LoanPaymentAnswer})
    @idempotent
    def post(self, request: Request, pk: UUID) -> Response:
        """Record what was paid. It waits for somebody else to verify it. By the office, staff of the loan, or its customer."""
        loan = self.find(Loan, pk)
        payment = services.record_loan_payment(
            actor=request.user, loan=loan, now=timezone.now(), **self.body(LoanPaymentForm)
        )
        return Response(payment_as_stored(payment), status=status.HTTP_201_CREATED)


class LoanPaymentStep(Door):
    """A step of one payment on a loan."""

    writers = OFFICE

    def payment(self, pk: UUID) -> LoanPayment:
        """The payment, unless it was deleted."""
        return self.row(self.rows(LoanPayment).live(), pk)  # type: ignore[attr-defined]


class LoanPaymentVerification(LoanPaymentStep):
    """A payment that came in."""

    @extend_schema(request=CashbackForm, responses={200: LoanPaymentAnswer})
    @idempotent_when_keyed
    def post(self, request: Request, pk: UUID) -> Response:
        """Let a payment count, and earn its cashback, once. Not by who submitted it."""
        payment, form = self.payment(pk), self.body(CashbackForm)
        verified = services.verify_loan_payment(
            actor=request.user, payment=payment, now=timezone.now(), **by_hand(self, form)
        )
        return Response(payment_as_stored(verified))


class LoanPaymentRejection(LoanPaymentStep):
    """A payment that did not come in."""

    @extend_schema(request=ReasonForm, responses={200: LoanPaymentAnswer})
    @idempotent_when_keyed
    def post(self, request: Request, pk: UUID) -> Response:
        """Let a payment not count, or no longer; what was earned on it is taken back."""
        payment = self.payment(pk)
        rejected = services.reject_loan_payment(
            actor=request.user, payment=payment, now=timezone.now(), **self.body(ReasonForm)
        )
        return Response(payment_as_stored(rejected))


class LoanPaymentChange(LoanPaymentStep):
    """A payment put right."""

    @extend_schema(request=LoanPaymentChangeForm, responses={200: LoanPaymentAnswer})
    @idempotent_when_keyed
    def post(self, request: Request, pk: UUID) -> Response:
        """Correct a payment. It waits again to be verified; what was earned on it is taken back."""
        payment = self.payment(pk)
        changed = services.change_loan_payment(
            actor=request.user, payment=payment, now=timezone.now(), **self.body(LoanPaymentChangeForm)
        )
        return Response(payment_as_stored(changed))


class LoanPaymentDeletion(LoanPaymentStep):
    """A payment that never was."""

    @extend_schema(request=ReasonForm, responses={200: LoanPaymentAnswer})
    @idempotent_when_keyed
    def post(self, request: Request, pk: UUID) -> Response:
        """Delete a payment; what was earned on it is taken back. The row and its history stay."""
        payment = self.payment(pk)
        services.delete_loan_payment(actor=request.user, payment=payment, now=timezone.now(), **self.body(ReasonForm))
        return Response(payment_as_stored(payment))


def payment_as_stored(payment: LoanPayment) -> dict[str, Any]:
    """The payment as the database has it."""
    rows = with_mark(LoanPayment.objects.all()).select_related("submitted_by", "verified_by")
    return LoanPaymentAnswer(rows.get(pk=payment.pk)).data
