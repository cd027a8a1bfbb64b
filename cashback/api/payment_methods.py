"""Where somebody wants to be paid. What identifies an account is shown masked; who looks at it whole is written down."""

from typing import Any
from uuid import UUID

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.fields import StrictSerializer, Text, YesOrNo
from accounts.api.idempotency import idempotent_when_keyed
from cashback import services
from cashback.api.balance import OwnDoor
from cashback.api.fields import NothingForm
from cashback.models import PAYOUT_FIELDS, PayoutKind, UserPaymentMethod
from cashback.services.payout_details import masked

LONGEST = {"account_number": 100, "ifsc_code": 20, "phone_number": 20, "address": 1000}


class DetailsForm(StrictSerializer):
    """By what somebody is paid; which of them a kind needs, it says when one is missing."""

    def get_fields(self) -> dict[str, serializers.Field]:
        """One text for each detail."""
        texts = {
            name: Text(max_length=LONGEST.get(name, 200), required=False, allow_blank=True) for name in PAYOUT_FIELDS
        }
        return {**super().get_fields(), **texts}


class MethodForm(DetailsForm):
    """Where to be paid: a kind and its details."""

    payment_type = serializers.ChoiceField(PayoutKind.choices)
    is_default = YesOrNo(required=False)


class MaskedAnswer(serializers.Serializer):
    """The details, each empty or masked: ••••6789."""

    def get_fields(self) -> dict[str, serializers.Field]:
        """One text for each detail."""
        return {**super().get_fields(), **{name: serializers.CharField(allow_blank=True) for name in PAYOUT_FIELDS}}


class PlainAnswer(MaskedAnswer):
    """The details as they were given."""


class MethodAnswer(serializers.ModelSerializer):
    """Where somebody wants to be paid."""

    details = serializers.SerializerMethodField()

    class Meta:
        model = UserPaymentMethod
        fields = ["id", "payment_type", "is_default", "details", "created_at", "updated_at"]
        read_only_fields = fields

    def get_details(self, method: UserPaymentMethod) -> MaskedAnswer:
        """What identifies the account, masked."""
        return MaskedAnswer(whole(masked(method))).data


def whole(details: dict[str, str]) -> dict[str, str]:
    """All eight details; those that were not given are empty."""
    return {name: details.get(name) or "" for name in PAYOUT_FIELDS}


def details_of(form: dict[str, Any]) -> dict[str, str]:
    """Take the details out of a checked body."""
    return {name: form.pop(name) for name in PAYOUT_FIELDS if name in form}


class MethodDoor(OwnDoor):
    """The person's own payment methods."""

    def methods(self) -> Any:
        """Those that they did not delete."""
        return self.rows(UserPaymentMethod).filter(user=self.request.user).live()  # type: ignore[attr-defined]


class PaymentMethods(MethodDoor):
    """Where the person wants to be paid."""

    @extend_schema(responses=MethodAnswer(many=True))
    def get(self, request: Request) -> Response:
        """Your payment methods, newest first."""
        return self.page(self.methods(), MethodAnswer)

    @extend_schema(request=MethodForm, responses={201: MethodAnswer})
    @idempotent_when_keyed
    def post(self, request: Request) -> Response:
        """Add a way to be paid. What it needs depends on its kind; account numbers are kept encrypted."""
        holder, form = self.holder(), self.body(MethodForm)
        details = details_of(form)
        made = services.add_payment_method(actor=holder, details=details, now=timezone.now(), **form)
        return Response(MethodAnswer(made).data, status=status.HTTP_201_CREATED)


class OnePaymentMethod(MethodDoor):
    """One way to be paid."""

    @extend_schema(responses=MethodAnswer)
    def get(self, request: Request, pk: UUID) -> Response:
        """A payment method of yours."""
        return Response(MethodAnswer(self.row(self.methods(), pk)).data)

    @extend_schema(request=None, responses={204: None})
    def delete(self, request: Request, pk: UUID) -> Response:
        """Delete a payment method of yours. What was asked to be paid there keeps its details."""
        method = self.row(self.methods(), pk)
        services.remove_payment_method(actor=request.user, method=method, now=timezone.now())
        return Response(status=status.HTTP_204_NO_CONTENT)


class DefaultPaymentMethod(MethodDoor):
    """The way that is taken unless another is named."""

    @extend_schema(request=NothingForm, responses={200: MethodAnswer})
    @idempotent_when_keyed
    def post(self, request: Request, pk: UUID) -> Response:
        """Make it the one that is offered first."""
        self.body(NothingForm)
        method = self.row(self.methods(), pk)
        return Response(MethodAnswer(services.set_default_payment_method(actor=request.user, method=method)).data)


class RevealedPaymentMethod(MethodDoor):
    """The details as they were given."""

    @extend_schema(request=NothingForm, responses={200: PlainAnswer})
    def post(self, request: Request, pk: UUID) -> Response:
        """Read the details of your payment method whole. That you did is written down."""
        self.body(NothingForm)
        method = self.row(self.methods(), pk)
        plain = services.reveal_payment_method(actor=request.user, method=method, now=timezone.now())
        return Response(PlainAnswer(whole(plain)).data)
