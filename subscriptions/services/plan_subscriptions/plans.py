"""Internet plans: how they are made, and what of them may change while subscriptions are on them."""

from typing import Any, Unpack

from django.db import IntegrityError, transaction

from accounts.errors import Conflict
from accounts.locks import locked
from accounts.models import Tenant, User
from accounts.roles import ADMINS
from accounts.unit_of_work import unit_of_work
from routes.services import check_staff
from subscriptions.models import InternetPlan, PlanSubscription, PlanSubscriptionTerms
from subscriptions.services.plan_subscriptions.plan_checks import PlanDetails, check_plan

MONEY_TERMS = (
    "billing_cycle",
    "monthly_price_cents",
    "currency",
    "tax_rate_bps",
    "data_cap_amount",
    "data_cap_unit",
    "overage_price_cents",
    "overage_unit",
    "overage_rounding",
)
FREE = ("code", "name", "status", "download_kbps", "upload_kbps", "alert_thresholds")


class PlanCodeTaken(Conflict):
    """The business has a plan with this code."""

    code = "plan_code_taken"


class PlanIsInUse(Conflict):
    """Subscriptions are, or were, on the plan: what it costs and gives cannot change any more."""

    code = "plan_is_in_use"


@unit_of_work
def create_plan(
    *,
    actor: User | None,
    tenant: Tenant,
    code: str,
    name: str,
    download_kbps: int,
    upload_kbps: int,
    **details: Unpack[PlanDetails],
) -> InternetPlan:
    """Offer an internet plan; it is a draft, and nobody can have it, until its `status` is ACTIVE.

    *Money*: prices in minor units of `currency` (the tenant's unless said otherwise), tax included. Without `data_cap_amount` the
    plan is unlimited. *Raises* PlanCodeTaken, NotAnInternetPlan, NotAnAmount.
    """
    check_staff(actor, tenant.pk, roles=ADMINS)
    details.setdefault("currency", tenant.currency)
    speeds = {"download_kbps": download_kbps, "upload_kbps": upload_kbps}
    plan = check_plan(InternetPlan(tenant=tenant, code=code, name=name, **speeds, **details))
    _save(plan)
    return plan


@unit_of_work
def update_plan(*, actor: User | None, plan: InternetPlan, **changes: Any) -> InternetPlan:
    """Change a plan: anything while nobody has or had it, else only its code, name, status, speeds and thresholds.

    *Money*: what was billed, or will be, by this plan stays what was agreed. *Raises* PlanIsInUse, PlanCodeTaken,
    NotAnInternetPlan, NotAnAmount.
    """
    check_staff(actor, plan.tenant_id, roles=ADMINS)
    plan = locked(InternetPlan.objects.filter(pk=plan.pk)).get()
    before = {name: getattr(plan, name) for name in (*MONEY_TERMS, *FREE)}
    if unknown := changes.keys() - before.keys():
        raise TypeError(f"An internet plan has no {', '.join(sorted(unknown))}.")
    for name, value in changes.items():
        setattr(plan, name, value)
    check_plan(plan)
    changed = [name for name in before if getattr(plan, name) != before[name]]
    if money := [name for name in changed if name in MONEY_TERMS]:
        _check_unused(plan, money)
    if changed:
        _save(plan)
    return plan


def _check_unused(plan: InternetPlan, money: list[str]) -> None:
    """The plan is locked: a subscription that begins on it meanwhile waits (`starting.py` locks it too)."""
    on_it = PlanSubscription.objects.filter(plan=plan), PlanSubscriptionTerms.objects.filter(plan=plan)
    if any(rows.exists() for rows in on_it):
        raise PlanIsInUse(
            f"Plan {plan.code}: subscriptions are or were on it, so {', '.join(money)} cannot change: what they pay was agreed. "
            "Make a new plan, and change subscriptions to it from a day on.",
            fields={name: ["Cannot change while subscriptions are on the plan."] for name in money},
        )


def _save(plan: InternetPlan) -> None:
    try:
        with transaction.atomic():
            plan.save()
    except IntegrityError as error:
        raise PlanCodeTaken(
            f"Plan code {plan.code} is taken. Choose another code, or change that plan.", fields={"code": ["Taken."]}
        ) from error
