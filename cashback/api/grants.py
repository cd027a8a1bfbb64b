"""What everybody has, and points given or taken by an administrator."""

from typing import Any

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.door import Door
from accounts.api.fields import Flag, StrictSerializer, Text
from accounts.api.idempotency import idempotent
from accounts.roles import ADMINS, OFFICE
from cashback import services
from cashback.api.fields import MOST_ROWS, PointsRowForm, rows_of
from cashback.api.transactions import TransactionAnswer
from cashback.models import CashbackAccount
from cashback.selectors.balances import balances


class HolderAnswer(serializers.Serializer):
    """Who holds the points."""

    id = serializers.UUIDField()
    name = serializers.CharField()
    email = serializers.CharField()
    is_active = serializers.BooleanField()


class AccountAnswer(serializers.ModelSerializer):
    """What one person has, or owes."""

    user = HolderAnswer()

    class Meta:
        model = CashbackAccount
        fields = ["id", "user", "balance_cents", "debt_cents"]
        read_only_fields = fields


class BalancesQuery(StrictSerializer):
    """Whose balances."""

    search = Text(max_length=100, required=False, help_text="Part of a name or e-mail.")
    owes = Flag(required=False, help_text="Only those with a debt, or only those without.")


class GrantForm(StrictSerializer):
    """Who gets, or loses, how many points, and why."""

    rows = PointsRowForm(many=True, allow_empty=False, max_length=MOST_ROWS)
    reason = Text(max_length=2000, help_text="They read it.")
    notes = Text(max_length=2000, required=False, allow_blank=True, help_text="Only the office reads it.")


class WrittenAnswer(serializers.Serializer):
    """The rows that were written to the ledger."""

    transactions = TransactionAnswer(many=True)


class Balances(Door):
    """What everybody has."""

    readers = OFFICE
    ordering = ("-balance_cents", "-id")

    @extend_schema(parameters=[BalancesQuery], responses=AccountAnswer(many=True))
    def get(self, request: Request) -> Response:
        """What everybody has, the most first."""
        asked = self.query(BalancesQuery)
        rows = balances(request.user, search=asked.get("search", "")).of_tenant(self.named_tenant())
        if "owes" in asked:
            rows = rows.filter(debt_cents__gt=0) if asked["owes"] else rows.filter(debt_cents=0)
        return self.page(rows, AccountAnswer)


class GrantDoor(Door):
    """Points given or taken by hand."""

    writers = ADMINS

    def asked(self) -> dict[str, Any]:
        """What the body says, people looked up."""
        form = self.body(GrantForm)
        return {
            **form,
            "rows": rows_of(self, form["rows"], name="rows"),
            "actor": self.request.user,
            "tenant": self.tenant(),
            "now": timezone.now(),
        }


class Grant(GrantDoor):
    """Points given."""

    @extend_schema(request=GrantForm, responses={201: WrittenAnswer})
    @idempotent
    def post(self, request: Request) -> Response:
        """Give people points, all rows or none. Not to oneself."""
        written = services.grant_points(**self.asked())
        return Response(WrittenAnswer({"transactions": written}).data, status=status.HTTP_201_CREATED)


class Removal(GrantDoor):
    """Points taken."""

    @extend_schema(request=GrantForm, responses={201: WrittenAnswer})
    @idempotent
    def post(self, request: Request) -> Response:
        """Take points from people, all rows or none, and from nobody more than they have."""
        written = services.remove_points(**self.asked())
        return Response(WrittenAnswer({"transactions": written}).data, status=status.HTTP_201_CREATED)
