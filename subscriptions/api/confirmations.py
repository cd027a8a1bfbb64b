"""Confirming what was delivered: one order, several, or all of a day, a round or a slot with the exceptions by name."""

from typing import Any
from uuid import UUID

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.door import Door
from accounts.api.fields import Day, Key, StrictSerializer, Text
from accounts.api.idempotency import idempotent_when_keyed
from accounts.roles import STAFF
from routes.models import Round
from subscriptions import services
from subscriptions.api.fields import QuantityOrNothing
from subscriptions.api.orders import OrderAnswer
from subscriptions.models import DailyOrder
from subscriptions.services.deliveries import ConfirmedList

MOST_ITEMS = 2000
DELIVERED, NOT_DELIVERED = DailyOrder.Status.DELIVERED, DailyOrder.Status.NOT_DELIVERED


class ItemForm(StrictSerializer):
    """What became of one order."""

    order_id = Key()
    quantity = QuantityOrNothing(required=False, help_text="Default: as planned. 0: not delivered, `note` says why.")
    note = Text(max_length=500, allow_blank=True, required=False)
    id = Key(required=False, help_text="Of the delivery, made by the client: a repeat answers the first.")


class ConfirmationForm(StrictSerializer):
    """`orders` by name, or all of a `date` (of a round, of a slot) as planned but for the `exceptions`."""

    orders = ItemForm(many=True, required=False, allow_empty=False, max_length=MOST_ITEMS)
    date = Day(required=False)
    round_id = Key(required=False, allow_null=True)
    slot = Text(max_length=40, allow_blank=True, required=False, allow_null=True)
    exceptions = ItemForm(many=True, required=False, max_length=MOST_ITEMS)
    delivered_by_id = Key(required=False, allow_null=True, help_text="Default for a representative: themselves.")

    def validate(self, attrs: dict) -> dict:
        """Ask for exactly one way of naming the orders."""
        if ("orders" in attrs) == ("date" in attrs):
            raise serializers.ValidationError({"orders": ["Give either `orders` or `date`."]})
        if "orders" in attrs and (more := attrs.keys() & {"round_id", "slot", "exceptions"}):
            raise serializers.ValidationError({name: ["Only with `date`."] for name in sorted(more)})
        return attrs


class ConfirmedAnswer(serializers.Serializer):
    """What became of one order."""

    order_id = serializers.UUIDField()
    status = serializers.ChoiceField([DELIVERED, NOT_DELIVERED])
    is_new = serializers.BooleanField(help_text="false: it was so before this request.")
    delivery_id = serializers.UUIDField(allow_null=True)
    quantity = serializers.DecimalField(max_digits=12, decimal_places=3)
    total_cents = serializers.IntegerField()


class ConfirmationAnswer(serializers.Serializer):
    """What became of the list, item by item."""

    operation_id = serializers.UUIDField(allow_null=True, help_text="The bulk operation that keeps it; null: no order.")
    delivered = serializers.IntegerField()
    already_delivered = serializers.IntegerField()
    not_delivered = serializers.IntegerField()
    already_not_delivered = serializers.IntegerField()
    total_cents = serializers.IntegerField(help_text="What all deliveries of the list ask for.")
    items = ConfirmedAnswer(many=True)


class Confirmation(Door):
    """What was delivered."""

    writers = STAFF

    @extend_schema(request=ConfirmationForm, responses={200: ConfirmationAnswer})
    @idempotent_when_keyed
    def post(self, request: Request) -> Response:
        """Confirm deliveries: all rows of the request or none, and a refusal names each wrong row. A repeat changes nothing."""
        form = self.body(ConfirmationForm)
        person_id = form.pop("delivered_by_id", None)
        said: dict[str, Any] = {
            "actor": request.user,
            "tenant": self.tenant(),
            "now": timezone.now(),
            "delivered_by": self.find_person(person_id, name="delivered_by_id") if person_id else None,
        }
        if "orders" in form:
            return Response(answer_of(services.confirm_orders(items=named(form["orders"]), **said)))
        round_id = form.get("round_id")
        confirmed = services.confirm_deliveries(
            day=form["date"],
            round=self.find(Round, round_id, name="round_id") if round_id else None,
            slot=form.get("slot"),
            exceptions=named(form.get("exceptions", [])),
            **said,
        )
        return Response(answer_of(confirmed))


class NonDeliveryForm(StrictSerializer):
    """Why nothing was delivered."""

    reason = Text(max_length=2000)


class NonDelivery(Door):
    """An order of which nothing was delivered."""

    writers = STAFF

    @extend_schema(request=NonDeliveryForm, responses={200: OrderAnswer})
    @idempotent_when_keyed
    def post(self, request: Request, pk: UUID) -> Response:
        """Say that nothing was delivered, and why. Delivered after all, it can be confirmed."""
        order = self.find(DailyOrder, pk)
        marked = services.mark_not_delivered(
            actor=request.user, order=order, now=timezone.now(), **self.body(NonDeliveryForm)
        )
        return Response(OrderAnswer(marked).data)


def named(items: list[dict]) -> list[dict]:
    """Name the orders as the services do."""
    return [{"order": item["order_id"], **item} for item in items]


def answer_of(confirmed: ConfirmedList) -> dict:
    """What became of a list of orders, counted and item by item."""
    counts = {
        "operation_id": confirmed.operation.pk if confirmed.operation else None,
        "delivered": confirmed.count(DELIVERED, is_new=True),
        "already_delivered": confirmed.count(DELIVERED, is_new=False),
        "not_delivered": confirmed.count(NOT_DELIVERED, is_new=True),
        "already_not_delivered": confirmed.count(NOT_DELIVERED, is_new=False),
    }
    return ConfirmationAnswer({**counts, "total_cents": confirmed.total_cents, "items": confirmed.items}).data
