"""Reconcile by API: what every running total should be, what it is, and the difference. It writes nothing."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.door import Door
from accounts.api.fields import Key, StrictSerializer
from accounts.roles import OFFICE
from billing.models import Customer
from billing.selectors.reconcile import KINDS, MOST_ROWS, wrong_credit, wrong_documents

CURE = "Preview the repair: python manage.py backfill_allocation_totals --tenant {slug}"


class ReconcileQuery(StrictSerializer):
    """Whose books."""

    customer_id = Key(required=False, help_text="Default: all customers.")


class WrongFigure(serializers.Serializer):
    """A figure read twice."""

    id = serializers.UUIDField()
    customer_id = serializers.UUIDField()
    customer = serializers.CharField()
    expected_cents = serializers.IntegerField(help_text="What the allocations add up to, or leave.")
    actual_cents = serializers.IntegerField(help_text="What is stored.")
    difference_cents = serializers.IntegerField(help_text="Actual less expected.")


class WrongTotal(WrongFigure):
    """What is paid with or of one document: the stored total against its allocations."""

    kind = serializers.ChoiceField(KINDS)
    text = serializers.CharField()


class WrongCredit(WrongFigure):
    """The credit of one customer: by stored totals against by allocations."""

    currency = serializers.CharField()


class ReconcileAnswer(serializers.Serializer):
    """Nothing but what is wrong."""

    is_clean = serializers.BooleanField()
    documents = WrongTotal(many=True)
    customers = WrongCredit(many=True)
    is_complete = serializers.BooleanField(help_text=f"No: there are more than the {MOST_ROWS} of each that are shown.")
    next_step = serializers.CharField(allow_blank=True)


class Reconcile(Door):
    """The books, read twice."""

    readers = OFFICE

    @extend_schema(parameters=[ReconcileQuery], responses=ReconcileAnswer)
    def get(self, request: Request) -> Response:
        """Every running total and every customer's credit that is not what the allocations say; empty when all are right."""
        asked = self.query(ReconcileQuery)
        customer = self.find(Customer, asked["customer_id"], name="customer_id") if asked else None
        tenant = customer.tenant if customer else self.tenant()
        documents = list(wrong_documents(tenant, customer=customer))
        customers = list(wrong_credit(tenant, customer=customer))
        answer: dict[str, Any] = {
            "is_clean": not documents and not customers,
            "documents": documents[:MOST_ROWS],
            "customers": customers[:MOST_ROWS],
            "is_complete": max(len(documents), len(customers)) <= MOST_ROWS,
            "next_step": CURE.format(slug=tenant.slug) if documents else "",
        }
        return Response(ReconcileAnswer(answer).data)
