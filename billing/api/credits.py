"""Customers' credit: what lies unused on payments and what was granted, in one list; applied in one way, or made void."""

from typing import Any
from uuid import UUID

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.door import Door
from accounts.api.fields import Key, StrictSerializer, Text
from accounts.api.idempotency import idempotent, idempotent_when_keyed
from accounts.errors import NotFound
from accounts.roles import OFFICE
from billing import services
from billing.api.allocations import AllocationAnswer, ApplyForm, PreviewAnswer, splits_of
from billing.api.fields import Cents
from billing.api.payments import ISO_4217
from billing.models import Credit, Customer, Payment
from billing.selectors.credits import both_kinds
from billing.selectors.invoice_debts import preview_allocation
from billing.services.payment_allocation import check_can_pay


class CreditForm(StrictSerializer):
    """Goodwill for a customer. A credit note or a write-off is made on its invoice."""

    customer_id = Key()
    amount_cents = Cents()
    currency = Text(max_length=3, validators=[ISO_4217], required=False, help_text="Default: that of the business.")
    reason = Text(max_length=2000)


class VoidForm(StrictSerializer):
    """Why."""

    reason = Text(max_length=2000)


class CreditQuery(StrictSerializer):
    """Whose credit."""

    customer_id = Key(required=False)


class CreditAnswer(serializers.Serializer):
    """Credit where it lies, and what is left of it: on a `payment`, or granted as `credit`."""

    kind = serializers.ChoiceField(["payment", "credit"])
    id = serializers.UUIDField()
    customer_id = serializers.UUIDField()
    what = serializers.CharField(help_text="The channel of the payment, or why it was granted.")
    status = serializers.CharField()
    currency = serializers.CharField()
    amount_cents = serializers.IntegerField()
    left_cents = serializers.IntegerField()
    created_at = serializers.DateTimeField()

    def to_representation(self, row: Payment | Credit) -> dict[str, Any]:
        """Tell both kinds in the same words."""
        is_payment = isinstance(row, Payment)
        what = row.get_channel_display() if is_payment else row.get_kind_display()
        told = {"kind": "payment" if is_payment else "credit", "what": what, "left_cents": row.unallocated_cents}
        plain = ("id", "customer_id", "status", "currency", "amount_cents", "created_at")
        return super().to_representation({**told, **{name: getattr(row, name) for name in plain}})


class AppliedAnswer(serializers.Serializer):
    """What credit pays for from now on, and what is left of it."""

    left_cents = serializers.IntegerField()
    allocations = AllocationAnswer(many=True)


class Credits(Door):
    """All credit that is left, on payments and granted."""

    readers = writers = OFFICE

    @extend_schema(parameters=[CreditQuery], responses=CreditAnswer(many=True))
    def get(self, request: Request) -> Response:
        """Credit that is not used up, newest first: unused money on payments, credit notes and goodwill."""
        wanted = self.query(CreditQuery)
        rows = both_kinds(self.rows(Payment).filter(**wanted), self.rows(Credit).filter(**wanted))
        return self.page(rows, CreditAnswer)

    @extend_schema(request=CreditForm, responses={201: CreditAnswer})
    @idempotent
    def post(self, request: Request) -> Response:
        """Grant a customer goodwill."""
        form = self.body(CreditForm)
        customer = self.find(Customer, form.pop("customer_id"), name="customer_id")
        credit = services.grant_credit(actor=request.user, customer=customer, **form)
        return Response(CreditAnswer(credit).data, status=status.HTTP_201_CREATED)


class CreditDoor(Door):
    """One credit of either kind."""

    readers = writers = OFFICE

    def source(self, pk: UUID) -> Payment | Credit:
        """The credit, or the payment on which it lies, with this id."""
        found = self.rows(Credit).filter(pk=pk).first() or self.rows(Payment).filter(pk=pk).first()
        if found is None:
            raise NotFound(f"There is no credit {pk}, or it is not yours. Look it up in the list of credits.")
        return found


class CreditApplication(CreditDoor):
    """Credit applied to debts of its customer."""

    @extend_schema(request=ApplyForm, responses={200: AppliedAnswer})
    @idempotent
    def post(self, request: Request, pk: UUID) -> Response:
        """Apply credit, whole or in part: to the debts in the list, or without a list to the invoices due first."""
        source = self.source(pk)
        form = self.body(ApplyForm)
        how = {"actor": request.user, "now": timezone.now(), "splits": splits_of(form), **form}
        if isinstance(source, Payment):
            rows = services.allocate_payment(payment=source, **how)
        else:
            rows = services.apply_credit(credit=source, **how)
        left = type(source).objects.get(pk=source.pk).unallocated_cents
        return Response(AppliedAnswer({"left_cents": left, "allocations": rows}).data)


class CreditPreview(CreditDoor):
    """What applying credit would do."""

    @extend_schema(responses=PreviewAnswer)
    def get(self, request: Request, pk: UUID) -> Response:
        """Which invoices the credit would pay, were it applied now without a list. 409 when it can pay for nothing."""
        source = self.source(pk)
        check_can_pay(source)
        return Response(PreviewAnswer(preview_allocation(source)).data)


class CreditVoiding(Door):
    """A credit made void."""

    writers = OFFICE

    @extend_schema(request=VoidForm, responses={200: CreditAnswer})
    @idempotent_when_keyed
    def post(self, request: Request, pk: UUID) -> Response:
        """Make a credit void: what it paid for is owed again. Money on a payment is given back or reversed instead."""
        credit = self.find(Credit, pk)
        void = services.void_credit(
            actor=request.user, credit=credit, reason=self.body(VoidForm)["reason"], now=timezone.now()
        )
        return Response(CreditAnswer(void).data)
