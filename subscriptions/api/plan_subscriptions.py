"""Plan subscriptions: which customer has which plan on which line, and every step in the life of one."""

from collections.abc import Callable
from typing import Any, ClassVar
from uuid import UUID

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.door import Door
from accounts.api.fields import Day, Flag, Key, StrictSerializer, Text, WholeNumber
from accounts.api.history import HistoryDoor
from accounts.roles import ADMINS
from billing.api.payment_steps import ReasonForm
from subscriptions import services
from subscriptions.api.fields import DayOrMoment, day_in
from subscriptions.models import PlanSubscription
from subscriptions.selectors.plan_subscriptions import terms_in_time

LARGEST_BYTES = 2**62


class PlanSubscriptionForm(StrictSerializer):
    """What a new plan subscription needs. Days are those of the business; a time counts as the day on which it falls there."""

    plan_id = Key()
    customer_id = Key()
    subscriber_id = Text(max_length=255)
    start_date = DayOrMoment()
    end_date = DayOrMoment(required=False, allow_null=True)
    custom_data_cap_bytes = WholeNumber(min_value=1, max_value=LARGEST_BYTES, required=False, allow_null=True)


class PlanSubscriptionAnswer(serializers.ModelSerializer):
    """A plan subscription; `end_date` is its last day."""

    plan_id = serializers.UUIDField()
    customer_id = serializers.UUIDField()
    subscriber_id = serializers.CharField(allow_null=True)
    link_source = serializers.CharField(help_text="How the line was linked, such as METADATA; empty without a link.")
    link_confirmed_by_id = serializers.UUIDField(allow_null=True)

    class Meta:
        model = PlanSubscription
        fields = [
            "id",
            "plan_id",
            "customer_id",
            "subscriber_id",
            "link_source",
            "link_confirmed_by_id",
            "link_confirmed_at",
            "start_date",
            "end_date",
            "is_active",
            "is_suspended",
            "suspended_reason",
            "custom_data_cap_bytes",
            "created_at",
        ]
        read_only_fields = fields


class TermsAnswer(serializers.Serializer):
    """What was agreed for these days; without a last day, what holds now."""

    first_day = serializers.DateField()
    last_day = serializers.DateField(allow_null=True)
    plan_id = serializers.UUIDField()
    subscriber_id = serializers.CharField(allow_null=True)
    custom_data_cap_bytes = serializers.IntegerField(allow_null=True)


class OnePlanSubscriptionAnswer(PlanSubscriptionAnswer):
    """A plan subscription with everything that was agreed, in time order."""

    terms = serializers.SerializerMethodField()

    class Meta(PlanSubscriptionAnswer.Meta):
        fields = [*PlanSubscriptionAnswer.Meta.fields, "terms"]
        read_only_fields = fields

    @extend_schema(responses=TermsAnswer(many=True))
    def get_terms(self, row: PlanSubscription) -> list[dict[str, Any]]:
        """Earlier terms, then what holds now."""
        return list(TermsAnswer(terms_in_time(row), many=True).data)


class PlanSubscriptionQuery(StrictSerializer):
    """Which plan subscriptions."""

    customer_id = Key(required=False)
    plan_id = Key(required=False)
    subscriber_id = Text(max_length=255, required=False)
    linked = Flag(required=False, help_text="Only those with a line, or only those without.")


class PlanSubscriptions(Door):
    """Who has which plan on which line."""

    readers = writers = ADMINS

    @extend_schema(parameters=[PlanSubscriptionQuery], responses=PlanSubscriptionAnswer(many=True))
    def get(self, request: Request) -> Response:
        """Plan subscriptions, newest first."""
        asked = self.query(PlanSubscriptionQuery)
        rows = self.rows(PlanSubscription)
        if "linked" in asked:
            rows = rows.filter(subscriber__isnull=not asked.pop("linked"))
        return self.page(rows.filter(**asked), PlanSubscriptionAnswer)

    @extend_schema(request=PlanSubscriptionForm, responses={201: PlanSubscriptionAnswer})
    def post(self, request: Request) -> Response:
        """Give a customer a plan on one of their lines. A line carries one subscription at a time: another is a conflict."""
        form, tenant = self.body(PlanSubscriptionForm), self.tenant()
        days = {name: day_in(tenant.zone, form[name]) for name in ("start_date", "end_date") if form.get(name)}
        made = services.create_plan_subscription(actor=request.user, tenant=tenant, **(form | days))
        return Response(PlanSubscriptionAnswer(made).data, status=status.HTTP_201_CREATED)


