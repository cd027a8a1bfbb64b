"""What the reports of the round answer. Amounts are cents of `currency`, quantities decimal texts of three places."""

from typing import Any

from rest_framework import serializers

from billing.models import Payment
from billing.selectors.account_events import KINDS
from subscriptions.models import DailyOrder
from subscriptions.selectors.collection import FIGURES
from subscriptions.selectors.outstanding import AMOUNTS, ANOMALIES
from subscriptions.selectors.route_sheet import SKIPPED

HELP = {
    "outstanding_cents": "By documents; credit is not subtracted.",
    "net_cents": "Outstanding less credit.",
    "transactions_cents": "The same as `net_cents`, computed from everything that was ever owed and paid.",
    "invoiced_apart_cents": "What invoices ask for besides deliveries and sales.",
}


class Amounts(serializers.Serializer):
    """Whole numbers under these names."""

    names: tuple[str, ...] = ()

    def get_fields(self) -> dict[str, serializers.Field]:
        numbers = {name: serializers.IntegerField(help_text=HELP.get(name, "")) for name in self.names}
        return {**super().get_fields(), **numbers}


class Days(serializers.Serializer):
    """A report over days; null: open on that side."""

    currency = serializers.CharField()

    def get_fields(self) -> dict[str, serializers.Field]:
        days = {name: serializers.DateField(allow_null=True) for name in ("from", "to")}
        return {**days, **super().get_fields()}


class Quantity(serializers.DecimalField):
    """A quantity."""

    def __init__(self, **options: Any) -> None:
        super().__init__(max_digits=20, decimal_places=3, **options)


class OutstandingFigures(Amounts):
    """The figures of both ways."""

    names = tuple(f"{name.lower()}_cents" for name in AMOUNTS)


class OutstandingRow(OutstandingFigures):
    """What one customer owes."""

    customer_id = serializers.UUIDField()
    number = serializers.CharField()
    name = serializers.CharField()
    phone = serializers.CharField(allow_blank=True)
    is_active = serializers.BooleanField()
    round_id = serializers.UUIDField(allow_null=True)
    round_name = serializers.CharField(allow_null=True)
    anomalies = serializers.ListField(child=serializers.ChoiceField(ANOMALIES))


class OutstandingTotals(OutstandingFigures):
    """What all wanted customers owe together."""

    customers = serializers.IntegerField()


class OutstandingReportAnswer(serializers.Serializer):
    """One page of customers; the totals are of all pages, and stand on the first."""

    currency = serializers.CharField()
    as_of = serializers.DateTimeField()
    totals = OutstandingTotals(allow_null=True)
    customers = OutstandingRow(many=True)
    next_cursor = serializers.CharField(
        allow_null=True, help_text="Ask again with `cursor=` this; null: the last page."
    )


class StatementReportLine(serializers.Serializer):
    """One event of an account, on its day."""

    day = serializers.DateField()
    kind = serializers.ChoiceField(KINDS)
    id = serializers.UUIDField(allow_null=True)
    text = serializers.CharField()
    product = serializers.CharField(allow_blank=True)
    quantity = Quantity(allow_null=True)
    unit_price_cents = serializers.IntegerField(allow_null=True)
    charged_cents = serializers.IntegerField()
    paid_cents = serializers.IntegerField()
    informs_cents = serializers.IntegerField(
        allow_null=True,
        help_text="The total of an invoice: for information, its deliveries and sales count themselves.",
    )
    balance_cents = serializers.IntegerField(help_text="What the customer owes after this line; negative: in credit.")


class StatementReportAnswer(Days):
    """An account over a period."""

    customer_id = serializers.UUIDField()
    customer_number = serializers.CharField()
    customer_name = serializers.CharField()
    opening_cents = serializers.IntegerField()
    charged_cents = serializers.IntegerField()
    paid_cents = serializers.IntegerField()
    closing_cents = serializers.IntegerField()
    lines = StatementReportLine(many=True)


class CollectionFigures(Amounts):
    """Payments and their cents."""

    names = FIGURES


class CollectionDay(CollectionFigures):
    """One day."""

    day = serializers.DateField()


