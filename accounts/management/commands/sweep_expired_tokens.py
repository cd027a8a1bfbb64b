"""Removes expired tokens and old idempotency keys, as the background job of the same name does every hour."""

from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from accounts import services
from accounts.words import counted


class Command(BaseCommand):
    """`manage.py sweep_expired_tokens`."""

    help = "Remove expired bearer tokens, and idempotency keys older than a week."

    def handle(self, *args: Any, **options: Any) -> None:
        swept = services.sweep_expired_tokens(now=timezone.now())
        self.stdout.write(
            f"Removed {counted(swept['tokens'], 'expired tokens')} "
            f"and {counted(swept['idempotent_requests'], 'old idempotency keys')}."
        )
