"""What the Health page shows of internet plans: who was not billed or watched and why, missing links, what waits for a person."""

from datetime import timedelta

from django.db.models.functions import Now
from django.urls import reverse

from accounts.models import Tenant
from operations.health import Figure, health_figure
from operations.models import BackfillFinding
from subscriptions.models import BilledPeriod, PlanSubscription, RejectedUsage, UsagePass
from subscriptions.rules.reasons import NEEDS_A_PERSON, WORDS
from subscriptions.selectors.last_pass import skipped_in_last_pass

LINKS = "plan_subscription_subscriber_id"  # the backfill of links
LONG = timedelta(hours=24)


@health_figure(name="subscriptions skipped by the last billing of usage")
def skipped_by_billing(*, using: str, tenant: Tenant | None) -> Figure:
    """How many were not billed in the last pass, by reason; some reasons need a person."""
    return skipped_figure(UsagePass.Kind.BILLING, using=using, tenant=tenant)


@health_figure(name="subscriptions skipped by the last watch over data caps")
def skipped_by_watch(*, using: str, tenant: Tenant | None) -> Figure:
    """How many were not watched in the last pass, by reason."""
    return skipped_figure(UsagePass.Kind.MONITORING, using=using, tenant=tenant)


def skipped_figure(kind: str, *, using: str, tenant: Tenant | None) -> Figure:
    """Why subscriptions were skipped in the last pass of a kind."""
    found = skipped_in_last_pass(kind, using=using, tenant=tenant)
    if found is None:
        return Figure(0, is_well=True, next_step="It has not run yet.")
    reasons, began = found
    waiting = [reason for reason in NEEDS_A_PERSON if reasons.get(reason)]
    detail: dict[str, object] = dict(sorted(reasons.items()))
    return Figure(
        sum(reasons.values()),
        is_well=not waiting,
        detail={**detail, "in the pass of": f"{began:%-d %b %Y, %H:%M} UTC"},
        next_step=f"{WORDS[waiting[0]]}. {NEXT_STEPS[waiting[0]]}" if waiting else "",
    )


NEXT_STEPS = {
    "parked": "Look at the periods that wait for a person: release or waive each.",
    "subscriber_id_not_set": "Choose their lines on the work list of the backfill of links.",
    "usage_unknown": "Find out why no records of these lines come in, or declare what was used.",
}


@health_figure(name="lines missing for longer than 24 hours")
def links_missing(*, using: str, tenant: Tenant | None) -> Figure:
    """How many subscriptions have no line since more than a day, where nobody decided that they keep none."""
    kept = BackfillFinding.objects.using(using).filter(backfill=LINKS, decision="keep").values_list("row_id", flat=True)
    unlinked = PlanSubscription.objects.using(using).of_tenant(tenant).unlinked().exclude(pk__in=list(kept))
    missing = unlinked.filter(created_at__lt=Now() - LONG).count()
    step = f"Preview and execute the backfill, then decide what it leaves: {reverse('admin:backfill', args=[LINKS])}"
    return Figure(missing, is_well=not missing, next_step=step if missing else "")


@health_figure(name="customers whose usage charge waits for a person")
def parked_customers(*, using: str, tenant: Tenant | None) -> Figure:
    """How many customers have a period that would charge far more than usual, and how many periods these are."""
    parked = BilledPeriod.objects.using(using).of_tenant(tenant).filter(status=BilledPeriod.Status.PARKED).order_by()
    customers = parked.values("subscription__customer").distinct().count()
    detail = {"periods": parked.count()} if customers else {}
    return Figure(customers, not customers, detail, NEXT_STEPS["parked"] if customers else "")


@health_figure(name="usage records rejected in the last 24 hours")
def rejected_usage(*, using: str, tenant: Tenant | None) -> Figure:
    """How many accounting records could not be taken."""
    rejected = RejectedUsage.objects.using(using).of_tenant(tenant).filter(created_at__gte=Now() - LONG).count()
    return Figure(
        rejected, not rejected, next_step="Look at them, correct the sender, and send them again." if rejected else ""
    )
