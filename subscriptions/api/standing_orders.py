"""Standing orders, and what is different on some of their days."""

from uuid import UUID

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.door import Door
from accounts.api.fields import Day, Key, StrictSerializer, Text
from accounts.roles import STAFF
from billing.api.fields import Quantity
from billing.models import Customer
from subscriptions import services
from subscriptions.api.fields import QuantityOrNothing
from subscriptions.models import Product, StandingOrder, StandingOrderChange
from subscriptions.services.checks import LONGEST_CYCLE


class StandingOrderForm(StrictSerializer):
    """What a new standing order needs."""

    id = Key(required=False, help_text="Made by the client: a repeat answers the first standing order.")
    customer_id = Key()
    product_id = Key()
    quantities = serializers.ListField(
        child=QuantityOrNothing(),
        min_length=1,
        max_length=LONGEST_CYCLE,
        help_text="One for each day of the cycle, from `starts_on`: [2] is two every day, [2, 0] two every other day.",
    )
    starts_on = Day()
    ends_on = Day(required=False, allow_null=True)
    slot = Text(max_length=40, allow_blank=True, required=False)


class ChangeForm(StrictSerializer):
    """What is different on some days; without `last_day` until somebody ends it."""

    id = Key(required=False, help_text="Made by the client: a repeat answers the first change.")
    kind = serializers.ChoiceField(StandingOrderChange.Kind.choices)
    first_day = Day()
    last_day = Day(required=False, allow_null=True)
    quantity = Quantity(required=False, allow_null=True)
    note = Text(max_length=500, allow_blank=True, required=False)


class ChangeAnswer(serializers.ModelSerializer):
    """What is different on some days."""

    standing_order_id = serializers.UUIDField()

    class Meta:
        model = StandingOrderChange
        fields = [
            "id",
            "standing_order_id",
            "kind",
            "first_day",
            "last_day",
            "quantity",
            "note",
            "withdrawn_at",
            "created_at",
        ]
        read_only_fields = fields


class StandingOrderAnswer(serializers.ModelSerializer):
    """A standing order with its pattern and its changes."""

    customer_id = serializers.UUIDField()
    product_id = serializers.UUIDField()
    quantities = serializers.SerializerMethodField()
    changes = ChangeAnswer(many=True)

    class Meta:
        model = StandingOrder
        fields = [
            "id",
            "customer_id",
            "product_id",
            "slot",
            "quantities",
            "starts_on",
            "ends_on",
            "changes",
            "created_at",
        ]
        read_only_fields = fields

    def get_quantities(self, row: StandingOrder) -> list[str]:
        """One for each day of the cycle, from `starts_on`."""
        return [str(day.quantity) for day in row.days.all()]


class StandingOrderQuery(StrictSerializer):
    """Which standing orders."""

    customer_id = Key(required=False)
    product_id = Key(required=False)


class StandingOrders(Door):
    """What customers want without asking every day."""

    readers = writers = STAFF

    @extend_schema(parameters=[StandingOrderQuery], responses=StandingOrderAnswer(many=True))
    def get(self, request: Request) -> Response:
        """Standing orders, newest first."""
        rows = self.rows(StandingOrder).filter(**self.query(StandingOrderQuery)).prefetch_related("days", "changes")
        return self.page(rows, StandingOrderAnswer)

    @extend_schema(request=StandingOrderForm, responses={201: StandingOrderAnswer})
    def post(self, request: Request) -> Response:
        """Start a standing order. A repeat with the same `id` answers the first; one that overlaps another is a conflict."""
        form = self.body(StandingOrderForm)
        customer = self.find(Customer, form.pop("customer_id"), name="customer_id")
        product = self.find(Product, form.pop("product_id"), name="product_id")
        made = services.start_standing_order(actor=request.user, customer=customer, product=product, **form)
        return Response(StandingOrderAnswer(made).data, status=status.HTTP_201_CREATED)


class OneStandingOrder(Door):
    """One standing order."""

    readers = STAFF

    @extend_schema(responses=StandingOrderAnswer)
    def get(self, request: Request, pk: UUID) -> Response:
        """A standing order with its pattern and its changes."""
        return Response(StandingOrderAnswer(self.find(StandingOrder, pk)).data)


class EndForm(StrictSerializer):
    """The last day, and why."""

    ends_on = Day()
    reason = Text(max_length=2000, allow_blank=True, required=False)


class StandingOrderEnd(Door):
    """How a standing order ends."""

    writers = STAFF

    @extend_schema(request=EndForm, responses={200: StandingOrderAnswer})
    def post(self, request: Request, pk: UUID) -> Response:
        """Let a standing order end after a day, earlier or later than it would."""
        standing_order = self.find(StandingOrder, pk)
        ended = services.end_standing_order(actor=request.user, standing_order=standing_order, **self.body(EndForm))
        return Response(StandingOrderAnswer(ended).data)


class StandingOrderChanges(Door):
    """What is different on some days of one standing order."""

    writers = STAFF

    @extend_schema(request=ChangeForm, responses={201: ChangeAnswer})
    def post(self, request: Request, pk: UUID) -> Response:
        """Skip some days, take more or less, or leave a note. A repeat with the same `id` answers the first."""
        standing_order = self.find(StandingOrder, pk)
        made = services.change_standing_order(
            actor=request.user, standing_order=standing_order, **self.body(ChangeForm)
        )
        return Response(ChangeAnswer(made).data, status=status.HTTP_201_CREATED)


class ChangeEndForm(StrictSerializer):
    """The last day of a change, and why."""

    last_day = Day()
    reason = Text(max_length=2000, allow_blank=True, required=False)


class ChangeEnd(Door):
    """How a change ends."""

    writers = STAFF

    @extend_schema(request=ChangeEndForm, responses={200: ChangeAnswer})
    def post(self, request: Request, pk: UUID) -> Response:
        """Let a change end after a day: how a pause without an end is ended."""
        change = self.find(StandingOrderChange, pk)
        ended = services.end_change(actor=request.user, change=change, **self.body(ChangeEndForm))
        return Response(ChangeAnswer(ended).data)


class WithdrawalForm(StrictSerializer):
    """Why."""

    reason = Text(max_length=2000, allow_blank=True, required=False)


class ChangeWithdrawal(Door):
    """How a change that was a mistake is taken back."""

    writers = STAFF

    @extend_schema(request=WithdrawalForm, responses={200: ChangeAnswer})
    def post(self, request: Request, pk: UUID) -> Response:
        """Take a change back as if it had never been noted."""
        change = self.find(StandingOrderChange, pk)
        withdrawn = services.withdraw_change(
            actor=request.user, change=change, now=timezone.now(), **self.body(WithdrawalForm)
        )
        return Response(ChangeAnswer(withdrawn).data)
