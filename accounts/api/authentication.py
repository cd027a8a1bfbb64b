"""Bearer tokens: hashed, expiring, revocable."""

import re
from typing import Any

from django.utils import timezone
from knox.auth import TokenAuthentication
from knox.models import AuthToken
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request

WELL_FORMED = re.compile(rb"[!-~]{1,128}")
CURE = "This token is not valid: it has expired, was revoked, or was never given out. Log in again."


class BearerAuthentication(TokenAuthentication):
    """Knox's token check without its sweep: expired tokens are removed by a task in one statement, not one by one here."""

    def authenticate_credentials(self, token: bytes) -> tuple[Any, AuthToken]:
        if not WELL_FORMED.fullmatch(token):
            raise AuthenticationFailed(CURE)
        try:
            return super().authenticate_credentials(token)
        except AuthenticationFailed as error:
            raise AuthenticationFailed(CURE) from error

    def _cleanup_token(self, auth_token: AuthToken) -> bool:
        return auth_token.expiry is not None and auth_token.expiry <= timezone.now()


class LogInAuthentication(BearerAuthentication):
    """For the log-in itself: an old token sent along is ignored, and a wrong password still answers 401."""

    def authenticate(self, request: Request) -> None:
        return None
