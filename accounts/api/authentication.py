"""Bearer tokens: hashed, expiring, revocable."""

from django.utils import timezone
from knox.auth import TokenAuthentication
from knox.models import AuthToken


class BearerAuthentication(TokenAuthentication):
    """Knox's token check without its sweep: expired tokens are removed by a task in one statement, not one by one here."""

    def _cleanup_token(self, auth_token: AuthToken) -> bool:
        return auth_token.expiry is not None and auth_token.expiry <= timezone.now()
