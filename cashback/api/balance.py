"""What somebody has and where it came from, and giving some of it to somebody else."""

from typing import Any

from django.utils import timezone
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.answers import PersonAnswer
from accounts.api.door import Door
from accounts.api.fields import Day, Key, StrictSerializer, Text
from accounts.api.idempotency import idempotent
from accounts.errors import RuleBroken
from accounts.models import User
from accounts.roles import EVERYBODY
from billing.api.period import ERROR
from cashback import services
from cashback.api.fields import PersonName, Points
from cashback.api.transactions import OwnTransactionAnswer
from cashback.selectors.balances import balance_on, summary_of

NO_BALANCE = OpenApiResponse(ERROR, "The day is of a year in which nobody kept books; or a superuser has no points.")


class HoldsNoPoints(RuleBroken):
    """Who stands above all businesses has no account in any."""

    code = "holds_no_points"


class OwnDoor(Door):
    """What everybody does with their own points."""

    readers = writers = EVERYBODY

    def holder(self) -> User:
        """The person, who belongs to a business. *Raises* HoldsNoPoints."""
        user = self.request.user
        if user.tenant_id is None:
            raise HoldsNoPoints("You stand above all businesses and hold no points. Log in as a person of one.")
        return user


class BalanceAnswer(serializers.Serializer):
    """What somebody has, and where it came from and went; all in hundredths of a point."""

    user = PersonAnswer()
    currency = serializers.CharField(help_text="100 hundredths, one point, are worth one unit of it.")
    balance_cents = serializers.IntegerField()
    debt_cents = serializers.IntegerField(help_text="Taken back after it was spent; the next points repay it.")
    earned_cents = serializers.IntegerField(help_text="On loans and trackers.")
    granted_cents = serializers.IntegerField(help_text="By an administrator.")
    received_cents = serializers.IntegerField(help_text="By transfer.")
    given_back_cents = serializers.IntegerField(help_text="Undone of what had gone.")
    sent_cents = serializers.IntegerField(help_text="By transfer.")
    redeemed_cents = serializers.IntegerField(help_text="Less what came back when a redemption was cancelled.")
    refunded_cents = serializers.IntegerField(help_text="What came back so.")
    removed_cents = serializers.IntegerField(help_text="By an administrator.")
    taken_back_cents = serializers.IntegerField(help_text="Undone of what had come.")
    pending_redemptions = serializers.IntegerField(help_text="That wait to be paid out.")
    pending_redemption_cents = serializers.IntegerField()
    as_of = serializers.DateField(allow_null=True, help_text="The day that was asked for.")
    as_of_cents = serializers.IntegerField(
        allow_null=True, help_text="What you had at its end; below 0 is what you owed."
    )


class BalanceQuery(StrictSerializer):
    """On which day."""

    as_of = Day(required=False, help_text="Also tell what you had at the end of this day.")


class TransferForm(StrictSerializer):
    """Who gets how many points."""

    receiver = PersonName(required=False)
    receiver_id = Key(required=False)
    points_cents = Points()
    user_notes = Text(max_length=2000, required=False, allow_blank=True, help_text="What the receiver reads.")

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """One receiver, named in one way."""
        if ("receiver" in attrs) is ("receiver_id" in attrs):
            raise serializers.ValidationError(
                {"receiver": ["Say who gets them: receiver or receiver_id, one of them."]}
            )
        return attrs


class Balance(OwnDoor):
    """What the person has."""

    @extend_schema(parameters=[BalanceQuery], responses={200: BalanceAnswer, 422: NO_BALANCE})
    def get(self, request: Request) -> Response:
        """Your points: what you have, earned, sent, received and redeemed; and what you had at the end of a day."""
        user, day = self.holder(), self.query(BalanceQuery).get("as_of")
        told = {"user": user, "currency": user.tenant.currency, **summary_of(user)}
        told |= {"as_of": day, "as_of_cents": None if day is None else balance_on(user, day)}
        return Response(BalanceAnswer(told).data)


class Transfer(OwnDoor):
    """Points for somebody else."""

    @extend_schema(request=TransferForm, responses={201: OwnTransactionAnswer})
    @idempotent
    def post(self, request: Request) -> Response:
        """Give points of yours to another person of your business. Who is not there, or no longer, is answered alike: 404."""
        sender, form, now = self.holder(), self.body(TransferForm), timezone.now()
        receiver = services.find_receiver(
            actor=sender,
            email=form.pop("receiver", None),
            receiver_id=form.pop("receiver_id", None),
            points_cents=form["points_cents"],
            now=now,
        )
        row = services.transfer_points(actor=sender, receiver=receiver, now=now, **form)
        return Response(OwnTransactionAnswer(row).data, status=status.HTTP_201_CREATED)
