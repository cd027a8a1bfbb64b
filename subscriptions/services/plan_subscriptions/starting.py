"""How a plan subscription begins: a plan that is sold, a customer, and a line of theirs that is free."""

from datetime import date
from typing import Any
from uuid import UUID

from accounts.errors import Conflict, NotFound, RuleBroken
from accounts.locks import locked
from accounts.models import Tenant, User
from accounts.roles import ADMINS
from accounts.unit_of_work import unit_of_work
from routes.services import check_staff
from subscriptions.models import InternetPlan, PlanSubscription
from subscriptions.services.checks import check_days
from subscriptions.services.plan_subscriptions.lines import check_can_carry, check_free, lock_line, save_on_line
from subscriptions.services.plan_subscriptions.subscribers import find_customer

LARGEST_BYTES = 2**62


class UnknownPlan(NotFound):
    """The business has no such internet plan."""

    code = "unknown_plan"


class PlanIsNotActive(Conflict):
    """The plan is a draft, or is not sold any more."""

    code = "plan_is_not_active"


class NotACap(RuleBroken):
    """A customer's own cap is a positive whole number of bytes."""

    code = "not_a_cap"


@unit_of_work
def create_plan_subscription(
    *,
    actor: User | None,
    tenant: Tenant,
    plan_id: UUID,
    customer_id: UUID,
    subscriber_id: str,
    start_date: date,
    end_date: date | None = None,
    custom_data_cap_bytes: int | None = None,
) -> PlanSubscription:
    """Give a customer a plan on one of their lines from a day on; days are the tenant's, `end_date` is the last one.

    *Raises* UnknownPlan, UnknownCustomer, SubscriberNotFound (all "not found"), PlanIsNotActive, LineIsTaken, LineCannotCarryIt,
    DaysReversed, NotADay, NotACap.
    """
    check_staff(actor, tenant.pk, roles=ADMINS)
    check_days(start_date, end_date, names=("start_date", "end_date"))
    check_cap(custom_data_cap_bytes)
    find_customer(tenant, customer_id)
    plan = lock_plan(tenant.pk, plan_id)
    line = lock_line(tenant_id=tenant.pk, customer_id=customer_id, subscriber_id=subscriber_id)
    check_can_carry(line, end_date)
    check_free(line, [(start_date, end_date)])
    made = PlanSubscription(
        tenant=tenant, plan=plan, customer_id=customer_id, subscriber=line, link_source=PlanSubscription.LinkSource.GIVEN,
        start_date=start_date, end_date=end_date, custom_data_cap_bytes=custom_data_cap_bytes,
    )  # fmt: skip
    save_on_line(made, force_insert=True)
    return made


def lock_plan(tenant_id: Any, plan_id: Any) -> InternetPlan:
    """Return an active plan of the business, locked: its prices do not change while a subscription begins on it.

    *Raises* UnknownPlan, PlanIsNotActive.
    """
    plan = locked(InternetPlan.objects.filter(tenant_id=tenant_id, pk=plan_id)).first()
    if plan is None:
        raise UnknownPlan(
            f"There is no internet plan {plan_id} in this business. Look it up in their list.",
            fields={"plan_id": ["There is no such plan."]},
        )
    if plan.status != InternetPlan.Status.ACTIVE:
        raise PlanIsNotActive(
            f"Plan {plan.code} is not sold: its status is {plan.status}. Choose an active plan, or make this one active.",
            fields={"plan_id": ["Not active."]},
        )
    return plan


def check_cap(cap_bytes: Any) -> int | None:
    """Return a customer's own cap in bytes; None is the plan's. *Raises* NotACap."""
    if cap_bytes is not None and (type(cap_bytes) is not int or not 0 < cap_bytes <= LARGEST_BYTES):
        raise NotACap(
            f"custom_data_cap_bytes is {cap_bytes!r}: give a positive whole number of bytes (1 GB is {1024**3}), or none for the "
            "plan's own cap.",
            fields={"custom_data_cap_bytes": ["A positive whole number of bytes, or none."]},
        )
    return cap_bytes
