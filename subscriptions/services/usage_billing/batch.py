"""One batch of the billing: lock, read, decide, write, in one transaction; it is all there, or nothing of it.

Locks are taken in the order of the house: the subscriptions by id, their customers by id, at the end the counter of invoice
numbers. Whoever voids an invoice holds its customer, so what is read here of live lines stays true until the commit.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from uuid import UUID

from django.db import DEFAULT_DB_ALIAS
from django.db.models import prefetch_related_objects

from accounts.locks import lock_unread, locked
from accounts.models import Tenant, User
from accounts.unit_of_work import unit_of_work
from billing.models import Customer, Invoice
from operations.backfill.sql import look_rows_up
from subscriptions.models import PlanSubscription
from subscriptions.services.usage_billing.deciding import Decided, Event, decide
from subscriptions.services.usage_billing.standing import read_standing
from subscriptions.services.usage_billing.terms import Terms
from subscriptions.services.usage_billing.writing import write


@dataclass(slots=True)
class BatchBilled:
    """What became of a batch: the new invoices by subscription, why the others were skipped, and what the log says."""

    made: dict[UUID, Invoice] = field(default_factory=dict)
    skipped: dict[UUID, str] = field(default_factory=dict)
    left: Counter[tuple[UUID, str]] = field(default_factory=Counter)  # skipped ones, by business and reason
    events: list[Event] = field(default_factory=list)


@unit_of_work
def bill_batch(*, actor: User | None, ids: Sequence[UUID], terms: Terms, reason: str) -> BatchBilled:
    """Bill the closed periods of these subscriptions, all or none of them. *Raises* NotAnAmount (an invoice over too much)."""
    look_rows_up(DEFAULT_DB_ALIAS)
    held = list(locked(PlanSubscription.objects.filter(pk__any_of=ids)))
    prefetch_related_objects(held, "plan")  # a batch has few plans
    hold_customers(held)
    tenants = {tenant.pk: tenant for tenant in Tenant.objects.filter(pk__in={one.tenant_id for one in held})}
    decisions = [decide(one, terms) for one in read_standing(held, tenants, terms)]
    made = write(decisions, actor=actor, tenants=tenants, terms=terms)
    return _answer(ids, decisions, made)


def hold_customers(subscriptions: Sequence[PlanSubscription]) -> None:
    """Lock the customers of these subscriptions: nobody issues or voids anything of theirs meanwhile."""
    customers = Customer.objects.filter(pk__any_of={one.customer_id for one in subscriptions})
    lock_unread(customers)


def _answer(ids: Sequence[UUID], decisions: Sequence[Decided], made: dict[UUID, Invoice]) -> BatchBilled:
    answer = BatchBilled(made)
    for one in decisions:
        answer.events += one.events
        if invoice := made.get(one.subscription.pk):
            answer.events.append(("usage_billing.invoice_created", _invoiced(one, invoice)))
        else:
            answer.skipped[one.subscription.pk] = one.reason
            answer.left[one.subscription.tenant_id, one.reason] += 1
    return answer


def _invoiced(one: Decided, invoice: Invoice) -> dict[str, object]:
    return {
        "subscription_id": str(one.subscription.pk),
        "period": f"{invoice.period_start}/{invoice.period_end}",
        "invoice": invoice.number,
        "cents": invoice.total_cents,
        "currency": invoice.currency,
    }
