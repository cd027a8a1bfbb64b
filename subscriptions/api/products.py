"""Products and their prices by day."""

from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.door import Door
from accounts.api.fields import Day, Key, StrictSerializer, Text, WholeNumber
from accounts.roles import OFFICE, STAFF
from billing.api.fields import Cents
from subscriptions import services
from subscriptions.models import Product, ProductPrice


class PriceForm(StrictSerializer):
    """A price, from a day on."""

    unit_price_cents = Cents(least=0, help_text="Tax included.")
    tax_rate_bps = WholeNumber(min_value=0, max_value=10_000, required=False, help_text="500 is 5 %.")
    valid_from = Day()


class ProductForm(PriceForm):
    """What a new product needs, with its first price."""

    id = Key(required=False, help_text="Made by the client: a repeat answers the first product.")
    code = Text(max_length=40)
    name = Text(max_length=100)
    unit = Text(max_length=20)


class PriceAnswer(serializers.ModelSerializer):
    """What a product costs from a day on."""

    class Meta:
        model = ProductPrice
        fields = ["id", "valid_from", "unit_price_cents", "tax_rate_bps"]
        read_only_fields = fields


class ProductAnswer(serializers.ModelSerializer):
    """A product with its prices, newest first."""

    prices = PriceAnswer(many=True)

    class Meta:
        model = Product
        fields = ["id", "code", "name", "unit", "is_active", "prices", "created_at"]
        read_only_fields = fields


class ProductQuery(StrictSerializer):
    """Which products."""

    code = Text(max_length=40, required=False)


class Products(Door):
    """What the business delivers."""

    readers, writers = STAFF, OFFICE
    ordering = ("code", "id")

    @extend_schema(parameters=[ProductQuery], responses=ProductAnswer(many=True))
    def get(self, request: Request) -> Response:
        """Products by code, with their prices."""
        rows = self.rows(Product).filter(**self.query(ProductQuery)).prefetch_related("prices")
        return self.page(rows, ProductAnswer)

    @extend_schema(request=ProductForm, responses={201: ProductAnswer})
    def post(self, request: Request) -> Response:
        """Take a product into the range. A repeat with the same `id` answers the first."""
        made = services.create_product(actor=request.user, tenant=self.tenant(), **self.body(ProductForm))
        return Response(ProductAnswer(made).data, status=status.HTTP_201_CREATED)


class ProductPrices(Door):
    """Prices of one product."""

    writers = OFFICE

    @extend_schema(request=PriceForm, responses={201: PriceAnswer})
    def post(self, request: Request, pk: UUID) -> Response:
        """Set the price from a day on; the price of that very day is corrected. What was ordered keeps its own."""
        product = self.find(Product, pk)
        price = services.set_price(actor=request.user, product=product, **self.body(PriceForm))
        return Response(PriceAnswer(price).data, status=status.HTTP_201_CREATED)