class CollectionChannel(CollectionFigures):
    """One channel."""

    channel = serializers.ChoiceField(Payment.Channel.choices)
    label = serializers.CharField()


class Collector(CollectionFigures):
    """One person; null: nobody is named."""

    collector_id = serializers.UUIDField(allow_null=True)
    collector = serializers.CharField()


class CollectionAnswer(Days):
    """What came in."""

    totals = CollectionFigures()
    by_day = CollectionDay(many=True)
    by_channel = CollectionChannel(many=True)
    by_collector = Collector(many=True)


class PerformanceFigures(Amounts):
    """What was ordered, what of it was delivered, and extra items apart."""

    names = (
        "orders",
        "delivered",
        "not_delivered",
        "waiting",
        "planned_cents",
        "actual_cents",
        "variance_cents",
        "extra_items",
        "extra_cents",
    )
    completion_percent = serializers.IntegerField(allow_null=True, help_text="Null: nothing was ordered.")
    planned_quantity = Quantity()
    actual_quantity = Quantity()
    variance_quantity = Quantity()
    extra_quantity = Quantity()


class PerformanceDay(PerformanceFigures):
    """One day."""

    day = serializers.DateField()


class PerformanceProduct(PerformanceFigures):
    """One product."""

    product_id = serializers.UUIDField()
    product_code = serializers.CharField()
    product_name = serializers.CharField()
    product_unit = serializers.CharField()


class PerformanceCustomer(PerformanceFigures):
    """One customer."""

    customer_id = serializers.UUIDField()
    customer_number = serializers.CharField()
    customer_name = serializers.CharField()


class PerformanceAnswer(Days):
    """How much of what was ordered was delivered."""

    totals = PerformanceFigures()
    by_day = PerformanceDay(many=True)
    by_product = PerformanceProduct(many=True)
    by_customer = PerformanceCustomer(many=True)


class ProductionProduct(serializers.Serializer):
    """A product of a day."""

    product_id = serializers.UUIDField()
    product_code = serializers.CharField()
    product_name = serializers.CharField()
    product_unit = serializers.CharField()
    orders = serializers.IntegerField()
    planned_quantity = Quantity()
    delivered_quantity = Quantity(help_text="So far; the plan does not shrink.")
    planned_cents = serializers.IntegerField()


class ProductionLine(ProductionProduct):
    """A product in a part of the day."""

    slot = serializers.CharField(allow_blank=True)
    customers = serializers.IntegerField()


class ProductionAnswer(serializers.Serializer):
    """What must be produced for a day."""

    day = serializers.DateField()
    currency = serializers.CharField()
    orders = serializers.IntegerField()
    planned_cents = serializers.IntegerField()
    products = ProductionProduct(many=True)
    lines = ProductionLine(many=True)


class SheetLine(serializers.Serializer):
    """What to leave."""

    slot = serializers.CharField(allow_blank=True)
    product_code = serializers.CharField()
    product_name = serializers.CharField()
    unit = serializers.CharField()
    status = serializers.ChoiceField([*DailyOrder.Status.choices, (SKIPPED, "Skipped today")])
    quantity = Quantity()
    delivered_quantity = Quantity(allow_null=True)
    note = serializers.CharField(allow_blank=True)


class SheetStop(serializers.Serializer):
    """One customer."""

    customer_id = serializers.UUIDField()
    customer_number = serializers.CharField()
    customer_name = serializers.CharField()
    phone = serializers.CharField(allow_blank=True)
    address = serializers.CharField(allow_blank=True)
    round = serializers.CharField(allow_blank=True)
    position = serializers.IntegerField(allow_null=True)
    lines = SheetLine(many=True)


class SheetLoad(serializers.Serializer):
    """What to load of a product."""

    product_code = serializers.CharField()
    product_name = serializers.CharField()
    unit = serializers.CharField()
    quantity = Quantity()
    lines = serializers.IntegerField()


class RouteSheetAnswer(serializers.Serializer):
    """The stops of a day in the order of the round."""

    tenant = serializers.CharField()
    day = serializers.DateField()
    currency = serializers.CharField()
    stops = SheetStop(many=True)
    totals = SheetLoad(many=True)
