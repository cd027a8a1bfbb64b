"""Usage: accounting records taken from the network, what was used in a period, and how a line did in its last days."""

from datetime import date
from typing import Any
from uuid import UUID

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.door import Door
from accounts.api.fields import Day, StrictSerializer
from accounts.errors import NotFound
from accounts.roles import ADMINS
from subscriptions.models import PlanSubscription, Subscriber
from subscriptions.rules.usage_packet import LONGEST_SESSION_ID, LONGEST_SUBSCRIBER_ID, MOST_BYTES
from subscriptions.rules.usage_trend import TRENDS
from subscriptions.selectors.usage_course import UsageCourse, usage_course
from subscriptions.selectors.usage_diagnostics import DayOfLine, usage_diagnostics
from subscriptions.services.usage import UsageIngested, ingest_usage

MOST_RECORDS = 5_000


class NoSuchPeriod(NotFound):
    """The subscription has no period that holds this day, or it has not begun."""

    code = "no_such_period"


class UsageRecordForm(serializers.Serializer):
    """An accounting packet: the running counters of a session. Other keys are left out of account."""

    subscriber_id = serializers.CharField(max_length=LONGEST_SUBSCRIBER_ID)
    session_id = serializers.CharField(max_length=LONGEST_SESSION_ID)
    sequence = serializers.IntegerField(min_value=0, max_value=MOST_BYTES, help_text="Its number in the session.")
    started_at = serializers.DateTimeField(help_text="When the session began.")
    at = serializers.DateTimeField(help_text="When it was counted.")
    bytes_in = serializers.IntegerField(
        min_value=0, max_value=MOST_BYTES, help_text="From the customer, since started_at."
    )
    bytes_out = serializers.IntegerField(
        min_value=0, max_value=MOST_BYTES, help_text="To the customer, since started_at."
    )
    gigawords_in = serializers.IntegerField(
        min_value=0, required=False, help_text="Times 2^32, where bytes_in has 32 bits."
    )
    gigawords_out = serializers.IntegerField(min_value=0, required=False)


class RejectionAnswer(serializers.Serializer):
    """A record that was kept aside, by its place in the list (from 1)."""

    position = serializers.IntegerField()
    code = serializers.CharField()
    message = serializers.CharField()


class UsageIngestedAnswer(serializers.Serializer):
    """received = taken + repeated + rejected."""

    batch_id = serializers.UUIDField()
    received = serializers.IntegerField()
    taken = serializers.IntegerField()
    repeated = serializers.IntegerField(help_text="Counted before.")
    rejected = serializers.IntegerField(help_text="Kept aside for a person, each with its reason.")
    put_right = serializers.IntegerField(help_text="Records that one of these precedes, counted anew.")
    rejected_by_code = serializers.DictField(child=serializers.IntegerField())
    rejections = RejectionAnswer(many=True)


class UsageRecords(Door):
    """Accounting records."""

    writers = ADMINS

    @extend_schema(request=UsageRecordForm(many=True), responses={200: UsageIngestedAnswer, 202: UsageIngestedAnswer})
    def post(self, request: Request) -> Response:
        """Count up to 5,000 records. 200: all are counted, now or before; 202: some are kept aside. Sending again is safe."""
        entries = request.data
        if not isinstance(entries, list) or not 0 < len(entries) <= MOST_RECORDS:
            raise serializers.ValidationError(f"Send a list of 1 to {MOST_RECORDS:,} records.")
        done = ingest_usage(actor=request.user, tenant=self.tenant(), entries=entries, now=timezone.now(), origin="API")
        code = status.HTTP_202_ACCEPTED if done.rejected else status.HTTP_200_OK
        return Response(ingested_entry(done), status=code)


class PartAnswer(serializers.Serializer):
    """Days of the period under one plan, cap and line."""

    first_day = serializers.DateField()
    last_day = serializers.DateField()
    plan_id = serializers.UUIDField(source="plan.pk")
    plan_code = serializers.CharField(source="plan.code")
    subscriber_id = serializers.CharField(allow_null=True)
    bytes_in = serializers.IntegerField(source="usage.bytes_in")
    bytes_out = serializers.IntegerField(source="usage.bytes_out")
    total_bytes = serializers.IntegerField(source="usage.total_bytes")
    cap_bytes = serializers.IntegerField(allow_null=True)
    why_unknown = serializers.CharField(allow_blank=True)


