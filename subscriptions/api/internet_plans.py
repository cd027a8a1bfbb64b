"""Internet plans, and the lines of an internet provider."""

from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.door import Door
from accounts.api.fields import Flag, Key, Moment, StrictSerializer, Text, WholeNumber
from accounts.roles import ADMINS
from billing.api.fields import Cents
from subscriptions import services
from subscriptions.models import InternetPlan, Subscriber


class PlanForm(StrictSerializer):
    """What a new plan needs; without `data_cap_amount` it is unlimited."""

    code = Text(max_length=50)
    name = Text(max_length=200)
    download_kbps = WholeNumber(min_value=1)
    upload_kbps = WholeNumber(min_value=1)
    status = serializers.ChoiceField(InternetPlan.Status.choices, required=False, help_text="DRAFT unless said.")
    billing_cycle = serializers.ChoiceField(InternetPlan.BillingCycle.choices, required=False)
    monthly_price_cents = Cents(least=0, required=False, help_text="Tax included.")
    currency = Text(max_length=3, required=False, help_text="The business's own unless said.")
    tax_rate_bps = WholeNumber(min_value=0, max_value=10_000, required=False, help_text="500 is 5 %.")
    data_cap_amount = Text(max_length=12, required=False, help_text='Of data_cap_unit, such as "100" or "1.5".')
    data_cap_unit = serializers.ChoiceField(InternetPlan._meta.get_field("data_cap_unit").choices, required=False)
    overage_price_cents = Cents(least=0, required=False, help_text="For one overage_unit beyond the cap.")
    overage_unit = serializers.ChoiceField(InternetPlan._meta.get_field("overage_unit").choices, required=False)
    overage_rounding = serializers.ChoiceField(InternetPlan.OverageRounding.choices, required=False)
    alert_thresholds = serializers.ListField(
        child=WholeNumber(min_value=1, max_value=1000), max_length=20, required=False, help_text="Percent, rising."
    )


class PlanAnswer(serializers.ModelSerializer):
    """A plan; `cap_bytes` is its cap in bytes (1 GB is 1024³), null is unlimited."""

    cap_bytes = serializers.IntegerField(allow_null=True)
    data_cap_unit = serializers.CharField(help_text="MB, GB or TB; empty without a cap.")

    class Meta:
        model = InternetPlan
        fields = [*(name for name in PlanForm().fields), "id", "has_data_cap", "cap_bytes", "created_at"]
        read_only_fields = fields


class PlanQuery(StrictSerializer):
    """Which plans."""

    code = Text(max_length=50, required=False)
    status = serializers.ChoiceField(InternetPlan.Status.choices, required=False)


class InternetPlans(Door):
    """What an internet provider sells."""

    readers = writers = ADMINS
    ordering = ("code", "id")

    @extend_schema(parameters=[PlanQuery], responses=PlanAnswer(many=True))
    def get(self, request: Request) -> Response:
        """Plans by code."""
        return self.page(self.rows(InternetPlan).filter(**self.query(PlanQuery)), PlanAnswer)

    @extend_schema(request=PlanForm, responses={201: PlanAnswer})
    def post(self, request: Request) -> Response:
        """Offer a plan."""
        made = services.create_plan(actor=request.user, tenant=self.tenant(), **self.body(PlanForm))
        return Response(PlanAnswer(made).data, status=status.HTTP_201_CREATED)


class OneInternetPlan(Door):
    """One plan."""

    readers = ADMINS

    @extend_schema(responses=PlanAnswer)
    def get(self, request: Request, pk: UUID) -> Response:
        """What a plan gives and costs."""
        return Response(PlanAnswer(self.find(InternetPlan, pk)).data)


class SubscriberForm(StrictSerializer):
    """What a new line needs; its `id` is the access network's, or a new one."""

    id = Text(max_length=255, required=False)
    customer_id = Key(required=False, allow_null=True)
    username = Text(max_length=64)
    status = serializers.ChoiceField(Subscriber.Status.choices, required=False, help_text="ACTIVE unless said.")
    service_type = serializers.ChoiceField(Subscriber.ServiceType.choices, required=False)
    download_kbps = WholeNumber(min_value=1, max_value=2**31 - 1, required=False, allow_null=True)
    activated_at = Moment(required=False, allow_null=True)
    terminated_at = Moment(required=False, allow_null=True)


class SubscriberAnswer(serializers.ModelSerializer):
    """A line."""

    customer_id = serializers.UUIDField(allow_null=True)

    class Meta:
        model = Subscriber
        fields = [
            "id",
            "customer_id",
            "username",
            "status",
            "service_type",
            "download_kbps",
            "activated_at",
            "terminated_at",
            "deleted_at",
            "created_at",
        ]
        read_only_fields = fields


class SubscriberQuery(StrictSerializer):
    """Which lines."""

    customer_id = Key(required=False)
    username = Text(max_length=64, required=False)
    deleted = Flag(required=False, help_text="Only deleted lines, or only those that are not.")


class Subscribers(Door):
    """The lines of an internet provider."""

    readers = writers = ADMINS

    @extend_schema(parameters=[SubscriberQuery], responses=SubscriberAnswer(many=True))
    def get(self, request: Request) -> Response:
        """Lines, newest first."""
        asked = self.query(SubscriberQuery)
        rows = self.rows(Subscriber)
        if "deleted" in asked:
            rows = rows.filter(deleted_at__isnull=not asked.pop("deleted"))
        return self.page(rows.filter(**asked), SubscriberAnswer)

    @extend_schema(request=SubscriberForm, responses={201: SubscriberAnswer})
    def post(self, request: Request) -> Response:
        """Take a line into the books."""
        form = {"customer_id": None} | self.body(SubscriberForm)
        made = services.create_subscriber(actor=request.user, tenant=self.tenant(), **form)
        return Response(SubscriberAnswer(made).data, status=status.HTTP_201_CREATED)


class OneSubscriber(Door):
    """One line."""

    readers = ADMINS

    @extend_schema(responses=SubscriberAnswer)
    def get(self, request: Request, pk: str) -> Response:
        """A line, also a deleted one."""
        return Response(SubscriberAnswer(self.find(Subscriber, pk.replace("\x00", ""))).data)
