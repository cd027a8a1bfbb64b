"""Money in, the quick ways: the payments of a round at once, a sale paid whole, and what lies unapplied."""

from typing import Any
from uuid import UUID

from django.utils import timezone
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.door import Door
from accounts.api.fields import Key, Moment, StrictSerializer, Text
from accounts.api.idempotency import idempotent
from accounts.errors import DomainError, NotFound
from accounts.roles import OFFICE, STAFF
from billing import services
from billing.api.allocations import YesNo, mode_field, splits_field, splits_of
from billing.api.bulk_operations import BulkOperationDetail
from billing.api.fields import Cents, Channel
from billing.api.payments import PaymentAnswer, payment_as_stored, payment_key
from billing.models import Customer, Sale
from billing.selectors.bulk_operations import operation_with_items
from billing.selectors.unapplied import age_in_days, unapplied_payments
from billing.services.bulk_payments import LONGEST_ROW_KEY, MOST_ROWS


class RowForm(StrictSerializer):
    """One payment of the round."""

    key = Text(
        max_length=LONGEST_ROW_KEY, help_text="Made by the client: a row is written once, however often it is sent."
    )
    customer_id = Key()
    amount_cents = Cents()
    channel = Channel()
    received_at = Moment(required=False, help_text="Default: now.")
    reference = Text(max_length=100, allow_blank=True, required=False)
    mode = mode_field()
    allocations = splits_field()


class BulkForm(StrictSerializer):
    """The payments of a round."""

    rows = RowForm(many=True, min_length=1, max_length=MOST_ROWS)
    dry_run = YesNo(required=False, help_text="Only look: answers the bad rows, writes nothing.")


class BadRow(serializers.Serializer):
    """A row that would be refused."""

    row = serializers.IntegerField(help_text="The first is 1.")
    code = serializers.CharField()
    message = serializers.CharField()


class LookAnswer(serializers.Serializer):
    """What would become of the rows. Nothing was written."""

    rows = serializers.IntegerField()
    bad_rows = BadRow(many=True)


class BulkPayments(Door):
    """The payments of a round."""

    writers = OFFICE

    @extend_schema(
        request=BulkForm,
        responses={
            200: OpenApiResponse(LookAnswer, "With `dry_run`: nothing was written."),
            201: OpenApiResponse(BulkOperationDetail, "Written; each row has an answer."),
        },
    )
    @idempotent
    def post(self, request: Request) -> Response:
        """Record the payments of a round. All rows are checked first: while one is bad, 422 names it and nothing is written."""
        form = self.body(BulkForm)
        asked: Any = {"actor": request.user, "tenant": self.tenant(), "now": timezone.now()}
        rows, unknown = self._rows(form["rows"])
        if form.get("dry_run"):
            wrong = services.check_payments(rows=list(rows.values()), **asked) if rows else {}
            errors = {**unknown, **{list(rows)[place - 1]: error for place, error in wrong.items()}}
            bad = [
                {"row": number, "code": errors[number].code, "message": str(errors[number])}
                for number in sorted(errors)
            ]
            return Response({"rows": len(form["rows"]), "bad_rows": bad})
        if unknown:
            raise NotFound(
                f"{len(unknown)} of {len(form['rows'])} rows name what is not there, or is not yours; the first is row "
                f"{min(unknown)}: nothing was written. Correct them and send all again.",
                fields={f"rows[{number}]": [str(error)] for number, error in unknown.items()},
            )
        operation = services.record_payments(rows=list(rows.values()), **asked)
        return Response(operation_with_items(operation), status=status.HTTP_201_CREATED)

    def _rows(self, forms: list[dict[str, Any]]) -> tuple[dict[int, dict[str, Any]], dict[int, DomainError]]:
        """Each row by its number, the first being 1, and the errors of those that name no customer of this person's."""
        rows: dict[int, dict[str, Any]] = {}
        unknown: dict[int, DomainError] = {}
        for number, form in enumerate(forms, start=1):
            try:
                rows[number] = self._row(form)
            except NotFound as error:
                unknown[number] = error
        return rows, unknown

    def _row(self, row: dict[str, Any]) -> dict[str, Any]:
        customer = self.find(Customer, row.pop("customer_id"))
        splits = {"splits": splits_of(row)} if "allocations" in row else {}
        return {**row, "customer": customer, **splits}


class QuickPayForm(StrictSerializer):
    """How the money came."""

    channel = Channel()
    received_at = Moment(required=False, help_text="Default: now.")
    reference = Text(max_length=100, allow_blank=True, required=False)


class QuickPay(Door):
    """A sale paid whole."""

    writers = STAFF

    @extend_schema(request=QuickPayForm, responses={201: PaymentAnswer})
    @idempotent
    def post(self, request: Request, pk: UUID) -> Response:
        """Record a payment of exactly what is left of a sale. Sent again with the same key it is answered, not done again."""
        sale = self.find(Sale, pk)
        payment = services.pay_sale(
            actor=request.user,
            sale=sale,
            now=timezone.now(),
            idempotency_key=payment_key(request),
            **self.body(QuickPayForm),
        )
        return Response(payment_as_stored(payment), status=status.HTTP_201_CREATED)


class UnappliedQuery(StrictSerializer):
    """Whose."""

    customer_id = Key(required=False)


class UnappliedAnswer(serializers.Serializer):
    """A payment of which something is left."""

    payment_id = serializers.UUIDField(source="id")
    customer_id = serializers.UUIDField()
    customer = serializers.CharField(source="customer.name")
    currency = serializers.CharField()
    amount_cents = serializers.IntegerField()
    left_cents = serializers.IntegerField(source="credit_cents")
    received_at = serializers.DateTimeField()
    age_days = serializers.SerializerMethodField(help_text="Whole days since it was received.")

    def get_age_days(self, payment: Any) -> int:
        """How long it has been lying there."""
        return age_in_days(payment, as_of=timezone.now())


class UnappliedPayments(Door):
    """Money that pays for nothing yet."""

    readers = OFFICE

    @extend_schema(parameters=[UnappliedQuery], responses=UnappliedAnswer(many=True))
    def get(self, request: Request) -> Response:
        """Payments that are not used up, newest first: whose, how much is left, for how many days."""
        rows = unapplied_payments(request.user, tenant=self.named_tenant())
        return self.page(rows.filter(**self.query(UnappliedQuery)), UnappliedAnswer)
