"""Bulk operations by API: how far one came, and an answer for each of its items."""

from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.door import Door
from accounts.api.fields import StrictSerializer
from accounts.roles import OFFICE
from billing.models import BulkOperation, BulkOperationItem
from billing.selectors.bulk_operations import operation_with_items


class BulkItemAnswer(serializers.ModelSerializer):
    """What became of one customer or document, and why."""

    customer_id = serializers.UUIDField(allow_null=True)
    customer = serializers.CharField(allow_blank=True, help_text="Name and number; empty when it is about none.")

    class Meta:
        model = BulkOperationItem
        fields = ["customer_id", "customer", "document_id", "outcome", "code", "message"]
        read_only_fields = fields


class BulkOperationAnswer(serializers.ModelSerializer):
    """What was asked for at once, how far it came, and how it ended."""

    parameters = serializers.DictField()

    class Meta:
        model = BulkOperation
        fields = [
            "id",
            "kind",
            "status",
            "parameters",
            "items_total",
            "items_done",
            "items_skipped",
            "items_failed",
            "error",
            "created_at",
            "heartbeat_at",
            "finished_at",
        ]
        read_only_fields = fields


class BulkOperationDetail(BulkOperationAnswer):
    """The same with its first hundred items: failed ones first, then skipped ones."""

    items = BulkItemAnswer(many=True)

    class Meta(BulkOperationAnswer.Meta):
        fields = [*BulkOperationAnswer.Meta.fields, "items"]
        read_only_fields = fields


class ItemQuery(StrictSerializer):
    """Which items."""

    outcome = serializers.ChoiceField(BulkOperationItem.Outcome.choices, required=False)


class BulkOperations(Door):
    """What was done to many documents at once."""

    readers = OFFICE

    @extend_schema(responses=BulkOperationAnswer(many=True))
    def get(self, request: Request) -> Response:
        """Bulk operations, newest first."""
        return self.page(self.rows(BulkOperation), BulkOperationAnswer)


class OneBulkOperation(Door):
    """One bulk operation."""

    readers = OFFICE

    @extend_schema(responses=BulkOperationDetail)
    def get(self, request: Request, pk: UUID) -> Response:
        """How far it is, and what became of the first hundred items, the worst first."""
        return Response(operation_with_items(self.find(BulkOperation, pk)))


class ItemsOfBulkOperation(Door):
    """All items of a bulk operation."""

    readers = OFFICE

    @extend_schema(parameters=[ItemQuery], responses=BulkItemAnswer(many=True))
    def get(self, request: Request, pk: UUID) -> Response:
        """What became of each item, page by page."""
        items = self.find(BulkOperation, pk).items.select_related("customer").filter(**self.query(ItemQuery))
        return self.page(items, BulkItemAnswer)
