"""Which money pays for what, as bodies name it and answers tell it; and one allocation taken back."""

from typing import Any
from uuid import UUID

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.answers import PersonAnswer
from accounts.api.door import Door
from accounts.api.fields import Key, StrictSerializer, Text
from accounts.api.idempotency import idempotent_when_keyed
from accounts.roles import OFFICE
from billing import services
from billing.api.fields import Cents
from billing.models import Allocation
from billing.rules.allocation_mode import MODES, ORDERS
from billing.services.named_debts import MOST_SPLITS


class YesNo(serializers.BooleanField):
    """`true` or `false` in a body, never a text or a number."""

    def to_internal_value(self, data: Any) -> bool:
        if not isinstance(data, bool):
            self.fail("invalid", input=data)
        return data


class SplitForm(StrictSerializer):
    """One debt and what it gets: exactly one of `invoice_id`, `sale_id` and `opening_balance`."""

    invoice_id = Key(required=False)
    sale_id = Key(required=False)
    opening_balance = YesNo(required=False)
    amount_cents = Cents(help_text="Of the opening balance: at most this; the allocation answers what it took.")

    def validate(self, attrs: dict) -> dict:
        """One debt, no more."""
        if len([name for name in ("invoice_id", "sale_id", "opening_balance") if attrs.get(name)]) != 1:
            raise serializers.ValidationError("Name one debt: invoice_id, sale_id, or opening_balance.")
        return attrs


def splits_field() -> serializers.ListSerializer:
    """A list of splits that may be left out; its length is looked at before anything in it."""
    return SplitForm(many=True, required=False, min_length=1, max_length=MOST_SPLITS)


def splits_of(form: dict[str, Any]) -> list[dict[str, Any]] | None:
    """Take the list out of a checked body, as the services read it; None when it was left out."""
    rows = form.pop("allocations", None)
    names = {"invoice_id": "invoice", "sale_id": "sale"}
    return None if rows is None else [{names.get(name, name): value for name, value in row.items()} for row in rows]


def mode_field() -> serializers.ChoiceField:
    """In which order debts are paid; MANUAL goes with a list."""
    words = "In which order debts are paid: MANUAL with `allocations`, the others without."
    return serializers.ChoiceField(MODES, required=False, help_text=words)


class ApplyForm(StrictSerializer):
    """What to pay; left out: the invoices due first, as the preview shows."""

    allocations = splits_field()
    reason = Text(max_length=2000, required=False, allow_blank=True)


class AllocationAnswer(serializers.ModelSerializer):
    """Money of one payment or credit for one invoice, sale or opening balance; `reverses_id` names the one it takes back."""

    payment_id = serializers.UUIDField(allow_null=True)
    credit_id = serializers.UUIDField(allow_null=True)
    invoice_id = serializers.UUIDField(allow_null=True)
    sale_id = serializers.UUIDField(allow_null=True)
    opening_balance_customer_id = serializers.UUIDField(allow_null=True)
    reverses_id = serializers.UUIDField(allow_null=True)
    created_by = PersonAnswer(allow_null=True)

    class Meta:
        model = Allocation
        fields = [
            "id",
            "payment_id",
            "credit_id",
            "invoice_id",
            "sale_id",
            "opening_balance_customer_id",
            "amount_cents",
            "rule",
            "rank",
            "reason",
            "reverses_id",
            "created_by",
            "created_at",
        ]
        read_only_fields = fields


class PlannedAllocation(serializers.Serializer):
    """What one debt would get."""

    rank = serializers.IntegerField()
    kind = serializers.CharField(help_text="invoice, sale or opening_balance.")
    invoice_id = serializers.UUIDField(allow_null=True)
    sale_id = serializers.UUIDField(allow_null=True)
    number = serializers.CharField()
    due_at = serializers.DateTimeField(allow_null=True)
    balance_cents = serializers.IntegerField()
    amount_cents = serializers.IntegerField()


class PaymentApplyForm(ApplyForm):
    """What a payment is to pay: by a list, by a mode, or left out."""

    mode = mode_field()


class PreviewQuery(StrictSerializer):
    """By which mode; left out: the invoices due first."""

    mode = serializers.ChoiceField(ORDERS, required=False)


class PreviewAnswer(serializers.Serializer):
    """What applying without a list would do now. Nothing is written."""

    currency = serializers.CharField()
    unallocated_cents = serializers.IntegerField()
    left_cents = serializers.IntegerField()
    allocations = PlannedAllocation(many=True)


class TakeBackForm(StrictSerializer):
    """Why."""

    reason = Text(max_length=2000)


class AllocationReversal(Door):
    """An allocation taken back."""

    writers = OFFICE

    @extend_schema(request=TakeBackForm, responses={200: AllocationAnswer})
    @idempotent_when_keyed
    def post(self, request: Request, pk: UUID) -> Response:
        """Take one allocation back: its target is owed again, the money lies on its payment or credit. Answers the reversal."""
        allocation = self.find(Allocation, pk)
        reason = self.body(TakeBackForm)["reason"]
        reversal = services.reverse_allocation(
            actor=request.user, allocation=allocation, reason=reason, now=timezone.now()
        )
        return Response(AllocationAnswer(reversal).data)
