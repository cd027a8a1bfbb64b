"""Days of trackers: submitted by staff, approved or rejected by an administrator who did not submit them."""

from typing import Any
from uuid import UUID

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.answers import PersonAnswer
from accounts.api.door import Door
from accounts.api.fields import Key, StrictSerializer, Text, WholeNumber, YesOrNo
from accounts.api.idempotency import idempotent_when_keyed
from accounts.roles import ADMINS, EVERYBODY, STAFF
from billing.api.fields import Cents
from billing.api.payment_steps import ReasonForm
from cashback import services
from cashback.api.fields import CashbackForm, by_hand, shown_mark
from cashback.models import DailyTracker, TrackerEntry
from cashback.selectors.marks import with_mark
from cashback.selectors.tracker_days import days_of


class EntryForm(StrictSerializer):
    """What came in on a day; or that nothing did."""

    day = WholeNumber(min_value=0, max_value=3660, help_text="0 is the tracker's first day.")
    no_payment = YesOrNo(required=False, help_text="Nothing was paid this day. Then only `notes` beside it.")
    payment_cents = Cents(least=0, required=False)
    withdrawn_cents = Cents(least=0, required=False)
    reinvest_cents = Cents(least=0, required=False)
    pocket_money_cents = Cents(least=0, required=False)
    payment_mode = Text(max_length=50, required=False, allow_blank=True)
    transaction_details = Text(max_length=200, required=False, allow_blank=True)
    reinvest_from = Text(max_length=200, required=False, allow_blank=True)
    notes = Text(max_length=2000, required=False, allow_blank=True)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Either a payment, or none and nothing else."""
        if not attrs.get("no_payment"):
            if "payment_cents" not in attrs:
                raise serializers.ValidationError({"payment_cents": ["Say how much, or no_payment."]})
            return attrs
        if more := sorted(set(attrs) - {"day", "no_payment", "notes"}):
            raise serializers.ValidationError({name: ["Leave it out: nothing was paid."] for name in more})
        return attrs


class EntryAnswer(serializers.ModelSerializer):
    """What was submitted for a day, and whether it counts."""

    tracker_id = serializers.UUIDField()
    submitted_by = PersonAnswer(source="submitted_by_user", allow_null=True)
    verified_by = PersonAnswer(source="verified_by_user", allow_null=True)
    entry_data = serializers.DictField(help_text="What else the sheet says of the day.")
    seen = shown_mark()

    class Meta:
        model = TrackerEntry
        fields = [
            "id",
            "tracker_id",
            "day",
            "payment_cents",
            "withdrawn_cents",
            "reinvest_cents",
            "pocket_money_cents",
            "entry_data",
            "status",
            "submitted_by",
            "submitted_at",
            "verified_by",
            "verified_at",
            "rejection_reason",
            "seen",
        ]
        read_only_fields = fields


class RunningAnswer(serializers.Serializer):
    """How the tracker stands at the end of a day, by what is approved; in cents of its currency."""

    date = serializers.DateField(allow_null=True)
    cumulative_cents = serializers.IntegerField()
    balance_cents = serializers.IntegerField()
    total_invested_cents = serializers.IntegerField()
    expected_cents = serializers.IntegerField(help_text="For the days that somebody entered.")
    pending_cents = serializers.IntegerField(help_text="Expected less what came in.")


class TrackerDayAnswer(EntryAnswer):
    """A day, and how the tracker stands at its end."""

    figures = RunningAnswer()

    class Meta(EntryAnswer.Meta):
        fields = read_only_fields = [*EntryAnswer.Meta.fields, "figures"]


class EntriesQuery(StrictSerializer):
    """Which days."""

    status = serializers.ChoiceField(TrackerEntry.Status.choices, required=False)
    tracker_id = Key(required=False)


class EntriesOfTracker(Door):
    """Days of one tracker."""

    readers, writers = EVERYBODY, STAFF
    ordering = ("day", "id")

    @extend_schema(responses=TrackerDayAnswer(many=True))
    def get(self, request: Request, pk: UUID) -> Response:
        """The days of a tracker that somebody submitted, day by day, each with its status and the running figures."""
        tracker = self.find(DailyTracker, pk)
        rows = (
            with_mark(self.rows(TrackerEntry))
            .filter(tracker=tracker)
            .select_related("submitted_by_user", "verified_by_user")
        )
        figures = {told.entry.pk: told.figures for told in days_of(tracker)}
        page = self.paginate_queryset(rows)
        for entry in page:
            entry.figures = figures[entry.pk]
        return self.get_paginated_response(TrackerDayAnswer(page, many=True).data)

    @extend_schema(request=EntryForm, responses={201: EntryAnswer})
    @idempotent_when_keyed
    def post(self, request: Request, pk: UUID) -> Response:
        """Submit a day, or put it right. It waits to be approved; what was earned on it before is taken back."""
        tracker, form = self.find(DailyTracker, pk), self.body(EntryForm)
        submit = services.submit_no_payment if form.pop("no_payment", False) else services.submit_entry
        entry = submit(actor=request.user, tracker=tracker, now=timezone.now(), **form)
        return Response(entry_as_stored(entry), status=status.HTTP_201_CREATED)


class TrackerEntries(Door):
    """Days of all trackers."""

    readers = STAFF
    ordering = ("-submitted_at", "-id")

    @extend_schema(parameters=[EntriesQuery], responses=EntryAnswer(many=True))
    def get(self, request: Request) -> Response:
        """Days of all trackers, last submitted first. `?status=pending` is what waits to be approved."""
        rows = self.rows(TrackerEntry).filter(**self.query(EntriesQuery))
        return self.page(with_mark(rows).select_related("submitted_by_user", "verified_by_user"), EntryAnswer)


class EntryApproval(Door):
    """A day that counts."""

    writers = ADMINS

    @extend_schema(request=CashbackForm, responses={200: EntryAnswer})
    @idempotent_when_keyed
    def post(self, request: Request, pk: UUID) -> Response:
        """Let a day count, and earn its cashback, once. Not by who submitted it."""
        entry, form = self.find(TrackerEntry, pk), self.body(CashbackForm)
        approved = services.approve_entry(actor=request.user, entry=entry, now=timezone.now(), **by_hand(self, form))
        return Response(entry_as_stored(approved))


class EntryRejection(Door):
    """A day that does not count."""

    writers = ADMINS

    @extend_schema(request=ReasonForm, responses={200: EntryAnswer})
    @idempotent_when_keyed
    def post(self, request: Request, pk: UUID) -> Response:
        """Let a day not count, or no longer; what was earned on it is taken back."""
        entry = self.find(TrackerEntry, pk)
        rejected = services.reject_entry(actor=request.user, entry=entry, now=timezone.now(), **self.body(ReasonForm))
        return Response(entry_as_stored(rejected))


def entry_as_stored(entry: TrackerEntry) -> dict[str, Any]:
    """The day as the database has it."""
    rows = with_mark(TrackerEntry.objects.all()).select_related("submitted_by_user", "verified_by_user")
    return EntryAnswer(rows.get(pk=entry.pk)).data
