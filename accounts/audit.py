"""Who is acting, why, in which request and in which run: the context that every history row is stamped with."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Audit:
    """What history records of an act besides its time: who (None: the system), why, which request, which run."""

    actor: Any = None
    actor_kind: str = "system"
    reason: str = ""
    request_id: str = ""
    backfill_run: UUID | None = None


_current: ContextVar[Audit] = ContextVar("audit", default=Audit())  # noqa: B039 - Audit is frozen


def current() -> Audit:
    """Return the audit context of the act under way."""
    return _current.get()


@contextmanager
def acting(**changes: Any) -> Iterator[Audit]:
    """Run a block with a changed audit context.

    Example: `with acting(actor=user, reason="TICKET-7"): …`
    """
    if changes.get("actor") is not None:
        changes.setdefault("actor_kind", "user")
    token = _current.set(replace(_current.get(), **changes))
    try:
        yield _current.get()
    finally:
        _current.reset(token)
