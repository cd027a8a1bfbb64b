"""The orders of a day: read, generated, or made for one day alone."""

from dataclasses import asdict
from typing import Any

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.door import Door
from accounts.api.fields import Day, Key, StrictSerializer, Text, YesOrNo
from accounts.roles import STAFF
from billing.api.fields import Quantity
from billing.models import Customer
from routes.models import Round
from subscriptions import services
from subscriptions.models import DailyOrder, Product


class OrderForm(StrictSerializer):
    """What an order for one day alone needs."""

    id = Key(required=False, help_text="Made by the client: a repeat answers the first order.")
    customer_id = Key()
    product_id = Key()
    day = Day()
    quantity = Quantity()
    slot = Text(max_length=40, allow_blank=True, required=False)
    note = Text(max_length=500, allow_blank=True, required=False)


class OrderAnswer(serializers.ModelSerializer):
    """What is to be delivered to a customer on a day."""

    customer_id = serializers.UUIDField()
    product_id = serializers.UUIDField()
    round_id = serializers.UUIDField(allow_null=True)
    standing_order_id = serializers.UUIDField(allow_null=True, help_text="None: an order for this day alone.")

    class Meta:
        model = DailyOrder
        fields = [
            "id",
            "order_date",
            "customer_id",
            "product_id",
            "round_id",
            "slot",
            "standing_order_id",
            "status",
            "planned_quantity",
            "unit_price_cents",
            "tax_rate_bps",
            "note",
            "created_at",
        ]
        read_only_fields = fields


class OrderQuery(StrictSerializer):
    """Which orders: of a day, of one round, of one slot."""

    date = Day(required=False, source="order_date")
    round_id = Key(required=False)
    slot = Text(max_length=40, required=False)
    customer_id = Key(required=False)
    status = serializers.ChoiceField(DailyOrder.Status.choices, required=False)


class Orders(Door):
    """Orders that the person may see: the office all, a representative those of their rounds."""

    readers = writers = STAFF

    @extend_schema(parameters=[OrderQuery], responses=OrderAnswer(many=True))
    def get(self, request: Request) -> Response:
        """Orders, newest first."""
        return self.page(self.rows(DailyOrder).filter(**self.query(OrderQuery)), OrderAnswer)

    @extend_schema(request=OrderForm, responses={201: OrderAnswer})
    def post(self, request: Request) -> Response:
        """Order something for one day alone. A repeat with the same `id` answers the first."""
        form = self.body(OrderForm)
        customer = self.find(Customer, form.pop("customer_id"), name="customer_id")
        product = self.find(Product, form.pop("product_id"), name="product_id")
        made = services.order_for_a_day(actor=request.user, customer=customer, product=product, **form)
        return Response(OrderAnswer(made).data, status=status.HTTP_201_CREATED)


class GenerationForm(StrictSerializer):
    """Which day, and maybe which round and slot of it."""

    date = Day()
    round_id = Key(required=False, allow_null=True)
    slot = Text(max_length=40, required=False, allow_null=True)
    dry_run = YesOrNo(required=False, default=False, help_text="Say what would be done, and do nothing.")


class LeftOut(serializers.Serializer):
    """A standing order that wants something on the day and gets no order."""

    standing_order_id = serializers.UUIDField()
    customer = serializers.CharField()
    product = serializers.CharField()
    quantity = serializers.DecimalField(max_digits=12, decimal_places=3)
    reason = serializers.CharField()


class GenerationAnswer(serializers.Serializer):
    """What became of a day's orders, or would become."""

    date = serializers.DateField()
    round_id = serializers.UUIDField(allow_null=True)
    slot = serializers.CharField(allow_null=True)
    dry_run = serializers.BooleanField()
    created = serializers.IntegerField()
    changed = serializers.IntegerField()
    withdrawn = serializers.IntegerField()
    unchanged = serializers.IntegerField()
    delivered = serializers.IntegerField()
    not_delivered = serializers.IntegerField()
    left_out = serializers.DictField(child=serializers.IntegerField(), help_text="How many standing orders, by reason.")
    examples = LeftOut(many=True, help_text="The first hundred that were left out.")


class Generation(Door):
    """The making of a day's orders."""

    writers = STAFF

    @extend_schema(request=GenerationForm, responses=GenerationAnswer)
    def post(self, request: Request) -> Response:
        """Make a day's orders agree with the standing orders; as often as you like, and what is delivered is left alone."""
        form = self.body(GenerationForm)
        on_round = self.find(Round, form["round_id"], name="round_id") if form.get("round_id") else None
        asked = {"day": form["date"], "round": on_round, "slot": form.get("slot")}
        work = services.preview_generation if form["dry_run"] else services.generate_orders
        done = work(actor=request.user, tenant=self.tenant(), now=timezone.now(), **asked)
        return Response(GenerationAnswer(_said(form, on_round) | asdict(done)).data)


def _said(form: dict[str, Any], on_round: Round | None) -> dict[str, Any]:
    return {
        "date": form["date"],
        "round_id": on_round.pk if on_round else None,
        "slot": form.get("slot"),
        "dry_run": form["dry_run"],
    }
