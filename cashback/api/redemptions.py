"""Redemptions: points that somebody wants paid out; asked for, cancelled, paid."""

from typing import Any
from uuid import UUID

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.answers import PersonAnswer
from accounts.api.door import Door
from accounts.api.fields import Key, StrictSerializer, Text
from accounts.api.idempotency import idempotent, idempotent_when_keyed
from accounts.roles import ADMINS, EVERYBODY
from cashback import services
from cashback.api.balance import OwnDoor
from cashback.api.fields import NothingForm, Points
from cashback.api.payment_methods import DetailsForm, MaskedAnswer, PlainAnswer, details_of, whole
from cashback.models import CashbackRedemption, PayoutKind, UserPaymentMethod
from cashback.services.payout_details import masked


class RedemptionForm(DetailsForm):
    """How many points, which way: to a payment method of yours, or with the details of this one time."""

    points_cents = Points()
    redemption_type = serializers.ChoiceField(PayoutKind.choices)
    payment_method_id = Key(required=False, allow_null=True, help_text="Then without details.")

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """A payment method has its own details."""
        both = [name for name in attrs if name not in self._declared_fields]
        if attrs.get("payment_method_id") and both:
            raise serializers.ValidationError(
                {name: ["Leave it out: the payment method has its own."] for name in both}
            )
        return attrs


class RedemptionAnswer(serializers.ModelSerializer):
    """What somebody wants paid out, how, and what became of it."""

    user = PersonAnswer()
    processed_by = PersonAnswer(source="processed_by_user", allow_null=True)
    payment_method_id = serializers.UUIDField(allow_null=True)
    redemption_transaction_id = serializers.UUIDField()
    refund_transaction_id = serializers.UUIDField(allow_null=True)
    details = serializers.SerializerMethodField()

    class Meta:
        model = CashbackRedemption
        fields = [
            "id",
            "user",
            "points_cents",
            "redemption_type",
            "payment_method_id",
            "details",
            "status",
            "admin_notes",
            "payout_reference",
            "processed_by",
            "processed_at",
            "redemption_transaction_id",
            "refund_transaction_id",
            "created_at",
        ]
        read_only_fields = fields

    def get_details(self, redemption: CashbackRedemption) -> MaskedAnswer:
        """What identifies the account, masked, as it was at the request."""
        return MaskedAnswer(whole(masked(redemption))).data


class RedemptionQuery(StrictSerializer):
    """Which redemptions."""

    status = serializers.ChoiceField(CashbackRedemption.Status.choices, required=False)
    redemption_type = serializers.ChoiceField(PayoutKind.choices, required=False)
    person = Key(required=False, help_text="Of this person.")


class RedemptionCancellationForm(StrictSerializer):
    """Why; needed to cancel somebody else's."""

    reason = Text(max_length=2000, required=False, allow_blank=True, default="", help_text="They read it.")


class CompletionForm(StrictSerializer):
    """How it was paid out."""

    payout_reference = Text(
        max_length=200, help_text="Of the transfer or the order, never the code of a gift card: it stays readable."
    )
    notes = Text(max_length=2000, required=False, allow_blank=True)


class Redemptions(OwnDoor):
    """Redemptions that the person may see: their own, for the office all."""

    @extend_schema(parameters=[RedemptionQuery], responses=RedemptionAnswer(many=True))
    def get(self, request: Request) -> Response:
        """Redemptions, newest first: yours, for the office all."""
        asked = self.query(RedemptionQuery)
        person = {"user_id": asked.pop("person")} if "person" in asked else {}
        rows = self.rows(CashbackRedemption).filter(**asked, **person).select_related("user", "processed_by_user")
        return self.page(rows, RedemptionAnswer)

    @extend_schema(request=RedemptionForm, responses={201: RedemptionAnswer})
    @idempotent
    def post(self, request: Request) -> Response:
        """Ask for points of yours to be paid out. They leave your balance at once, and come back whole if it is cancelled."""
        holder, form = self.holder(), self.body(RedemptionForm)
        methods = self.rows(UserPaymentMethod).filter(user=holder).live()  # type: ignore[attr-defined]
        pk = form.pop("payment_method_id", None)
        method = self.row(methods, pk, name="payment_method_id") if pk else None
        details = details_of(form)
        asked = services.request_redemption(
            actor=holder, payment_method=method, details=details or None, now=timezone.now(), **form
        )
        return Response(redemption_as_stored(asked), status=status.HTTP_201_CREATED)


class OneRedemption(Door):
    """One redemption."""

    readers = EVERYBODY

    @extend_schema(responses=RedemptionAnswer)
    def get(self, request: Request, pk: UUID) -> Response:
        """A redemption, its details masked."""
        rows = self.rows(CashbackRedemption).select_related("user", "processed_by_user")
        return Response(RedemptionAnswer(self.row(rows, pk)).data)


class RedemptionCancellation(Door):
    """A redemption taken back."""

    writers = EVERYBODY

    @extend_schema(request=RedemptionCancellationForm, responses={200: RedemptionAnswer})
    @idempotent_when_keyed
    def post(self, request: Request, pk: UUID) -> Response:
        """Cancel a redemption that waits: your own, for an administrator anybody's. The points come back whole; once."""
        redemption = self.find(CashbackRedemption, pk)
        cancelled = services.cancel_redemption(
            actor=request.user, redemption=redemption, now=timezone.now(), **self.body(RedemptionCancellationForm)
        )
        return Response(redemption_as_stored(cancelled))


class RedemptionCompletion(Door):
    """A redemption that was paid out."""

    writers = ADMINS

    @extend_schema(request=CompletionForm, responses={200: RedemptionAnswer})
    @idempotent_when_keyed
    def post(self, request: Request, pk: UUID) -> Response:
        """Say that it was paid out, under which reference. Never one's own; once, whoever is first."""
        redemption = self.find(CashbackRedemption, pk)
        completed = services.complete_redemption(
            actor=request.user, redemption=redemption, now=timezone.now(), **self.body(CompletionForm)
        )
        return Response(redemption_as_stored(completed))


class AdminRedemptionCancellation(RedemptionCancellation):
    """A redemption that is not paid out."""

    writers = ADMINS


class RevealedRedemption(Door):
    """The details as they were given."""

    writers = ADMINS

    @extend_schema(request=NothingForm, responses={200: PlainAnswer})
    def post(self, request: Request, pk: UUID) -> Response:
        """Read where to pay, whole. That you did is written down."""
        self.body(NothingForm)
        redemption = self.find(CashbackRedemption, pk)
        plain = services.reveal_redemption(actor=request.user, redemption=redemption, now=timezone.now())
        return Response(PlainAnswer(whole(plain)).data)


def redemption_as_stored(redemption: CashbackRedemption) -> dict[str, Any]:
    """The redemption as the database has it."""
    rows = CashbackRedemption.objects.select_related("user", "processed_by_user")
    return RedemptionAnswer(rows.get(pk=redemption.pk)).data
