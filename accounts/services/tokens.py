"""Bearer tokens: given out, revoked one by one or all at once, and swept when they have expired."""

from datetime import datetime, timedelta

from knox.models import AuthToken

from accounts.models import IdempotentRequest, User
from accounts.unit_of_work import unit_of_work

IDEMPOTENCY_RETENTION = timedelta(days=7)


def issue_token(*, actor: User) -> tuple[AuthToken, str]:
    """Give a person a new token; the text is known to them alone, the database keeps its hash."""
    return AuthToken.objects.create(user=actor)


def revoke_token(*, token: AuthToken) -> None:
    """End one token now."""
    AuthToken.objects.filter(pk=token.pk).delete()


def revoke_all_tokens(*, actor: User) -> None:
    """End every token of a person now."""
    AuthToken.objects.filter(user=actor).delete()


@unit_of_work
def sweep_expired_tokens(*, now: datetime) -> dict[str, int]:
    """Remove expired tokens, and idempotency keys older than a week, in one statement each; count what went."""
    tokens, _ = AuthToken.objects.filter(expiry__lte=now).delete()
    requests, _ = IdempotentRequest.objects.filter(created_at__lte=now - IDEMPOTENCY_RETENTION).delete()
    return {"tokens": tokens, "idempotent_requests": requests}
