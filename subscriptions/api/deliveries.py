"""Deliveries over HTTP: read, added without an order, corrected, cancelled. How orders are confirmed: `confirmations`."""

from typing import Any
from uuid import UUID

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.answers import PersonAnswer
from accounts.api.door import Door
from accounts.api.fields import Day, Flag, Key, StrictSerializer, Text
from accounts.api.idempotency import idempotent, idempotent_when_keyed
from accounts.roles import OFFICE, STAFF
from billing.api.fields import Quantity
from billing.models import Customer
from subscriptions import services
from subscriptions.models import Delivery, Product


class ExtraItemForm(StrictSerializer):
    """What an extra item needs. Its price is that of the day."""

    id = Key(required=False, help_text="Made by the client, so that a phone can record it without a network.")
    customer_id = Key()
    product_id = Key()
    day = Day(help_text="When it was delivered: today or earlier.")
    quantity = Quantity()
    slot = Text(max_length=40, allow_blank=True, required=False)
    note = Text(max_length=500, allow_blank=True, required=False)
    delivered_by_id = Key(required=False, allow_null=True, help_text="Default for a representative: themselves.")


class DeliveryAnswer(serializers.ModelSerializer):
    """What a customer got on a day, and what it asks for."""

    customer_id = serializers.UUIDField()
    product_id = serializers.UUIDField()
    round_id = serializers.UUIDField(allow_null=True)
    daily_order_id = serializers.UUIDField(allow_null=True, help_text="None: an extra item.")
    delivered_by = PersonAnswer(allow_null=True)

    class Meta:
        model = Delivery
        fields = [
            "id",
            "delivery_date",
            "customer_id",
            "product_id",
            "round_id",
            "slot",
            "daily_order_id",
            "status",
            "quantity",
            "unit_price_cents",
            "tax_rate_bps",
            "total_cents",
            "currency",
            "note",
            "delivered_by",
            "confirmed_at",
            "created_at",
        ]
        read_only_fields = fields


class DeliveryQuery(StrictSerializer):
    """Which deliveries."""

    date = Day(required=False, source="delivery_date")
    date_from = Day(required=False, source="delivery_date__gte")
    date_to = Day(required=False, source="delivery_date__lte")
    customer_id = Key(required=False)
    product_id = Key(required=False)
    round_id = Key(required=False)
    slot = Text(max_length=40, required=False)
    daily_order_id = Key(required=False)
    delivered_by_id = Key(required=False)
    status = serializers.ChoiceField(Delivery.Status.choices, required=False)
    billed = Flag(required=False, help_text="true: on a live invoice; false: stands, and goes on the next one.")


class Deliveries(Door):
    """Deliveries that the person may see: the office all, a representative those of their rounds."""

    readers = writers = STAFF
    ordering = ("-delivery_date", "-id")

    @extend_schema(parameters=[DeliveryQuery], responses=DeliveryAnswer(many=True))
    def get(self, request: Request) -> Response:
        """Deliveries, the newest day first."""
        wanted = self.query(DeliveryQuery)
        billed = wanted.pop("billed", None)
        rows: Any = self.rows(Delivery)
        rows = rows if billed is None else rows.billed() if billed else rows.unbilled()
        return self.page(rows.filter(**wanted).select_related("delivered_by"), DeliveryAnswer)

    @extend_schema(request=ExtraItemForm, responses={201: DeliveryAnswer})
    @idempotent
    def post(self, request: Request) -> Response:
        """Record an extra item, at the price of its day. A repeat with the same `id` answers the first."""
        form = self.body(ExtraItemForm)
        customer = self.find(Customer, form.pop("customer_id"), name="customer_id")
        product = self.find(Product, form.pop("product_id"), name="product_id")
        person_id = form.pop("delivered_by_id", None)
        added = services.add_delivery(
            actor=request.user,
            customer=customer,
            product=product,
            delivered_by=self.find_person(person_id, name="delivered_by_id") if person_id else None,
            now=timezone.now(),
            **form,
        )
        return Response(DeliveryAnswer(added).data, status=status.HTTP_201_CREATED)


class CorrectionForm(StrictSerializer):
    """The right quantity, and why it was wrong."""

    quantity = Quantity()
    reason = Text(max_length=2000)


class DeliveryCorrection(Door):
    """A delivery with a wrong quantity."""

    writers = OFFICE

    @extend_schema(request=CorrectionForm, responses={200: DeliveryAnswer})
    @idempotent_when_keyed
    def post(self, request: Request, pk: UUID) -> Response:
        """Correct the quantity of a delivery that no invoice asks for, at its own price."""
        delivery = self.find(Delivery, pk)
        corrected = services.correct_delivery(
            actor=request.user, delivery=delivery, now=timezone.now(), **self.body(CorrectionForm)
        )
        return Response(DeliveryAnswer(corrected).data)


class DeliveryCancellationForm(StrictSerializer):
    """Why a delivery is taken back."""

    reason = Text(max_length=2000)


class DeliveryCancellation(Door):
    """A delivery that was a mistake."""

    writers = OFFICE

    @extend_schema(request=DeliveryCancellationForm, responses={200: DeliveryAnswer})
    @idempotent_when_keyed
    def post(self, request: Request, pk: UUID) -> Response:
        """Cancel a delivery that no invoice asks for: it asks for nothing, and its order waits for delivery again."""
        delivery = self.find(Delivery, pk)
        cancelled = services.cancel_delivery(
            actor=request.user, delivery=delivery, now=timezone.now(), **self.body(DeliveryCancellationForm)
        )
        return Response(DeliveryAnswer(cancelled).data)
