"""Who earns how much on a loan or a tracker: read, set, ended, by an administrator or by staff who looks after it."""

from typing import Any
from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.answers import PersonAnswer
from accounts.api.door import Door
from accounts.api.fields import StrictSerializer
from accounts.api.idempotency import idempotent_when_keyed
from accounts.roles import STAFF
from cashback import services
from cashback.api.fields import PersonName, Points, Share, person_named
from cashback.models import CashbackType, DailyTracker, Loan, LoanCashbackConfig, TrackerCashbackConfig


class ConfigForm(StrictSerializer):
    """Who, and how much: a share of the base, or a fixed number of points."""

    user = PersonName()
    cashback_type = serializers.ChoiceField(CashbackType.choices)
    cashback_value = Share(required=False, allow_null=True, help_text="Of a percentage, as a fraction.")
    points_cents = Points(required=False, allow_null=True, help_text="Of a fixed one.")

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Each type has its own value."""
        mine, other = "cashback_value", "points_cents"
        if attrs["cashback_type"] == CashbackType.FIXED:
            mine, other = other, mine
        if attrs.get(mine) is None:
            raise serializers.ValidationError({mine: [f"A {attrs['cashback_type']} cashback needs it."]})
        if attrs.get(other) is not None:
            raise serializers.ValidationError({other: [f"A {attrs['cashback_type']} cashback has none."]})
        return attrs


class ConfigAnswer(serializers.Serializer):
    """Who earns how much, each time."""

    id = serializers.UUIDField()
    user = PersonAnswer()
    cashback_type = serializers.ChoiceField(CashbackType.choices)
    cashback_value = serializers.DecimalField(max_digits=15, decimal_places=4, allow_null=True)
    points_cents = serializers.IntegerField(allow_null=True)
    is_active = serializers.BooleanField()
    created_by = PersonAnswer(allow_null=True)
    created_at = serializers.DateTimeField()


class ConfigDoor(Door):
    """Configurations of one loan or tracker."""

    readers = writers = STAFF
    ordering = ("created_at", "id")
    of: type[Loan] | type[DailyTracker]
    model: type[LoanCashbackConfig] | type[TrackerCashbackConfig]

    def configs(self, pk: UUID) -> Any:
        """Those of the loan or tracker, ended ones too."""
        owner = "loan" if self.of is Loan else "tracker"
        return self.rows(self.model).filter(**{owner: self.find(self.of, pk)}).select_related("user", "created_by")

    def asked(self) -> dict[str, Any]:
        """What the body says, the person looked up."""
        form = self.body(ConfigForm)
        return {**form, "user": person_named(self, form["user"], name="user"), "actor": self.request.user}


class LoanConfigs(ConfigDoor):
    """Who earns on a loan."""

    of, model = Loan, LoanCashbackConfig

    @extend_schema(responses=ConfigAnswer(many=True))
    def get(self, request: Request, pk: UUID) -> Response:
        """Who earns how much on each verified payment of interest; ended ones too."""
        return self.page(self.configs(pk), ConfigAnswer)

    @extend_schema(request=ConfigForm, responses={201: ConfigAnswer})
    @idempotent_when_keyed
    def post(self, request: Request, pk: UUID) -> Response:
        """Say who earns how much from now on: nobody twice (end the former rule first), never oneself, at most 100 % in all."""
        made = services.set_loan_cashback(loan=self.find(Loan, pk), **self.asked())
        return Response(ConfigAnswer(made).data, status=status.HTTP_201_CREATED)


class OneLoanConfig(ConfigDoor):
    """One beneficiary of a loan."""

    of, model = Loan, LoanCashbackConfig

    @extend_schema(request=None, responses={204: None})
    def delete(self, request: Request, pk: UUID, config: UUID) -> Response:
        """Let somebody earn no more on this loan. What was earned stays."""
        services.end_loan_cashback(actor=request.user, config=self.row(self.configs(pk), config))
        return Response(status=status.HTTP_204_NO_CONTENT)


class TrackerConfigs(ConfigDoor):
    """Who earns on a tracker."""

    of, model = DailyTracker, TrackerCashbackConfig

    @extend_schema(responses=ConfigAnswer(many=True))
    def get(self, request: Request, pk: UUID) -> Response:
        """Who earns how much on each approved day; ended ones too."""
        return self.page(self.configs(pk), ConfigAnswer)

    @extend_schema(request=ConfigForm, responses={201: ConfigAnswer})
    @idempotent_when_keyed
    def post(self, request: Request, pk: UUID) -> Response:
        """Say who earns how much from now on: nobody twice (end the former rule first), never oneself, at most 100 % in all."""
        made = services.set_tracker_cashback(tracker=self.find(DailyTracker, pk), **self.asked())
        return Response(ConfigAnswer(made).data, status=status.HTTP_201_CREATED)


class OneTrackerConfig(ConfigDoor):
    """One beneficiary of a tracker."""

    of, model = DailyTracker, TrackerCashbackConfig

    @extend_schema(request=None, responses={204: None})
    def delete(self, request: Request, pk: UUID, config: UUID) -> Response:
        """Let somebody earn no more on this tracker. What was earned stays."""
        services.end_tracker_cashback(actor=request.user, config=self.row(self.configs(pk), config))
        return Response(status=status.HTTP_204_NO_CONTENT)
