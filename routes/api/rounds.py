"""Standing rounds."""

from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.door import Door
from accounts.api.fields import Key, StrictSerializer, Text
from accounts.roles import OFFICE, STAFF
from routes import services
from routes.models import Round


class RoundForm(StrictSerializer):
    """What a new round needs."""

    name = Text(max_length=100)
    slots = serializers.ListField(child=Text(max_length=40), max_length=24, default=list)
    usual_rep_id = Key(required=False, allow_null=True)


class RoundAnswer(serializers.ModelSerializer):
    """A standing round."""

    usual_rep_id = serializers.UUIDField(allow_null=True)
    slots = serializers.ListField(child=serializers.CharField())

    class Meta:
        model = Round
        fields = ["id", "name", "slots", "usual_rep_id", "is_active"]
        read_only_fields = fields


class Rounds(Door):
    """The business's standing rounds."""

    readers, writers = STAFF, OFFICE
    ordering = ("name", "id")

    @extend_schema(responses=RoundAnswer(many=True))
    def get(self, request: Request) -> Response:
        """All rounds by name."""
        return self.page(self.rows(Round), RoundAnswer)

    @extend_schema(request=RoundForm, responses={201: RoundAnswer})
    def post(self, request: Request) -> Response:
        """Make a round."""
        form = self.body(RoundForm)
        rep_id = form.pop("usual_rep_id", None)
        usual_rep = self.find_person(rep_id, name="usual_rep_id") if rep_id else None
        made = services.create_round(actor=request.user, tenant=self.tenant(), usual_rep=usual_rep, **form)
        return Response(RoundAnswer(made).data, status=status.HTTP_201_CREATED)
