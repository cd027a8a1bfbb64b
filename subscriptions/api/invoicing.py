"""Invoices of a period by API: looked at first, then written, at once or by a worker. Only to look is the default."""

from typing import Any

from django.urls import reverse
from django.utils import timezone
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.door import Door
from accounts.api.fields import Day, Key, Moment, StrictSerializer, YesOrNo
from accounts.roles import OFFICE
from billing.api.bulk_operations import BulkOperationDetail
from billing.models import BulkOperation, Customer
from billing.selectors.bulk_operations import operation_with_items
from billing.services.invoices import LONGEST_DUE_DAYS
from operations.api.answers import RunQuery
from operations.api.backfills import NoWorkerTakesJobs
from operations.tasks import BrokerIsDown
from routes.models import Round
from subscriptions.selectors.invoicing_answers import preview_entry
from subscriptions.selectors.invoicing_preview import preview_invoices
from subscriptions.services.invoicing import run_invoicing, start_invoicing
from subscriptions.tasks import hand_invoicing_to_worker


class InvoicingForm(StrictSerializer):
    """Which period, and maybe of whom. Nothing said: of all customers who have something to bill."""

    period_start = Day()
    period_end = Day(help_text="The last day of the period, at the latest today.")
    round_id = Key(required=False)
    customer_ids = serializers.ListField(child=Key(), required=False, allow_empty=False, max_length=1000)
    issued_at = Moment(required=False)
    due_in_days = serializers.IntegerField(min_value=0, max_value=LONGEST_DUE_DAYS, required=False)
    refuse_invoiced = YesOrNo(
        required=False,
        default=False,
        help_text="Write nothing when one of them is invoiced already; else they are skipped.",
    )


class InvoicingProblem(serializers.Serializer):
    """What stands in the way of an invoice, or should be known before."""

    code = serializers.CharField()
    message = serializers.CharField()
    is_stopping = serializers.BooleanField()


class InvoicingCustomer(serializers.Serializer):
    """What one customer would be billed."""

    customer_id = serializers.UUIDField()
    number = serializers.CharField()
    name = serializers.CharField()
    deliveries = serializers.IntegerField()
    deliveries_cents = serializers.IntegerField()
    late_deliveries = serializers.IntegerField(help_text="Of these, how many are older than the period.")
    sales = serializers.IntegerField()
    sales_cents = serializers.IntegerField()
    paid_cents = serializers.IntegerField(help_text="Paid of these sales: it moves to the invoice.")
    total_cents = serializers.IntegerField()
    invoice_id = serializers.UUIDField(allow_null=True, help_text="The invoice of this period that there is.")
    invoice_number = serializers.CharField(allow_null=True)
    in_other_currency = serializers.IntegerField()
    can_be_invoiced = serializers.BooleanField()
    problems = InvoicingProblem(many=True)


class InvoicingPreviewAnswer(serializers.Serializer):
    """What would be invoiced, and what is in the way."""

    dry_run = serializers.BooleanField()
    period_start = serializers.DateField()
    period_end = serializers.DateField()
    currency = serializers.CharField()
    invoices = serializers.IntegerField()
    total_cents = serializers.IntegerField()
    deliveries = serializers.IntegerField()
    late_deliveries = serializers.IntegerField()
    sales = serializers.IntegerField()
    already_invoiced = serializers.IntegerField()
    with_problems = serializers.IntegerField()
    customers = InvoicingCustomer(many=True)
    customers_left_out = serializers.IntegerField(help_text="Only the first 500 are told one by one.")


class InvoiceGeneration(Door):
    """The invoices of a period."""

    writers = OFFICE

    @extend_schema(
        parameters=[RunQuery],
        request=InvoicingForm,
        responses={
            200: OpenApiResponse(InvoicingPreviewAnswer, "With `dry_run=true`, the default: nothing was written."),
            201: OpenApiResponse(BulkOperationDetail, "Invoiced; each customer has an answer."),
            202: OpenApiResponse(BulkOperationDetail, "Handed to a worker; `Location` is the operation's address."),
        },
    )
    def post(self, request: Request) -> Response:
        """Preview or make the invoices of a period: every unbilled delivery and credit sale up to its end, once."""
        asked, form = self.query(RunQuery), self.body(InvoicingForm)
        chosen = self._chosen(form)
        if asked["dry_run"]:
            seen = preview_invoices(self.tenant(), form["period_start"], form["period_end"], **chosen)
            return Response(preview_entry(seen))
        operation = start_invoicing(actor=request.user, tenant=self.tenant(), now=timezone.now(), **form, **chosen)
        if asked["wait"]:
            done = run_invoicing(operation.pk, clock=timezone.now)
            return Response(operation_with_items(done), status=status.HTTP_201_CREATED)
        return _handed_over(operation)

    def _chosen(self, form: dict[str, Any]) -> dict[str, Any]:
        """Take the round and the customers out of the form, as rows of this business."""
        round_id, keys = form.pop("round_id", None), form.pop("customer_ids", None)
        return {
            "round": self.find(Round, round_id, name="round_id") if round_id else None,
            "customers": None if keys is None else [self.find(Customer, key, name="customer_ids") for key in keys],
        }


def _handed_over(operation: BulkOperation) -> Response:
    """Hand an operation to a worker and say where to look. *Raises* NoWorkerTakesJobs."""
    try:
        hand_invoicing_to_worker(operation)
    except BrokerIsDown as error:
        raise NoWorkerTakesJobs(f"{error.message} Nothing was invoiced yet.") from error
    headers = {"Location": reverse("bulk-operation", args=[operation.pk])}
    return Response(operation_with_items(operation), status=status.HTTP_202_ACCEPTED, headers=headers)