class OnePlanSubscription(Door):
    """One plan subscription."""

    readers = ADMINS

    @extend_schema(responses=OnePlanSubscriptionAnswer)
    def get(self, request: Request, pk: UUID) -> Response:
        """A plan subscription, with what was agreed before."""
        return Response(OnePlanSubscriptionAnswer(self.find(PlanSubscription, pk)).data)


class PlanSubscriptionHistory(HistoryDoor):
    """Who changed a plan subscription, and why."""

    readers = ADMINS
    model = PlanSubscription


class LastDayForm(ReasonForm):
    """The last day, and why."""

    last_day = Day()


class LineForm(ReasonForm):
    """Which line, and why."""

    subscriber_id = Text(max_length=255)


class MoveForm(LineForm):
    """To which line, from which day on, and why."""

    from_day = Day()


class PlanChangeForm(ReasonForm):
    """To which plan, from which day on, and why."""

    plan_id = Key()
    from_day = Day()


class CapForm(ReasonForm):
    """Which cap of their own (null: the plan's), from which day on, and why."""

    custom_data_cap_bytes = WholeNumber(min_value=1, max_value=LARGEST_BYTES, allow_null=True)
    from_day = Day()


class Step(Door):
    """A step in the life of one plan subscription, by one service."""

    writers = ADMINS
    form: ClassVar[type[StrictSerializer]]
    service: ClassVar[Callable[..., PlanSubscription]]
    is_dated = False  # whether the service wants to know when it was said

    def step(self, request: Request, pk: UUID) -> Response:
        """Take the step and answer with the subscription as it is then."""
        subscription = self.find(PlanSubscription, pk)
        said = self.body(self.form) | ({"now": timezone.now()} if self.is_dated else {})
        changed = type(self).service(actor=request.user, subscription=subscription, **said)
        return Response(PlanSubscriptionAnswer(changed).data)


def step_of(
    name: str,
    service: Callable[..., PlanSubscription],
    form: type[StrictSerializer],
    says: str,
    *,
    is_dated: bool = False,
) -> Any:
    """The endpoint of one step."""

    def post(self: Step, request: Request, pk: UUID) -> Response:
        return self.step(request, pk)

    post.__doc__ = says
    post = extend_schema(request=form, responses={200: PlanSubscriptionAnswer})(post)
    words = {"__doc__": says, "form": form, "service": staticmethod(service), "is_dated": is_dated, "post": post}
    return type(name, (Step,), words)


Suspension = step_of(
    "Suspension", services.suspend_plan_subscription, ReasonForm, "Let it rest; what was used is billed."
)
Resumption = step_of("Resumption", services.resume_plan_subscription, ReasonForm, "Let a suspended one go on.")
End = step_of("End", services.end_plan_subscription, LastDayForm, "Let it end after a day.")
Move = step_of("Move", services.move_to_subscriber, MoveForm, "Put it on another line of the customer from a day on.")
PlanChange = step_of("PlanChange", services.change_plan, PlanChangeForm, "Give it another plan from a day on.")
CapChange = step_of("CapChange", services.set_data_cap, CapForm, "Give it a cap of its own from a day on.")
Link = step_of("Link", services.link_subscriber, LineForm, "Say which line it is and was for.", is_dated=True)
Confirmation = step_of("Confirmation", services.confirm_link, ReasonForm, "Confirm the line it has.", is_dated=True)
