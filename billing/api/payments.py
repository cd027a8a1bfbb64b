"""Payments: recorded, listed, read. What becomes of one afterwards: `payment_steps`."""

import hashlib
from uuid import UUID

from django.core.validators import RegexValidator
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.answers import PersonAnswer
from accounts.api.door import Door
from accounts.api.fields import Key, Moment, StrictSerializer, Text
from accounts.api.idempotency import idempotent, idempotent_when_keyed
from accounts.roles import OFFICE, STAFF
from billing import services
from billing.api.allocations import mode_field, splits_field, splits_of
from billing.api.fields import Cents, Channel
from billing.models import Customer, Payment, Sale
from routes.models import Route

LONGEST_KEY = 255
ISO_4217 = RegexValidator(r"^[A-Z]{3}\Z", "Three capital letters, such as BDT.")


class PaymentForm(StrictSerializer):
    """Money received. For a sale its customer may be left out."""

    id = Key(required=False, help_text="Made by the client, so that a phone can record a payment without a network.")
    customer_id = Key(required=False)
    sale_id = Key(required=False, allow_null=True)
    route_id = Key(required=False, allow_null=True, help_text="Only without a sale on a route: the collector's own.")
    amount_cents = Cents()
    currency = Text(
        max_length=3,
        validators=[ISO_4217],
        required=False,
        help_text="Default: that of the business. Nothing is converted.",
    )
    channel = Channel()
    received_at = Moment()
    collected_by_id = Key(required=False, allow_null=True, help_text="Default for a representative: themselves.")
    reference = Text(max_length=100, allow_blank=True, required=False)
    external_reference = Text(
        max_length=100, required=False, help_text="Of a payment by GATEWAY: the gateway's name for it."
    )
    proof_reference = Text(max_length=200, required=False, allow_blank=True, help_text="Where the proof of it lies.")
    mode = mode_field()
    allocations = splits_field()

    def validate(self, attrs: dict) -> dict:
        """A payment is somebody's."""
        if not attrs.get("customer_id") and not attrs.get("sale_id"):
            raise serializers.ValidationError({"customer_id": ["Say whose payment it is: customer_id or sale_id."]})
        return attrs


class PaymentAnswer(serializers.ModelSerializer):
    """A payment: how much came in, through whom, where, and what it pays for."""

    customer_id = serializers.UUIDField()
    sale_id = serializers.UUIDField(allow_null=True)
    route_id = serializers.UUIDField(allow_null=True)
    collected_by = PersonAnswer(allow_null=True)
    allocation_status = serializers.ChoiceField(["unapplied", "partially_applied", "fully_applied"])
    unallocated_cents = serializers.IntegerField(help_text="The customer's credit, if the payment counts.")
    has_proof = serializers.SerializerMethodField(help_text="The office reads it at …/proof.")

    class Meta:
        model = Payment
        fields = [
            "id",
            "customer_id",
            "sale_id",
            "route_id",
            "amount_cents",
            "currency",
            "allocated_cents",
            "refunded_cents",
            "unallocated_cents",
            "allocation_status",
            "channel",
            "status",
            "verification_status",
            "collected_by",
            "reference",
            "external_reference",
            "has_proof",
            "received_at",
            "created_at",
        ]
        read_only_fields = fields

    def get_has_proof(self, payment: Payment) -> bool:
        """Whether a proof lies somewhere; not where."""
        return bool(payment.proof_reference)


class AmountForm(StrictSerializer):
    """The right amount, and why it was wrong."""

    amount_cents = Cents()
    reason = Text(max_length=2000)


class PaymentQuery(StrictSerializer):
    """Which payments."""

    customer_id = Key(required=False)
    sale_id = Key(required=False)
    route_id = Key(required=False)
    collected_by_id = Key(required=False)
    status = serializers.ChoiceField(Payment.Status.choices, required=False)
    verification_status = serializers.ChoiceField(Payment.Verification.choices, required=False)
    channel = serializers.ChoiceField(Payment.Channel.choices, required=False)
    reference = Text(max_length=100, required=False)


class Payments(Door):
    """Payments that the person may see: the office all, a representative what they collected and what came on their routes."""

    readers = writers = STAFF

    @extend_schema(parameters=[PaymentQuery], responses=PaymentAnswer(many=True))
    def get(self, request: Request) -> Response:
        """Payments, newest first."""
        rows = self.rows(Payment).filter(**self.query(PaymentQuery)).select_related("collected_by")
        return self.page(rows, PaymentAnswer)

    @extend_schema(request=PaymentForm, responses={201: PaymentAnswer})
    @idempotent
    def post(self, request: Request) -> Response:
        """Record money received: on the route of its sale, applied to the sale or as the office says, the rest kept as credit.

        By GATEWAY it is started and waits for the gateway; where the business verifies payments it waits for a second person.
        Sent again with the same key it is answered, not done again; also with the same `id` under another key.
        """
        form = self.body(PaymentForm)
        sale = self._find(Sale, form, "sale_id")
        customer = self._find(Customer, form, "customer_id") or sale.customer
        route = self._find(Route, form, "route_id")
        collector_id = form.pop("collected_by_id", None)
        form.setdefault("currency", customer.tenant.currency)
        payment = services.record_payment(
            actor=request.user,
            customer=customer,
            sale=sale,
            route=route,
            collected_by=self.find_person(collector_id, name="collected_by_id") if collector_id else None,
            idempotency_key=payment_key(request),
            now=timezone.now(),
            splits=splits_of(form),
            **form,
        )
        return Response(payment_as_stored(payment), status=status.HTTP_201_CREATED)

    def _find(self, model: type, form: dict, name: str) -> Customer | Sale | Route | None:
        pk = form.pop(name, None)
        return self.find(model, pk, name=name) if pk else None


class OnePayment(Door):
    """One payment."""

    readers, writers = STAFF, OFFICE

    @extend_schema(responses=PaymentAnswer)
    def get(self, request: Request, pk: UUID) -> Response:
        """A payment."""
        return Response(PaymentAnswer(self.row(self.rows(Payment).select_related("collected_by"), pk)).data)

    @extend_schema(request=AmountForm, responses={200: PaymentAnswer})
    @idempotent_when_keyed
    def patch(self, request: Request, pk: UUID) -> Response:
        """Correct the amount of a payment that is not used up: not below what it pays for, nor above the business's limit."""
        payment = self.find(Payment, pk)
        changed = services.change_payment_amount(actor=request.user, payment=payment, **self.body(AmountForm))
        return Response(payment_as_stored(changed))


def payment_key(request: Request) -> str:
    """The key that the payment itself keeps: the header's, of this person, because two people may make the same one."""
    key = f"{request.user.pk}:{request.headers['Idempotency-Key']}"
    return key if len(key) <= LONGEST_KEY else f"{request.user.pk}:sha256:{hashlib.sha256(key.encode()).hexdigest()}"


def payment_as_stored(payment: Payment) -> dict:
    """The payment as the database has it: `allocation_status` is computed there."""
    return PaymentAnswer(Payment.objects.select_related("collected_by").get(pk=payment.pk)).data
