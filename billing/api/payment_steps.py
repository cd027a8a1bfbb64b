"""What becomes of a payment after it was recorded: verified by a second person, applied, given back, or taken back."""

from uuid import UUID

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.answers import PersonAnswer
from accounts.api.door import Door
from accounts.api.fields import StrictSerializer, Text
from accounts.api.idempotency import idempotent, idempotent_when_keyed
from accounts.roles import OFFICE
from billing import services
from billing.api.allocations import (
    AllocationAnswer,
    PaymentApplyForm,
    PreviewAnswer,
    PreviewQuery,
    splits_field,
    splits_of,
)
from billing.api.fields import Cents
from billing.api.payments import PaymentAnswer, payment_as_stored
from billing.models import Allocation, Payment, PaymentAuditLog
from billing.selectors.invoice_debts import preview_allocation
from billing.selectors.open_debts import preview_by_mode
from billing.services.payment_allocation import check_can_pay


class ReasonForm(StrictSerializer):
    """Why."""

    reason = Text(max_length=2000)


class ApprovalForm(StrictSerializer):
    """What it pays for, if not what it was recorded for; and a remark, if there is something to say."""

    allocations = splits_field()
    reason = Text(max_length=2000, required=False, allow_blank=True)


class RefundForm(StrictSerializer):
    """How much goes back, why, and by which transfer."""

    amount_cents = Cents()
    reason = Text(max_length=2000)
    reference = Text(max_length=100, required=False, allow_blank=True, help_text="Of the outgoing transfer.")


class PaymentApproval(Door):
    """A waiting payment is found right."""

    writers = OFFICE

    @extend_schema(request=ApprovalForm, responses={200: PaymentAnswer})
    @idempotent_when_keyed
    def post(self, request: Request, pk: UUID) -> Response:
        """Let a waiting payment count and pay for what it was recorded for. Not by who collected or recorded it; decided once."""
        payment = self.find(Payment, pk)
        form = self.body(ApprovalForm)
        approved = services.approve_payment(
            actor=request.user, payment=payment, now=timezone.now(), splits=splits_of(form), **form
        )
        return Response(payment_as_stored(approved))


class PaymentRejection(Door):
    """A waiting payment is refused."""

    writers = OFFICE

    @extend_schema(request=ReasonForm, responses={200: PaymentAnswer})
    @idempotent_when_keyed
    def post(self, request: Request, pk: UUID) -> Response:
        """Refuse a waiting payment: it never counts. Not by who collected or recorded it; decided once."""
        payment = self.find(Payment, pk)
        rejected = services.reject_payment(actor=request.user, payment=payment, **self.body(ReasonForm))
        return Response(payment_as_stored(rejected))


class PaymentReversal(Door):
    """A payment taken back."""

    writers = OFFICE

    @extend_schema(request=ReasonForm, responses={200: PaymentAnswer})
    @idempotent_when_keyed
    def post(self, request: Request, pk: UUID) -> Response:
        """Reverse a payment, for example a bounced cheque: it counts no more, and what it paid for is owed again."""
        payment = self.find(Payment, pk)
        reason = self.body(ReasonForm)["reason"]
        reversed_payment = services.reverse_payment(
            actor=request.user, payment=payment, reason=reason, now=timezone.now()
        )
        return Response(payment_as_stored(reversed_payment))


class PaymentRefundDoor(Door):
    """Money given back."""

    writers = OFFICE

    @extend_schema(request=RefundForm, responses={200: PaymentAnswer})
    @idempotent
    def post(self, request: Request, pk: UUID) -> Response:
        """Give back part of a payment, or all: first what lies free of it, then what it paid for last, which is owed again."""
        payment = self.find(Payment, pk)
        form = self.body(RefundForm)
        refund = services.refund_payment(actor=request.user, payment=payment, now=timezone.now(), **form)
        return Response(payment_as_stored(refund.payment))


