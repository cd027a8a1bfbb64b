"""Rows of the ledger: a person's own, for the office everybody's; page by page, or whole as a file."""

from typing import Any

from django.http import StreamingHttpResponse
from django.http.response import HttpResponseBase
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request

from accounts.api.answers import PersonAnswer
from accounts.api.door import Door
from accounts.api.fields import Key
from accounts.roles import EVERYBODY, OFFICE
from billing.api.period import REVERSED, PeriodQuery
from billing.rules.period import Period
from cashback.models import CashbackTransaction, CashbackType, SystemAccount
from cashback.selectors.ledger_rows import ledger_csv_lines, ledger_rows
from operations.api.findings import JsonOrCsv, wants_csv


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
