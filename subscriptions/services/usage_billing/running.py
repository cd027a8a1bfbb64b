"""A call of the billing: batches one after the other, each one commit; what a batch cannot do is found out one by one.

A batch that fails is split in halves, down to the subscription that cannot be billed: it is counted as failed, with a line in the
log, and the others are billed. Nothing that was committed is done again by whoever comes next: a settled period has its row.
"""

import logging
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import DatabaseError, IntegrityError, connection

from accounts.errors import DomainError
from accounts.models import Tenant, User
from operations.backfill.garbage import collected_seldom
from operations.selectors.maintenance import maintenance_going_on
from subscriptions.models import PlanSubscription, UsagePass
from subscriptions.models.plan_subscription import PlanSubscriptionQuerySet
from subscriptions.rules import reasons
from subscriptions.services.pass_counts import remember_skipped
from subscriptions.services.usage_billing.batch import BatchBilled, bill_batch
from subscriptions.services.usage_billing.links import check_links
from subscriptions.services.usage_billing.terms import Terms, terms_at
from subscriptions.services.usage_passes import check_sizes, remaining, turns

log = logging.getLogger("roundsman.usage_billing")

KIND = UsagePass.Kind.BILLING
SUBSCRIPTIONS_AT_ONCE = 2_000  # half a second
ONCE = "period_is_billed_once"


@dataclass(slots=True)
class UsageBilled:
    """What a call did: `processed` are the subscriptions that it took; each was invoiced, skipped (for a reason) or failed."""

    run_id: UUID
    invoices_created: int = 0
    skipped_by_reason: Counter[str] = field(default_factory=Counter)
    left: Counter[tuple[UUID, str]] = field(default_factory=Counter)  # skipped ones, by business and reason
    failed: int = 0
    remaining: int = 0

    @property
    def skipped(self) -> int:
        """How many were skipped, for whatever reason."""
        return sum(self.skipped_by_reason.values())

    @property
    def processed(self) -> int:
        """How many were taken."""
        return self.invoices_created + self.skipped + self.failed

    def as_entry(self) -> dict[str, Any]:
        """What the task and the command answer."""
        return {
            "status": "finished",
            "run_id": str(self.run_id),
            "processed": self.processed,
            "invoices_created": self.invoices_created,
            "skipped": self.skipped,
            "skipped_by_reason": dict(sorted(self.skipped_by_reason.items())),
            "failed": self.failed,
            "remaining": self.remaining,
        }


def bill_usage(
    *,
    actor: User | None,
    now: datetime,
    limit: int | None = None,
    batch_size: int = SUBSCRIPTIONS_AT_ONCE,
    tenant: Tenant | None = None,
) -> UsageBilled:
    """Bill every closed period of the next `limit` subscriptions (none: of all), those of businesses under maintenance left out.

    The next call goes on after them; `remaining` says how many this pass has not looked at.
    *Raises* LinksAreMissing, LimitIsNoNumber.
    """
    check_sizes(limit, batch_size)
    rows, terms = subscriptions_to_bill(tenant), terms_at(now)
    _refuse_or_begin(rows, terms, limit)
    answer = UsageBilled(terms.run_id)
    with collected_seldom():
        for ids in turns(KIND, rows=rows, limit=limit, batch_size=batch_size, now=now, tenant=tenant):
            _bill(ids, actor, terms, answer)
    answer.remaining = remaining(KIND, rows=rows, tenant=tenant) if limit is not None else 0
    remember_skipped(KIND, answer.left, is_whole=limit is None, of=tenant)
    log.info("usage_billing.task_completed", extra=answer.as_entry())
    return answer


def subscriptions_to_bill(tenant: Tenant | None) -> PlanSubscriptionQuerySet:
    """All subscriptions, or those of one business; none of a business whose writes are frozen."""
    frozen = [row.tenant_id for row in maintenance_going_on()]
    rows = PlanSubscription.objects.of_tenant(tenant)
    return rows.none() if None in frozen else rows.exclude(tenant__in=frozen) if frozen else rows


def _refuse_or_begin(rows: PlanSubscriptionQuerySet, terms: Terms, limit: int | None) -> None:
    try:
        check_links(rows)
    except DomainError as refusal:
        log.error("usage_billing.task_refused", extra={"run_id": str(terms.run_id), "why": refusal.message})
        raise
    log.info("usage_billing.task_started", extra={"run_id": str(terms.run_id), "limit": limit})


def _bill(ids: Sequence[UUID], actor: User | None, terms: Terms, answer: UsageBilled) -> None:
    """Bill these together; when that fails, in halves."""
    try:
        done = bill_batch(actor=actor, ids=ids, terms=terms, reason=f"usage billing {terms.run_id}")
    except Exception as error:  # whatever is wrong with one of them, the others are billed
        if not connection.is_usable():
            raise  # the database is gone: the next call finds what this one left
        if len(ids) == 1:
            _note_failure(ids[0], error, terms, answer)
            return
        middle = len(ids) // 2
        for half in (ids[:middle], ids[middle:]):
            _bill(half, actor, terms, answer)
        return
    _count(done, terms, answer)


def _count(done: BatchBilled, terms: Terms, answer: UsageBilled) -> None:
    answer.invoices_created += len(done.made)
    answer.skipped_by_reason.update(done.skipped.values())
    answer.left.update(done.left)
    for event, facts in done.events:
        level = logging.WARNING if facts.get("reason") in reasons.NEEDS_A_PERSON else logging.INFO
        log.log(level, event, extra={**facts, "run_id": str(terms.run_id)})


def _note_failure(subscription_id: UUID, error: Exception, terms: Terms, answer: UsageBilled) -> None:
    if isinstance(error, IntegrityError) and ONCE in str(error):
        answer.skipped_by_reason[reasons.ALREADY_BILLED] += 1  # another worker was faster
        return
    answer.failed += 1
    log.error(
        "usage_billing.subscription_failed",
        extra={
            "subscription_id": str(subscription_id),
            "run_id": str(terms.run_id),
            "code": _code_of(error),
            "why": " ".join(str(error).split()),
        },
        exc_info=error if not isinstance(error, (DomainError, DatabaseError)) else None,
    )


def _code_of(error: Exception) -> str:
    if isinstance(error, DomainError):
        return error.code
    return "database_error" if isinstance(error, DatabaseError) else type(error).__name__
