"""What becomes of a payment after it was recorded: verified by a second person, or taken back."""

from uuid import UUID

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.door import Door
from accounts.api.fields import StrictSerializer, Text
from accounts.api.idempotency import idempotent_when_keyed
from accounts.roles import OFFICE
from billing import services
from billing.api.payments import PaymentAnswer, payment_as_stored
from billing.models import Payment


class ReasonForm(StrictSerializer):
    """Why."""

    reason = Text(max_length=2000)


class RemarkForm(StrictSerializer):
    """Why, if there is something to say."""

    reason = Text(max_length=2000, required=False, allow_blank=True)


class PaymentApproval(Door):
    """A waiting payment is found right."""

    writers = OFFICE

    @extend_schema(request=RemarkForm, responses={200: PaymentAnswer})
    @idempotent_when_keyed
    def post(self, request: Request, pk: UUID) -> Response:
        """Let a waiting payment count and pay for its sale. Not by who collected or recorded it; decided once."""
        payment = self.find(Payment, pk)
        approved = services.approve_payment(
            actor=request.user, payment=payment, now=timezone.now(), **self.body(RemarkForm)
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
