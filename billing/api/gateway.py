"""The payment gateway's door: it says what became of a payment, signed. And the office's: what could not be done."""

import time
from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.utils import timezone
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework import serializers, status
from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.api.door import Door
from accounts.api.fields import Flag, StrictSerializer, Text
from accounts.api.idempotency import idempotent_when_keyed
from accounts.models import Tenant
from accounts.roles import OFFICE
from billing import services
from billing.api.fields import Cents
from billing.api.payments import ISO_4217
from billing.models import GatewayEvent
from billing.rules.gateway_signature import is_genuine, is_recent

NOBODYS = "compared with where a business has no secret, so that the answer takes as long"
TENANT, TIMESTAMP, SIGNATURE = "X-Gateway-Tenant", "X-Gateway-Timestamp", "X-Gateway-Signature"


class BadSignature(AuthenticationFailed):
    """The call is not signed by the gateway of this business, or not within the last five minutes (HTTP 401)."""

    default_code = "bad_signature"
    default_detail = (
        f"{TENANT}, {TIMESTAMP} (Unix seconds, at most five minutes old) and {SIGNATURE} (HMAC-SHA-256 in hexadecimal of "
        "`timestamp.tenant.body`) do not belong together. Sign the call anew."
    )


class GatewaySignature(BaseAuthentication):
    """Lets in who holds a secret of a business (two, while one replaces the other); what is wrong with a call it does not say."""

    def authenticate(self, request: Request) -> tuple[AnonymousUser, Tenant]:
        slug, timestamp = request.headers.get(TENANT, ""), request.headers.get(TIMESTAMP, "")
        signature = request.headers.get(SIGNATURE, "")
        body = request._request.body
        secrets = settings.GATEWAY_SECRETS.get(slug, [])
        said = {"timestamp": timestamp, "slug": slug, "body": body}
        genuine = [is_genuine(signature, secret=secret, **said) for secret in secrets or [NOBODYS]]
        if not secrets or not any(genuine) or not is_recent(timestamp, now_seconds=time.time()):
            raise BadSignature()
        tenant = Tenant.objects.filter(slug=slug).first()
        if tenant is None:
            raise BadSignature()
        return AnonymousUser(), tenant

    def authenticate_header(self, request: Request) -> str:
        return "Signature"


class GatewayForm(StrictSerializer):
    """What became of a payment."""

    event_id = Text(max_length=100, help_text="Of this call: repeated, it is answered and not done again.")
    external_reference = Text(max_length=100, help_text="The gateway's name for the payment.")
    kind = serializers.ChoiceField(GatewayEvent.Kind.choices)
    amount_cents = Cents(help_text="Of the whole payment; of a refund what went back.")
    currency = Text(max_length=3, validators=[ISO_4217])


class GatewayAnswer(serializers.Serializer):
    """What became of the call."""

    event_id = serializers.CharField()
    outcome = serializers.ChoiceField(GatewayEvent.Outcome.choices)


def _header(name: str) -> OpenApiParameter:
    return OpenApiParameter(name, str, OpenApiParameter.HEADER, required=True)


class GatewayCallback(APIView):
    """Where the payment gateway calls."""

    authentication_classes = [GatewaySignature]
    permission_classes = [AllowAny]

    @extend_schema(
        auth=[],
        parameters=[_header(TENANT), _header(TIMESTAMP), _header(SIGNATURE)],
        request=GatewayForm,
        responses={
            200: OpenApiResponse(GatewayAnswer, "Done, now or before."),
            202: OpenApiResponse(GatewayAnswer, "Kept for a person: no such payment, or it contradicts the books."),
            401: OpenApiResponse({"$ref": "#/components/schemas/Error"}, "Not signed, wrongly signed, or too old."),
        },
    )
    def post(self, request: Request) -> Response:
        """Say what became of a payment: it came in, failed, was given back, or taken back."""
        form = GatewayForm(data=request.data)
        form.is_valid(raise_exception=True)
        tenant: Any = request.auth
        event = services.receive_gateway_event(tenant=tenant, now=timezone.now(), **form.validated_data)
        is_done = event.outcome == GatewayEvent.Outcome.DONE
        answer = GatewayAnswer({"event_id": event.event_id, "outcome": event.outcome}).data
        return Response(answer, status=status.HTTP_200_OK if is_done else status.HTTP_202_ACCEPTED)


class GatewayEventAnswer(serializers.ModelSerializer):
    """A call of the gateway, and what became of it."""

    payment_id = serializers.UUIDField(allow_null=True)

    class Meta:
        model = GatewayEvent
        fields = [
            "id",
            "event_id",
            "external_reference",
            "kind",
            "amount_cents",
            "currency",
            "outcome",
            "detail",
            "payment_id",
            "settled_at",
            "settled_reason",
            "created_at",
        ]
        read_only_fields = fields


class GatewayEventQuery(StrictSerializer):
    """Which calls."""

    to_review = Flag(required=False, help_text="true: only those that wait for a person.")
    outcome = serializers.ChoiceField(GatewayEvent.Outcome.choices, required=False)
    external_reference = Text(max_length=100, required=False)


class GatewayEvents(Door):
    """The gateway's calls."""

    readers = OFFICE

    @extend_schema(parameters=[GatewayEventQuery], responses=GatewayEventAnswer(many=True))
    def get(self, request: Request) -> Response:
        """What the gateway said, newest first."""
        wanted = self.query(GatewayEventQuery)
        rows = self.rows(GatewayEvent)
        rows = rows.to_review() if wanted.pop("to_review", False) else rows
        return self.page(rows.filter(**wanted), GatewayEventAnswer)


class SettlementForm(StrictSerializer):
    """What was found."""

    reason = Text(max_length=2000)


class GatewayEventSettlement(Door):
    """A call that could not be done, looked at by a person."""

    writers = OFFICE

    @extend_schema(request=SettlementForm, responses={200: GatewayEventAnswer})
    @idempotent_when_keyed
    def post(self, request: Request, pk: UUID) -> Response:
        """Note what you found about a call that could not be done. It is not tried again; 409 when it was done or settled."""
        event = self.find(GatewayEvent, pk)
        settled = services.settle_gateway_event(
            actor=request.user, event=event, reason=self.body(SettlementForm)["reason"], now=timezone.now()
        )
        return Response(GatewayEventAnswer(settled).data)
