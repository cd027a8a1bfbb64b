"""What somebody has, how it came about, and giving some of it to somebody else."""

from typing import Any

from django.http import StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
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
from accounts.roles import EVERYBODY, OFFICE
from billing.api.period import ERROR, REVERSED, PeriodQuery
from billing.rules.period import Period
from cashback import services
from cashback.api.fields import PersonName, Points
from cashback.models import CashbackTransaction, CashbackType, SystemAccount
from cashback.selectors.balances import balance_on, summary_of
from cashback.selectors.ledger_rows import ledger_csv_lines, ledger_rows
from operations.api.findings import JsonOrCsv, wants_csv

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


class ChoiceOrNull(serializers.ChoiceField):
    """One of some words; null where the row has an empty text."""

    def __init__(self, choices: Any) -> None:
        super().__init__(choices, allow_null=True)

    def to_representation(self, value: str) -> str | None:
        return super().to_representation(value) if value else None


class TransactionAnswer(serializers.ModelSerializer):
    """One row of the ledger. A side is a person, or an account of the house; the other of the two is null."""

    from_user = PersonAnswer(allow_null=True)
    from_account = ChoiceOrNull(SystemAccount.choices)
    to_user = PersonAnswer(allow_null=True)
    to_account = ChoiceOrNull(SystemAccount.choices)
    cashback_type = ChoiceOrNull(CashbackType.choices)
    related_loan_id = serializers.UUIDField(allow_null=True)
    related_payment_id = serializers.UUIDField(allow_null=True)
    related_tracker_id = serializers.UUIDField(allow_null=True)
    reverses_id = serializers.UUIDField(allow_null=True)
    notes = serializers.CharField(required=False, help_text="Only for the office.")
    created_by = PersonAnswer(
        source="created_by_user", required=False, allow_null=True, help_text="Only for the office."
    )

    class Meta:
        model = CashbackTransaction
        fields = [
            "id",
            "transaction_type",
            "points_cents",
            "from_user",
            "from_account",
            "to_user",
            "to_account",
            "related_loan_id",
            "related_payment_id",
            "related_tracker_id",
            "related_tracker_entry_day",
            "base_cents",
            "cashback_type",
            "cashback_value",
            "reverses_id",
            "user_notes",
            "notes",
            "created_by",
            "created_at",
        ]
        read_only_fields = [name for name in fields if name not in ("notes", "created_by")]


class OwnTransactionAnswer(TransactionAnswer):
    """The same without what the office writes for itself."""

    notes = None
    created_by = None

    class Meta(TransactionAnswer.Meta):
        fields = read_only_fields = [
            name for name in TransactionAnswer.Meta.fields if name not in ("notes", "created_by")
        ]


class TransactionQuery(PeriodQuery):
    """Which rows: of a type, on which days of the business, of which person; as what."""

    type = serializers.ChoiceField(CashbackTransaction.Type.choices, required=False)
    person = Key(required=False, help_text="Rows that gave to this person or took from them.")
    loan = Key(required=False, help_text="Rows that this loan earned, or that took them back.")
    payment = Key(required=False, help_text="Rows that this payment on a loan earned, or that took them back.")
    tracker = Key(required=False, help_text="Rows that this tracker earned, or that took them back.")
    format = serializers.ChoiceField(["json", "csv"], required=False, help_text="csv: everything in one file.")


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


class Transactions(Door):
    """Rows of the ledger that the person may see."""

    readers = EVERYBODY
    content_negotiation_class = JsonOrCsv

    @extend_schema(
        parameters=[TransactionQuery],
        responses={
            (200, "application/json"): TransactionAnswer(many=True),
            (200, "text/csv"): OpenApiTypes.STR,
            422: REVERSED,
        },
    )
    def get(self, request: Request) -> HttpResponseBase:
        """Rows of the ledger, newest first: yours, for the office all. Whole as a file by `?format=csv` or `Accept: text/csv`."""
        asked = self.query(TransactionQuery)
        rows = ledger_rows(
            request.user,
            person=asked.get("person"),
            transaction_type=asked.get("type", ""),
            days=Period(asked["first"], asked["last"]),
            **{what: asked[what] for what in ("loan", "payment", "tracker") if what in asked},
        ).of_tenant(self.named_tenant())
        if wants_csv(request):
            headers = {"Content-Disposition": 'attachment; filename="cashback-transactions.csv"'}
            lines = ledger_csv_lines(request.user, rows)
            return StreamingHttpResponse(lines, content_type="text/csv; charset=utf-8", headers=headers)
        is_office = request.user.is_superuser or request.user.role in OFFICE
        return self.page(rows, TransactionAnswer if is_office else OwnTransactionAnswer)


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