class UsedOnDay(serializers.Serializer):
    """What was used on a day."""

    date = serializers.DateField()
    total_bytes = serializers.IntegerField()


class UsageAnswer(serializers.Serializer):
    """What was used in a period. Where `is_known` is false the bytes are what is known, and no forecast is made."""

    subscription_id = serializers.UUIDField()
    period_start = serializers.DateField()
    period_end = serializers.DateField()
    total_bytes = serializers.IntegerField()
    cap_bytes = serializers.IntegerField(allow_null=True, help_text="null: unlimited.")
    percent = serializers.IntegerField(
        allow_null=True, help_text="Of the cap, rounded down. null: unlimited, or unknown."
    )
    is_known = serializers.BooleanField()
    why_unknown = serializers.CharField(allow_blank=True)
    forecast_bytes = serializers.IntegerField(allow_null=True, help_text="At the end of the period.")
    parts = PartAnswer(many=True)
    days = UsedOnDay(many=True)


class UsageQuery(StrictSerializer):
    """Which period."""

    period_start = Day(required=False, help_text="The period that this day lies in. Default: the current one.")


class SubscriptionUsage(Door):
    """What is used on a subscription."""

    readers = ADMINS

    @extend_schema(parameters=[UsageQuery], responses=UsageAnswer)
    def get(self, request: Request, pk: UUID) -> Response:
        """What was used in a period, of what it gives, day by day; the same figures that are billed."""
        subscription = self.find(PlanSubscription, pk)
        day = self.query(UsageQuery).get("period_start")
        course = usage_course(subscription, now=timezone.now(), on=day)
        if course is None:
            raise NoSuchPeriod("The subscription has no period then. Ask for a day between its first day and today.")
        return Response(UsageAnswer(course_entry(course)).data)


class DayAnswer(serializers.Serializer):
    """What a line carried on a day. Of a day that is unknown the bytes are null, never zero."""

    date = serializers.DateField()
    total_bytes = serializers.IntegerField(allow_null=True)
    bytes_in = serializers.IntegerField(allow_null=True)
    bytes_out = serializers.IntegerField(allow_null=True)
    is_known = serializers.BooleanField(help_text="false: records were expected, and none is there.")

    def to_representation(self, instance: DayOfLine) -> dict[str, Any]:
        """Show what is known."""
        shown = super().to_representation(instance)
        return shown if instance.is_known else {**shown, "total_bytes": None, "bytes_in": None, "bytes_out": None}


class DiagnosticsAnswer(serializers.Serializer):
    """The last seven whole days of a line."""

    subscriber_id = serializers.CharField()
    total_bytes = serializers.IntegerField()
    average_bytes = serializers.IntegerField(allow_null=True, help_text="A day, of the days that are known.")
    trend = serializers.ChoiceField(TRENDS)
    is_high = serializers.BooleanField(help_text="More than 50 GB a day.")
    unknown_days = serializers.ListField(child=serializers.DateField())
    days = DayAnswer(many=True)


class LineUsage(Door):
    """How a line did in its last days."""

    readers = ADMINS

    @extend_schema(responses=DiagnosticsAnswer)
    def get(self, request: Request, pk: str) -> Response:
        """Seven days of a line, day by day, with the trend and the days of which nothing is known."""
        line = self.find(Subscriber, pk if "\x00" not in pk else "")
        return Response(DiagnosticsAnswer(usage_diagnostics(line, now=timezone.now())).data)


def ingested_entry(done: UsageIngested) -> dict[str, Any]:
    """What became of the records, as the API and the command answer it."""
    return dict(UsageIngestedAnswer(done).data)


def course_entry(course: UsageCourse) -> dict[str, Any]:
    """The course of a period by the names of the answer."""
    usage = course.usage
    by_day: dict[date, int] = dict(zip(course.days, course.used_by_day, strict=True))
    return {
        "subscription_id": usage.subscription.pk,
        "period_start": usage.period.start,
        "period_end": usage.period.end,
        "total_bytes": usage.total_bytes,
        "cap_bytes": usage.cap_bytes,
        "percent": course.percent,
        "is_known": usage.is_known,
        "why_unknown": usage.why_unknown,
        "forecast_bytes": course.forecast_bytes,
        "parts": usage.parts,
        "days": [{"date": day, "total_bytes": used} for day, used in by_day.items()],
    }