class AppliedPaymentAnswer(PaymentAnswer):
    """The payment, and what it pays for from now on; the opening balance may have taken less than was asked."""

    allocations = AllocationAnswer(many=True)

    class Meta(PaymentAnswer.Meta):
        fields = read_only_fields = [*PaymentAnswer.Meta.fields, "allocations"]


class PaymentAllocation(Door):
    """A payment applied to debts of its customer."""

    writers = OFFICE

    @extend_schema(request=PaymentApplyForm, responses={200: AppliedPaymentAnswer})
    @idempotent
    def post(self, request: Request, pk: UUID) -> Response:
        """Apply a payment, all or nothing: to the debts in the list, by a mode, or without either to the invoices due first."""
        payment = self.find(Payment, pk)
        form = self.body(PaymentApplyForm)
        written = services.allocate_payment(
            actor=request.user, payment=payment, now=timezone.now(), splits=splits_of(form), **form
        )
        return Response({**payment_as_stored(payment), "allocations": AllocationAnswer(written, many=True).data})


class PaymentAllocationPreview(Door):
    """What applying a payment would do."""

    readers = OFFICE

    @extend_schema(parameters=[PreviewQuery], responses=PreviewAnswer)
    def get(self, request: Request, pk: UUID) -> Response:
        """What the payment would pay now without a list: by a mode, or the invoices due first. 409 when it can pay nothing."""
        payment, mode = self.find(Payment, pk), self.query(PreviewQuery).get("mode")
        check_can_pay(payment)
        preview = preview_by_mode(payment, mode=mode) if mode else preview_allocation(payment)
        return Response(PreviewAnswer(preview).data)


class PaymentRollback(Door):
    """All that a payment pays for, taken back."""

    writers = OFFICE

    @extend_schema(request=ReasonForm, responses={200: PaymentAnswer})
    @idempotent
    def post(self, request: Request, pk: UUID) -> Response:
        """Take back exactly what the payment pays for now, in one go: all of it is owed again, and the money lies on it."""
        payment = self.find(Payment, pk)
        services.rollback_allocations(actor=request.user, payment=payment, now=timezone.now(), **self.body(ReasonForm))
        return Response(payment_as_stored(payment))


class AllocationsOfPayment(Door):
    """What a payment pays and paid for."""

    readers = OFFICE

    @extend_schema(responses=AllocationAnswer(many=True))
    def get(self, request: Request, pk: UUID) -> Response:
        """Every allocation of a payment, reversing ones included, newest first: who, when, by which rule, why."""
        payment = self.find(Payment, pk)
        rows = self.rows(Allocation).filter(payment=payment).select_related("created_by")
        return self.page(rows, AllocationAnswer)


class AuditEntry(serializers.ModelSerializer):
    """One step in the life of a payment."""

    performed_by = PersonAnswer(allow_null=True)
    previous_state = serializers.DictField(allow_null=True)
    new_state = serializers.DictField(allow_null=True)

    class Meta:
        model = PaymentAuditLog
        fields = ["id", "action", "performed_by", "previous_state", "new_state", "notes", "created_at"]
        read_only_fields = fields


class PaymentAudit(Door):
    """The audit trail of a payment."""

    readers = OFFICE

    @extend_schema(responses=AuditEntry(many=True))
    def get(self, request: Request, pk: UUID) -> Response:
        """Every step of a payment, newest first: who, what it was before and after, why. Looks at its proof among them."""
        payment = self.find(Payment, pk)
        rows = self.rows(PaymentAuditLog).filter(payment=payment).select_related("performed_by")
        return self.page(rows, AuditEntry)


class ProofAnswer(serializers.Serializer):
    """Where the proof lies."""

    proof_reference = serializers.CharField()


class PaymentProof(Door):
    """The proof of a payment."""

    readers = OFFICE

    @extend_schema(responses=ProofAnswer)
    def get(self, request: Request, pk: UUID) -> Response:
        """Where the proof of a payment lies. Every look is written into the payment's audit trail."""
        proof = services.read_proof(actor=request.user, payment=self.find(Payment, pk))
        return Response({"proof_reference": proof})
