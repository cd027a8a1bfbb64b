"""One service call = one transaction, in one person's name, tried again when the database asks for it.

`@unit_of_work` stands on every service that writes. It stamps history with the `actor` (and `reason`) of the call, commits
everything or nothing, retries a deadlock or serialization failure a few times, and keeps a record of every call that the
business refused or the database failed, so that the office sees in the morning what did not go through at night.
"""

import functools
import random
import time
from collections.abc import Callable
from contextlib import suppress
from contextvars import ContextVar
from typing import ParamSpec, TypeVar

from django.db import DatabaseError, OperationalError, connection, transaction

from accounts import audit
from accounts.errors import DomainError
from accounts.models import RefusedWrite

Parameters = ParamSpec("Parameters")
Result = TypeVar("Result")

RETRIES = 4
RETRYABLE_SQLSTATES = {"40001", "40P01"}  # serialization failure, deadlock detected

_depth: ContextVar[int] = ContextVar("unit_of_work_depth", default=0)


def unit_of_work(service: Callable[Parameters, Result]) -> Callable[Parameters, Result]:
    """Make a keyword-only service atomic, audited, retried and its refusals remembered."""

    @functools.wraps(service)
    def call(*args: Parameters.args, **kwargs: Parameters.kwargs) -> Result:
        stamps = {key: kwargs[key] for key in ("actor", "reason") if kwargs.get(key)}
        if _depth.get():
            return _joined(service, stamps, *args, **kwargs)
        token = _depth.set(1)
        try:
            with audit.acting(**stamps):
                return _committed(service, *args, **kwargs)
        except (DomainError, DatabaseError) as error:
            _remember(service.__name__, kwargs, error)
            raise
        finally:
            _depth.reset(token)

    return call


def _joined(service: Callable[..., Result], stamps: dict[str, object], *args: object, **kwargs: object) -> Result:
    """Run inside the transaction of the service that called; a refusal keeps the name of the innermost one."""
    try:
        with audit.acting(**stamps), transaction.atomic():
            return service(*args, **kwargs)
    except (DomainError, DatabaseError) as error:
        error.refused_by = getattr(error, "refused_by", service.__name__)  # type: ignore[union-attr]
        raise


def _committed(service: Callable[..., Result], *args: object, **kwargs: object) -> Result:
    for attempt in range(RETRIES):
        try:
            with transaction.atomic():
                return service(*args, **kwargs)
        except OperationalError as error:
            sqlstate = getattr(error.__cause__, "sqlstate", None)
            last = attempt == RETRIES - 1
            if last or sqlstate not in RETRYABLE_SQLSTATES or connection.in_atomic_block:
                raise
            time.sleep(random.uniform(0.01, 0.05) * 2**attempt)  # noqa: S311 - jitter, not a secret
    raise AssertionError("unreachable: the last attempt returns or raises")


def _remember(name: str, kwargs: dict[str, object], error: Exception) -> None:
    """Keep what did not go through. If the database itself is gone, the error that is on its way out says so."""
    actor = kwargs.get("actor")
    with suppress(DatabaseError):
        RefusedWrite.objects.create(
            tenant_id=getattr(actor, "tenant_id", None),
            service=getattr(error, "refused_by", name),
            actor_id=getattr(actor, "pk", None),
            code=getattr(error, "code", "failed"),
            message=str(error),
            request_id=audit.current().request_id,
        )
