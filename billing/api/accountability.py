"""Who collected what, of what they were sent to collect."""

from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.exceptions import PermissionDenied
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.door import Door
from accounts.models import User
from accounts.roles import EVERYBODY, OFFICE
from billing.api.period import REVERSED, PeriodQuery
from billing.selectors.accountability import accountability_of, accountability_of_all
from routes.models import Route


class Sums(serializers.Serializer):
    """A number of payments and their cents."""

    payments = serializers.IntegerField()
    cents = serializers.IntegerField()


class Figures(serializers.Serializer):
    """What was to be brought in, and what was. In cents of `currency`."""

    expected_cents = serializers.IntegerField(help_text="Net sales and older debt.")
    sales_net_cents = serializers.IntegerField()
    opening_dues_cents = serializers.IntegerField()
    total_collected_from_payments_cents = serializers.IntegerField(
        help_text="What came in and did not go back; a reconciled route keeps what was signed for."
    )
    total_collected_from_payments = serializers.CharField(help_text='In units of currency, such as "120.50".')
    collected_from_reconciliations_cents = serializers.IntegerField()
    total_collected_cents = serializers.IntegerField()
    collected_cash_cents = serializers.IntegerField()
    collected_by_others_cents = serializers.IntegerField()
    returns_cents = serializers.IntegerField(help_text="Already subtracted in expected.")
    prepaid_cents = serializers.IntegerField()
    current_outstanding_cents = serializers.IntegerField()
    payments_counted = serializers.IntegerField()
    payments_via_fallback = serializers.IntegerField(help_text="Counted through their sale: their own link is missing.")


class RouteFigures(Figures):
    """The figures of one route."""

    route_id = serializers.UUIDField()
    number = serializers.CharField()
    route_date = serializers.DateField()
    status = serializers.ChoiceField(Route.Status.choices)


class PersonFigures(Figures):
    """The figures of one person's routes."""

    user_id = serializers.UUIDField()
    user_name = serializers.CharField()
    currency = serializers.CharField(allow_blank=True)
    active_routes_count = serializers.IntegerField()
    pending_reconciliation_count = serializers.IntegerField()


class AccountabilityAnswer(PersonFigures):
    """The figures of one person, with each route; planned routes stand apart."""

    other_currencies = serializers.DictField(child=Sums())
    routes = RouteFigures(many=True)
    planned_routes = RouteFigures(many=True)


class TotalFigures(Figures):
    """The figures of the whole business; together with the unattributed they are all payments, less what went back."""

    unattributed_cents = serializers.IntegerField()
    unattributed_payments = serializers.IntegerField()
    all_payments_cents = serializers.IntegerField()
    all_payments_counted = serializers.IntegerField()


class AllAccountabilityAnswer(serializers.Serializer):
    """Everybody's figures, and the payments that no route has, by reason."""

    currency = serializers.CharField()
    representatives = PersonFigures(many=True)
    unattributed = serializers.DictField(child=Sums())
    other_currencies = serializers.DictField(child=Sums())
    totals = TotalFigures()

    def get_fields(self) -> dict[str, serializers.Field]:
        return {
            "from": serializers.DateField(allow_null=True),
            "to": serializers.DateField(allow_null=True),
            **super().get_fields(),
        }


class AccountabilityOfUser(Door):
    """One person's figures."""

    readers = EVERYBODY

    @extend_schema(parameters=[PeriodQuery], responses={200: AccountabilityAnswer, 422: REVERSED})
    def get(self, request: Request, pk: UUID) -> Response:
        """What this person's routes of the period were to bring in, and did. For the office, and for themselves."""
        person = self._person(pk)
        return Response(AccountabilityAnswer(accountability_of(person, **self.query(PeriodQuery))).data)

    def _person(self, pk: UUID) -> User:
        person = self.find_person(pk, name="")
        asker = self.request.user
        if person.pk != asker.pk and not asker.is_superuser and asker.role not in OFFICE:
            raise PermissionDenied
        return person


class Accountability(Door):
    """Everybody's figures."""

    readers = OFFICE

    @extend_schema(parameters=[PeriodQuery], responses={200: AllAccountabilityAnswer, 422: REVERSED})
    def get(self, request: Request) -> Response:
        """Every representative's figures, and the payments that no route has: together all payments of the business."""
        answer = accountability_of_all(self.tenant(), **self.query(PeriodQuery))
        return Response(AllAccountabilityAnswer(answer).data)
