"""What a check of the smoke test is asked, and what it answers."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import DEFAULT_DB_ALIAS, connection, transaction

from accounts.models import Tenant

OK, FAILED, SKIPPED = "ok", "FAILED", "skipped"
USING = DEFAULT_DB_ALIAS


@dataclass(frozen=True, slots=True)
class Asked:
    """What the operator asked for."""

    now: datetime
    tenant: Tenant | None
    is_fast: bool
    base_url: str
    wait_seconds: float


@dataclass(frozen=True, slots=True)
class Found:
    """What one check found: `ok`, `FAILED` or `skipped`, and why."""

    status: str
    detail: str


@contextmanager
def nothing_stays() -> Iterator[None]:
    """Take back whatever the block writes."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


@contextmanager
def looking() -> Iterator[None]:
    """Let the block read alone: the database refuses every write."""
    with nothing_stays():
        if connection.vendor == "postgresql":
            with connection.cursor() as cursor:
                cursor.execute("SET TRANSACTION READ ONLY")
            yield
            return
        own = connection.connection  # the driver's: it answers also in a transaction that has failed
        own.execute("PRAGMA query_only = ON")
        try:
            yield
        finally:
            own.execute("PRAGMA query_only = OFF")


def as_a_browser() -> dict[str, Any]:
    """What every call carries so that the live settings let it in: a host that is allowed, and HTTPS where it is demanded."""
    hosts = [host.lstrip(".") for host in settings.ALLOWED_HOSTS if host != "*"]
    return {"HTTP_HOST": hosts[0] if hosts else "localhost", "secure": settings.SECURE_SSL_REDIRECT}
