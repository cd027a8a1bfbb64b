"""Sales and what comes back of them."""

from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.door import Door
from accounts.api.fields import Key, Moment, StrictSerializer, Text, WholeNumber
from accounts.api.idempotency import idempotent_when_keyed
from accounts.roles import OFFICE, STAFF
from billing import services
from billing.api.fields import Cents, Quantity
from billing.models import Customer, Sale, SaleLine, SaleReturn
from routes.models import Route


class SaleLineForm(StrictSerializer):
    """Goods of a sale."""

    description = Text(max_length=200)
    product_code = Text(max_length=40, allow_blank=True, required=False)
    quantity = Quantity()
    unit_price_cents = Cents(least=0)
    tax_rate_bps = WholeNumber(min_value=0, max_value=10_000, required=False, help_text="1800 is 18 %.")


class SaleForm(StrictSerializer):
    """What a new sale needs: its lines, or its total alone."""

    id = Key(required=False, help_text="Made by the client: a repeat answers the first sale.")
    customer_id = Key()
    route_id = Key(required=False, allow_null=True)
    number = Text(max_length=40, required=False)
    sale_type = serializers.ChoiceField(Sale.Type.choices, required=False)
    sold_at = Moment()
    lines = SaleLineForm(many=True, required=False, max_length=200)
    total_cents = Cents(least=0, required=False)


class SaleLineAnswer(serializers.ModelSerializer):
    """Goods of a sale."""

    class Meta:
        model = SaleLine
        fields = ["id", "description", "product_code", "quantity", "unit_price_cents", "total_cents", "tax_rate_bps"]
        read_only_fields = fields


class SaleAnswer(serializers.ModelSerializer):
    """A sale: what it asks for, and what is paid of it."""

    customer_id = serializers.UUIDField()
    route_id = serializers.UUIDField(allow_null=True)
    net_cents = serializers.IntegerField(help_text="Total less returns; 0 once cancelled.")
    balance_cents = serializers.IntegerField()
    lines = SaleLineAnswer(many=True)

    class Meta:
        model = Sale
        fields = [
            "id",
            "number",
            "customer_id",
            "route_id",
            "sale_type",
            "status",
            "currency",
            "total_cents",
            "returned_cents",
            "net_cents",
            "allocated_cents",
            "balance_cents",
            "sold_at",
            "created_at",
            "lines",
        ]
        read_only_fields = fields


class SaleQuery(StrictSerializer):
    """Which sales."""

    customer_id = Key(required=False)
    route_id = Key(required=False)
    status = serializers.ChoiceField(Sale.Status.choices, required=False)
    number = Text(max_length=40, required=False)


class Sales(Door):
    """Sales that the person may see: the office all, a representative those on their own routes."""

    readers = writers = STAFF

    @extend_schema(parameters=[SaleQuery], responses=SaleAnswer(many=True))
    def get(self, request: Request) -> Response:
        """Sales, newest first."""
        rows = self.rows(Sale).filter(**self.query(SaleQuery)).prefetch_related("lines")
        return self.page(rows, SaleAnswer)

    @extend_schema(request=SaleForm, responses={201: SaleAnswer})
    @idempotent_when_keyed
    def post(self, request: Request) -> Response:
        """Record a sale, maybe on a route that is planned or out. A repeat with the same `id` answers the first."""
        form = self.body(SaleForm)
        customer = self.find(Customer, form.pop("customer_id"), name="customer_id")
        route_id = form.pop("route_id", None)
        route = self.find(Route, route_id, name="route_id") if route_id else None
        sale = services.create_sale(actor=request.user, customer=customer, route=route, **form)
        return Response(SaleAnswer(sale).data, status=status.HTTP_201_CREATED)


class OneSale(Door):
    """One sale."""

    readers = STAFF

    @extend_schema(responses=SaleAnswer)
    def get(self, request: Request, pk: UUID) -> Response:
        """A sale with its lines."""
        return Response(SaleAnswer(self.find(Sale, pk)).data)


class ReturnedLineForm(StrictSerializer):
    """Goods of one line that came back."""

    line_id = Key()
    quantity = Quantity()


class ReturnForm(StrictSerializer):
    """What came back: an amount, or lines."""

    reason = Text(max_length=2000)
    amount_cents = Cents(required=False)
    lines = ReturnedLineForm(many=True, required=False, max_length=200)
    return_key = Text(max_length=200, required=False, help_text="Made by the client: the same return is counted once.")

    def validate(self, attrs: dict) -> dict:
        """Name the lines as the service does, and ask for exactly one way of saying what came back."""
        if bool(attrs.get("lines")) == ("amount_cents" in attrs):
            raise serializers.ValidationError({"amount_cents": ["Give either `amount_cents` or `lines`."]})
        if "lines" in attrs:
            attrs["lines"] = [{"line": line["line_id"], "quantity": line["quantity"]} for line in attrs["lines"]]
        return attrs


class ReturnAnswer(serializers.ModelSerializer):
    """Goods that came back."""

    sale_id = serializers.UUIDField()
    sale_line_id = serializers.UUIDField(allow_null=True)
    recorded_by_id = serializers.UUIDField()

    class Meta:
        model = SaleReturn
        fields = ["id", "sale_id", "sale_line_id", "quantity", "amount_cents", "reason", "recorded_by_id", "created_at"]
        read_only_fields = fields


class ReturnsAnswer(serializers.Serializer):
    """The returns that were recorded, and the sale as it then stands."""

    returns = ReturnAnswer(many=True)
    sale = SaleAnswer()


class SaleReturns(Door):
    """What comes back of a sale."""

    writers = STAFF

    @extend_schema(request=ReturnForm, responses={201: ReturnsAnswer})
    @idempotent_when_keyed
    def post(self, request: Request, pk: UUID) -> Response:
        """Record a return, whole or part. A repeat with the same `return_key` answers the first."""
        sale = self.find(Sale, pk)
        returns = services.record_return(actor=request.user, sale=sale, **self.body(ReturnForm))
        sale.refresh_from_db()
        return Response(ReturnsAnswer({"returns": returns, "sale": sale}).data, status=status.HTTP_201_CREATED)


class CancellationForm(StrictSerializer):
    """Why a sale is cancelled."""

    reason = Text(max_length=2000)


class SaleCancellation(Door):
    """A sale that came to nothing."""

    writers = OFFICE

    @extend_schema(request=CancellationForm, responses={200: SaleAnswer})
    @idempotent_when_keyed
    def post(self, request: Request, pk: UUID) -> Response:
        """Cancel a sale: nothing is asked for it any more, and what was paid for it is the customer's credit again."""
        sale = self.find(Sale, pk)
        cancelled = services.cancel_sale(actor=request.user, sale=sale, **self.body(CancellationForm))
        return Response(SaleAnswer(cancelled).data)
