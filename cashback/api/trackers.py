"""Trackers: opened, listed, read, closed and brought back, and hidden by their owner."""

from collections.abc import Callable
from uuid import UUID

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.answers import PersonAnswer
from accounts.api.door import Door
from accounts.api.fields import Day, Flag, Key, StrictSerializer, Text, WholeNumber
from accounts.api.idempotency import idempotent, idempotent_when_keyed
from accounts.roles import EVERYBODY, OFFICE
from billing.api.fields import Cents
from cashback import services
from cashback.api.fields import NothingForm, PersonName, person_named
from cashback.models import DailyTracker
from cashback.selectors.tracker_days import figures_of


class TrackerForm(StrictSerializer):
    """Who pays how much a day into which scheme, from which day on, for how many days."""

    user = PersonName()
    tracker_name = Text(max_length=200)
    tracker_type = serializers.ChoiceField(DailyTracker.TrackerType.choices)
    investment_cents = Cents(least=0)
    scheme_period_days = WholeNumber(min_value=1, max_value=3660)
    per_day_payment_cents = Cents()
    start_date = Day()


class TrackerAnswer(serializers.ModelSerializer):
    """A tracker. What came in on its days stands at …/entries."""

    user = PersonAnswer()

    class Meta:
        model = DailyTracker
        fields = [
            "id",
            "user",
            "tracker_name",
            "tracker_type",
            "currency",
            "investment_cents",
            "scheme_period_days",
            "per_day_payment_cents",
            "start_date",
            "is_active",
            "is_closed_by_user",
            "created_at",
        ]
        read_only_fields = fields


class FiguresAnswer(serializers.Serializer):
    """The figures of a whole tracker, by what is approved; in cents of its currency."""

    days_with_entries = serializers.IntegerField()
    paid_days = serializers.IntegerField()
    total_payments_cents = serializers.IntegerField()
    withdrawn_cents = serializers.IntegerField()
    balance_cents = serializers.IntegerField()
    total_invested_cents = serializers.IntegerField()
    profit_cents = serializers.IntegerField()
    roi_percent = serializers.DecimalField(max_digits=20, decimal_places=2, allow_null=True)
    expected_cents = serializers.IntegerField(help_text="For the days that somebody entered.")
    pending_cents = serializers.IntegerField(help_text="Expected less what came in.")
    waiting_days = serializers.IntegerField()
    waiting_cents = serializers.IntegerField()
    missed_days = serializers.IntegerField(help_text="Days until today that nobody entered.")
    missed_cents = serializers.IntegerField()


class TrackerDetail(TrackerAnswer):
    """A tracker, and how it stands today."""

    figures = FiguresAnswer()

    class Meta(TrackerAnswer.Meta):
        fields = read_only_fields = [*TrackerAnswer.Meta.fields, "figures"]


class TrackerQuery(StrictSerializer):
    """Which trackers."""

    user_id = Key(required=False)
    is_active = Flag(required=False)


class Trackers(Door):
    """Trackers that the person may see: staff all of the business, an owner their own."""

    readers, writers = EVERYBODY, OFFICE

    @extend_schema(parameters=[TrackerQuery], responses=TrackerAnswer(many=True))
    def get(self, request: Request) -> Response:
        """Trackers, newest first: yours, for staff all."""
        rows = self.rows(DailyTracker).filter(**self.query(TrackerQuery)).select_related("user")
        return self.page(rows, TrackerAnswer)

    @extend_schema(request=TrackerForm, responses={201: TrackerAnswer})
    @idempotent
    def post(self, request: Request) -> Response:
        """Open a tracker for a person of the business."""
        form = self.body(TrackerForm)
        owner = person_named(self, form.pop("user"), name="user")
        made = services.open_tracker(actor=request.user, tenant=self.tenant(), user=owner, now=timezone.now(), **form)
        return Response(TrackerAnswer(made).data, status=status.HTTP_201_CREATED)


class OneTracker(Door):
    """One tracker."""

    readers = EVERYBODY

    @extend_schema(responses=TrackerDetail)
    def get(self, request: Request, pk: UUID) -> Response:
        """A tracker, and how it stands today."""
        tracker = self.row(self.rows(DailyTracker).select_related("user", "tenant"), pk)
        tracker.figures = figures_of(tracker, as_of=tracker.tenant.day_of(timezone.now()))  # type: ignore[attr-defined]
        return Response(TrackerDetail(tracker).data)


class TrackerStep(Door):
    """A tracker closed, brought back, or hidden."""

    writers = OFFICE
    step: Callable[..., DailyTracker]

    @extend_schema(request=NothingForm, responses={200: TrackerAnswer})
    @idempotent_when_keyed
    def post(self, request: Request, pk: UUID) -> Response:
        self.body(NothingForm)
        moved = type(self).step(actor=request.user, tracker=self.find(DailyTracker, pk))
        return Response(TrackerAnswer(DailyTracker.objects.select_related("user").get(pk=moved.pk)).data)


class TrackerClosing(TrackerStep):
    """A tracker takes no more days; what waits can still be decided."""

    step = services.close_tracker


class TrackerReopening(TrackerStep):
    """A tracker that was closed, or that its owner hid, is back for both."""

    step = services.reopen_tracker


class TrackerHiding(TrackerStep):
    """A tracker is gone from its owner's own list; by the owner alone."""

    writers = EVERYBODY
    step = services.hide_tracker
