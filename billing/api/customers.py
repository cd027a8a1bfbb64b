"""Customers: who they are, what they owe, and their account over a period."""

from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.door import Door
from accounts.api.fields import Key, StrictSerializer, Text
from accounts.api.idempotency import idempotent, idempotent_when_keyed
from accounts.roles import EVERYBODY, OFFICE, STAFF
from billing import services
from billing.api.fields import Cents
from billing.api.period import REVERSED, PeriodQuery
from billing.models import Customer
from billing.selectors.account_events import KINDS
from billing.selectors.outstanding import outstanding_of
from billing.selectors.statement import statement_of
from routes.models import Round


class CustomerForm(StrictSerializer):
    """What a new customer needs. Without a number they get the next one."""

    id = Key(required=False, help_text="Made by the client: a repeat answers the first customer.")
    name = Text(max_length=200)
    number = Text(max_length=40, required=False)
    phone = Text(max_length=40, allow_blank=True, required=False)
    round_id = Key(required=False, allow_null=True)
    opening_balance_cents = Cents(least=0, required=False, help_text="What they owed before this system knew them.")
    credit_limit_cents = Cents(least=0, required=False, allow_null=True)


class CustomerAnswer(serializers.ModelSerializer):
    """A customer."""

    round_id = serializers.UUIDField(allow_null=True)

    class Meta:
        model = Customer
        fields = [
            "id",
            "number",
            "name",
            "phone",
            "round_id",
            "opening_balance_cents",
            "opening_balance_allocated_cents",
            "credit_limit_cents",
            "is_active",
            "created_at",
        ]
        read_only_fields = fields


class CustomerQuery(StrictSerializer):
    """Which customers."""

    round_id = Key(required=False)
    number = Text(max_length=40, required=False)


class Customers(Door):
    """The business's customers."""

    readers = writers = STAFF
    ordering = ("name", "id")

    @extend_schema(parameters=[CustomerQuery], responses=CustomerAnswer(many=True))
    def get(self, request: Request) -> Response:
        """Customers by name."""
        return self.page(self.rows(Customer).filter(**self.query(CustomerQuery)), CustomerAnswer)

    @extend_schema(request=CustomerForm, responses={201: CustomerAnswer})
    @idempotent_when_keyed
    def post(self, request: Request) -> Response:
        """Take on a customer. A repeat with the same `id` answers the first."""
        form = self.body(CustomerForm)
        round_id = form.pop("round_id", None)
        on_round = self.find(Round, round_id, name="round_id") if round_id else None
        made = services.create_customer(actor=request.user, tenant=self.tenant(), round=on_round, **form)
        return Response(CustomerAnswer(made).data, status=status.HTTP_201_CREATED)


class OneCustomer(Door):
    """One customer."""

    readers = STAFF

    @extend_schema(responses=CustomerAnswer)
    def get(self, request: Request, pk: UUID) -> Response:
        """A customer."""
        return Response(CustomerAnswer(self.find(Customer, pk)).data)


class OpeningBalanceForm(StrictSerializer):
    """What the opening balance really was, and why it was wrong."""

    opening_balance_cents = Cents(least=0)
    reason = Text(max_length=2000)


class OpeningBalance(Door):
    """What a customer owed before this system knew them."""

    writers = OFFICE

    @extend_schema(request=OpeningBalanceForm, responses={200: CustomerAnswer})
    @idempotent
    def post(self, request: Request, pk: UUID) -> Response:
        """Correct the opening balance by an entry with a reason: not below what is paid of it."""
        customer = self.find(Customer, pk)
        services.correct_opening_balance(actor=request.user, customer=customer, **self.body(OpeningBalanceForm))
        return Response(CustomerAnswer(Customer.objects.get(pk=customer.pk)).data)


class OpenSale(serializers.Serializer):
    """An unpaid sale."""

    sale_id = serializers.UUIDField()
    number = serializers.CharField()
    sold_at = serializers.DateTimeField()
    net_cents = serializers.IntegerField()
    allocated_cents = serializers.IntegerField()
    balance_cents = serializers.IntegerField()


class OpenInvoice(serializers.Serializer):
    """An invoice with something left to pay."""

    invoice_id = serializers.UUIDField()
    number = serializers.CharField()
    issued_at = serializers.DateTimeField(allow_null=True)
    due_at = serializers.DateTimeField(allow_null=True)
    total_cents = serializers.IntegerField()
    paid_cents = serializers.IntegerField()
    balance_cents = serializers.IntegerField()


class OutstandingAnswer(serializers.Serializer):
    """What a customer owes now, and the rows that make it up."""

    customer_id = serializers.UUIDField()
    currency = serializers.CharField()
    opening_balance_cents = serializers.IntegerField(help_text="Its unpaid part.")
    sales_cents = serializers.IntegerField()
    invoices_cents = serializers.IntegerField(help_text="A sale that an issued invoice asks for is in here alone.")
    outstanding_cents = serializers.IntegerField(help_text="The opening balance, the sales and the invoices together.")
    unbilled_cents = serializers.IntegerField(help_text="Delivered, on no issued invoice yet; not added above.")
    credit_cents = serializers.IntegerField(help_text="Paid and not yet used; not subtracted above.")
    sales = OpenSale(many=True)
    invoices = OpenInvoice(many=True)


class Outstanding(Door):
    """What a customer owes."""

    readers = EVERYBODY

    @extend_schema(responses=OutstandingAnswer)
    def get(self, request: Request, pk: UUID) -> Response:
        """What the customer owes now, sale by sale. A customer may ask about themselves."""
        customer = self.row(self.rows(Customer).select_related("tenant"), pk)
        return Response(OutstandingAnswer(outstanding_of(customer)).data)


class StatementLine(serializers.Serializer):
    """One event of an account."""

    day = serializers.DateField(help_text="The day on which it counts, of the business's time zone.")
    at = serializers.DateTimeField(help_text="When it happened; of a delivery: when it was confirmed.")
    kind = serializers.ChoiceField(KINDS)
    id = serializers.UUIDField()
    text = serializers.CharField()
    charged_cents = serializers.IntegerField()
    paid_cents = serializers.IntegerField()
    informs_cents = serializers.IntegerField(
        allow_null=True,
        help_text="The total of an invoice: for information, its deliveries and sales count themselves.",
    )
    balance_cents = serializers.IntegerField(help_text="What the customer owes after this line; negative: in credit.")


class StatementAnswer(serializers.Serializer):
    """An account over a period: opening, each event, closing."""

    customer_id = serializers.UUIDField()
    currency = serializers.CharField()
    opening_cents = serializers.IntegerField()
    charged_cents = serializers.IntegerField()
    paid_cents = serializers.IntegerField()
    closing_cents = serializers.IntegerField()
    lines = StatementLine(many=True)

    def get_fields(self) -> dict[str, serializers.Field]:
        return {
            "from": serializers.DateField(allow_null=True),
            "to": serializers.DateField(allow_null=True),
            **super().get_fields(),
        }


class Statement(Door):
    """A customer's account."""

    readers = EVERYBODY

    @extend_schema(parameters=[PeriodQuery], responses={200: StatementAnswer, 422: REVERSED})
    def get(self, request: Request, pk: UUID) -> Response:
        """The customer's account over a period. A customer may ask about themselves."""
        customer = self.row(self.rows(Customer).select_related("tenant"), pk)
        return Response(StatementAnswer(statement_of(customer, **self.query(PeriodQuery))).data)
