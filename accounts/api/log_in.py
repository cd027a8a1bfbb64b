"""Log in, log out, and who am I."""

import logging
from typing import cast

from django.contrib.auth import authenticate
from django.contrib.auth.signals import user_logged_in
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework import serializers, status
from rest_framework.exceptions import APIException, AuthenticationFailed, Throttled
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts import services
from accounts.api.authentication import LogInAuthentication
from accounts.api.fields import StrictSerializer, Text
from accounts.lockout import seconds_locked, waiting_text
from accounts.models import Tenant, User

log = logging.getLogger("roundsman.accounts")


class TenantAnswer(serializers.ModelSerializer):
    """The business that a person acts for."""

    class Meta:
        model = Tenant
        fields = ["id", "slug", "name", "currency", "timezone"]
        read_only_fields = fields


class UserAnswer(serializers.ModelSerializer):
    """A person, as they are shown to themselves. `tenant` is null for superusers."""

    tenant = TenantAnswer(read_only=True, allow_null=True)

    class Meta:
        model = User
        fields = ["id", "name", "email", "role", "tenant"]
        read_only_fields = fields


class LogInForm(StrictSerializer):
    """An e-mail and a password."""

    email = Text(max_length=254)
    password = Text(max_length=4096, trim_whitespace=False)


class LoggedInAnswer(serializers.Serializer):
    """A new token. It is shown this once; the database keeps only its hash."""

    token = serializers.CharField()
    expires_at = serializers.DateTimeField()
    user = UserAnswer()


class WrongCredentials(AuthenticationFailed):
    """The e-mail or the password is wrong, and the answer does not say which (HTTP 401)."""

    default_code = "wrong_credentials"
    default_detail = "This e-mail and password do not belong together, or the account is closed."


class LockedOut(Throttled):
    """Too many wrong passwords (HTTP 429)."""

    default_code = "locked_out"

    def __init__(self, seconds: int) -> None:
        APIException.__init__(self, waiting_text(seconds))
        self.wait = seconds


class LogIn(APIView):
    """Give a bearer token for an e-mail and a password."""

    authentication_classes = [LogInAuthentication]
    permission_classes = [AllowAny]
    goes_on_in_maintenance = True

    @extend_schema(
        auth=[],
        request=LogInForm,
        responses={
            200: LoggedInAnswer,
            401: OpenApiResponse({"$ref": "#/components/schemas/Error"}, "Wrong e-mail or password."),
            429: OpenApiResponse({"$ref": "#/components/schemas/Error"}, "Too many wrong passwords: wait."),
        },
    )
    def post(self, request: Request) -> Response:
        form = LogInForm(data=request.data)
        form.is_valid(raise_exception=True)
        email, password = form.validated_data["email"], form.validated_data["password"]
        user = authenticate(request=request._request, username=email, password=password)
        if not isinstance(user, User):
            raise self._refusal(request, email)
        token, text = services.issue_token(actor=user)
        user_logged_in.send(sender=type(user), request=request._request, user=user)
        log.info("logged_in", extra={"user_id": str(user.pk)})
        return Response(LoggedInAnswer({"token": text, "expires_at": token.expiry, "user": user}).data)

    def _refusal(self, request: Request, email: str) -> APIException:
        if getattr(request._request, "axes_locked_out", False):
            return LockedOut(seconds_locked(request._request, email))
        return WrongCredentials()


class LogOut(APIView):
    """End the token that this request carries."""

    goes_on_in_maintenance = True

    @extend_schema(request=None, responses={204: None})
    def post(self, request: Request) -> Response:
        services.revoke_token(token=request.auth)
        return Response(status=status.HTTP_204_NO_CONTENT)


class LogOutEverywhere(APIView):
    """End every token of the person who asks."""

    goes_on_in_maintenance = True

    @extend_schema(request=None, responses={204: None})
    def post(self, request: Request) -> Response:
        services.revoke_all_tokens(actor=cast(User, request.user))
        return Response(status=status.HTTP_204_NO_CONTENT)


class WhoAmI(APIView):
    """Answer who the token belongs to."""

    @extend_schema(responses=UserAnswer)
    def get(self, request: Request) -> Response:
        return Response(UserAnswer(request.user).data)
