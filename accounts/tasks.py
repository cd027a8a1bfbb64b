"""Background jobs of the ground floor. Each has a command of the same name."""

from celery import shared_task
from django.utils import timezone

from accounts import services


@shared_task(name="accounts.sweep_expired_tokens")
def sweep_expired_tokens() -> dict[str, int]:
    """Remove expired tokens and old idempotency keys."""
    return services.sweep_expired_tokens(now=timezone.now())
