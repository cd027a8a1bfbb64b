"""What is told of invoices."""

from rest_framework import serializers

from accounts.api.answers import PersonAnswer
from billing.models import Credit, Invoice, InvoiceLine, Payment
from billing.rules import invoice_status as rule


class CustomerOfInvoice(serializers.Serializer):
    """Who is asked."""

    id = serializers.UUIDField()
    number = serializers.CharField()
    name = serializers.CharField()


class InvoiceAnswer(serializers.Serializer):
    """An invoice: for whom, how much, what is paid of it and what is left, now."""

    id = serializers.UUIDField()
    number = serializers.CharField(allow_null=True, help_text="Null on a draft.")
    customer = CustomerOfInvoice()
    source = serializers.ChoiceField(Invoice.Source.choices)
    status = serializers.ChoiceField(Invoice.Status.choices, help_text="As it is now, by the one rule.")
    description = serializers.CharField(allow_blank=True)
    currency = serializers.CharField()
    total_cents = serializers.IntegerField()
    allocated_cents = serializers.IntegerField(help_text="What its allocations pay.")
    credited_cents = serializers.IntegerField(help_text="How much of that by credits.")
    paid_cents = serializers.IntegerField(help_text="`allocated_cents`; of a row not backfilled yet, its legacy money.")
    balance_cents = serializers.IntegerField()
    counts_by_allocations = serializers.BooleanField()
    issued_at = serializers.DateTimeField(allow_null=True)
    due_at = serializers.DateTimeField(allow_null=True)
    paid_at = serializers.DateTimeField(allow_null=True)
    period_start = serializers.DateField(allow_null=True)
    period_end = serializers.DateField(allow_null=True)
    days_overdue = serializers.IntegerField()
    ageing = serializers.ChoiceField(rule.BUCKETS)
    created_at = serializers.DateTimeField()


class Pagination(serializers.Serializer):
    """Which page of how many."""

    page = serializers.IntegerField()
    page_size = serializers.IntegerField()
    total = serializers.IntegerField()
    total_pages = serializers.IntegerField()


class InvoiceListAnswer(serializers.Serializer):
    """One page of invoices."""

    invoices = InvoiceAnswer(many=True)
    pagination = Pagination()


class InvoiceLineAnswer(serializers.ModelSerializer):
    """For what."""

    class Meta:
        model = InvoiceLine
        fields = [
            "id",
            "description",
            "quantity",
            "unit_price_cents",
            "total_cents",
            "tax_rate_bps",
            "tax_cents",
            "source_kind",
            "source_id",
            "is_live",
        ]
        read_only_fields = fields


class AllocationOfInvoice(serializers.Serializer):
    """What paid for it: how much, of which payment or credit, by whom, when and why."""

    id = serializers.UUIDField()
    at = serializers.DateTimeField()
    amount_cents = serializers.IntegerField()
    signed_cents = serializers.IntegerField(help_text="Negative where it takes another one back.")
    is_live = serializers.BooleanField(help_text="It stands: neither taken back nor taking back.")
    reverses_id = serializers.UUIDField(allow_null=True)
    payment_id = serializers.UUIDField(allow_null=True)
    channel = serializers.ChoiceField(Payment.Channel.choices, allow_null=True)
    received_at = serializers.DateTimeField(allow_null=True)
    reference = serializers.CharField(allow_blank=True)
    credit_id = serializers.UUIDField(allow_null=True)
    credit_kind = serializers.ChoiceField(Credit.Kind.choices, allow_null=True)
    by = PersonAnswer(allow_null=True)
    rule = serializers.CharField()
    rank = serializers.IntegerField()
    reason = serializers.CharField(allow_blank=True)


class PaymentOfInvoice(serializers.Serializer):
    """A payment with something left."""

    id = serializers.UUIDField()
    amount_cents = serializers.IntegerField()
    left_cents = serializers.IntegerField()
    channel = serializers.ChoiceField(Payment.Channel.choices)
    received_at = serializers.DateTimeField()
    reference = serializers.CharField(allow_blank=True)


class InvoiceEvent(serializers.Serializer):
    """What happened to it or to a payment of it."""

    at = serializers.DateTimeField()
    what = serializers.CharField()
    by = PersonAnswer(allow_null=True)
    reason = serializers.CharField(allow_blank=True)
    payment_id = serializers.UUIDField(allow_null=True)
    before = serializers.JSONField(allow_null=True)
    after = serializers.JSONField(allow_null=True)


class InvoiceDetailAnswer(InvoiceAnswer):
    """An invoice that explains itself."""

    lines = InvoiceLineAnswer(many=True)
    allocations = AllocationOfInvoice(many=True)
    legacy_payments = PaymentOfInvoice(many=True, help_text="By which a row counts that is not backfilled yet.")
    unapplied_payments = PaymentOfInvoice(many=True, help_text="The customer's own, in this currency.")
    audit = InvoiceEvent(many=True)


class CorrectionCredit(serializers.ModelSerializer):
    """The credit that corrects an invoice."""

    number = serializers.CharField(allow_null=True)
    unallocated_cents = serializers.IntegerField(help_text="The customer's credit.")

    class Meta:
        model = Credit
        fields = ["id", "number", "kind", "amount_cents", "allocated_cents", "unallocated_cents", "currency", "reason"]
        read_only_fields = fields


class CorrectionAnswer(serializers.Serializer):
    """A correction: the credit, and the invoice as it then stands."""

    credit = CorrectionCredit()
    invoice = InvoiceAnswer()
