"""The watch over caps: all subscriptions that run today in turns, a batch at a time; one that fails takes no other with it."""

import logging
from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from django.db import InterfaceError, OperationalError

from accounts.ids import new_id
from accounts.models import Tenant, User
from subscriptions.models import UsagePass
from subscriptions.selectors.watched import running
from subscriptions.services.cap_alerts.answer import CapsWatched
from subscriptions.services.cap_alerts.noting import note_thresholds
from subscriptions.services.cap_alerts.telling import tell_customers
from subscriptions.services.pass_counts import remember_skipped
from subscriptions.services.usage_passes import check_sizes, remaining, turns

log = logging.getLogger("roundsman.usage_monitoring")

BATCH_SIZE = 500
KIND = UsagePass.Kind.MONITORING


def watch_caps(
    *,
    actor: User | None,
    now: datetime,
    limit: int | None = None,
    batch_size: int = BATCH_SIZE,
    tenant: Tenant | None = None,
) -> CapsWatched:
    """Look at the next subscriptions (all, without a limit), note which thresholds of their caps are reached, and tell customers.

    Doing it again does nothing twice: a threshold is noted and told once in a period. *Raises* LimitIsNoNumber.
    """
    check_sizes(limit, batch_size)
    run_id, answer, rows = new_id(), CapsWatched(), running(now, tenant=tenant)
    log.info("usage_monitoring.task_started", extra={"run_id": str(run_id), "limit": limit})
    for ids in turns(KIND, rows=rows, limit=limit, batch_size=batch_size, now=now, tenant=tenant):
        answer.add(watch_batch(actor, ids, now, run_id))
    answer.remaining = remaining(KIND, rows=rows, tenant=tenant) if limit is not None else 0
    remember_skipped(KIND, answer.left, is_whole=limit is None, of=tenant)
    log.info("usage_monitoring.task_completed", extra={"run_id": str(run_id), **answer.as_answer()})
    return answer


def watch_batch(actor: User | None, ids: Sequence[UUID], now: datetime, run_id: UUID) -> CapsWatched:
    """Look at these; when something is wrong with one of them, at the halves, down to the one."""
    try:
        batch = note_thresholds(actor=actor, ids=ids, now=now, run_id=run_id)
    except (OperationalError, InterfaceError):
        raise  # the database is away or overloaded: nobody else would fare better, and the next call looks again
    except Exception as error:
        if len(ids) > 1:
            first, second = ids[: len(ids) // 2], ids[len(ids) // 2 :]
            both = watch_batch(actor, first, now, run_id)
            both.add(watch_batch(actor, second, now, run_id))
            return both
        facts = {"subscription_id": str(ids[0]), "run_id": str(run_id), "why": type(error).__name__}
        log.exception("usage_monitoring.subscription_check_failed", extra=facts)
        return CapsWatched(failed=1)
    batch.counts.add(tell_customers(batch.to_tell, now=now, run_id=run_id))
    return batch.counts
