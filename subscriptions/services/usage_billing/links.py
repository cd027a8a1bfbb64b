"""May billing begin? Not while the lines of too many subscriptions are unknown: their usage would go unbilled unseen."""

from django.conf import settings
from django.db.models import Count, Q

from accounts.errors import DomainError
from subscriptions.models.plan_subscription import PlanSubscriptionQuerySet


class LinksAreMissing(DomainError):
    """More open subscriptions than may be have no line."""

    code = "links_are_missing"


def check_links(rows: PlanSubscriptionQuerySet) -> None:
    """Let pass when at most USAGE_MISSING_LINKS_PERCENT of the open ones have no line. *Raises* LinksAreMissing."""
    found = rows.open().aggregate(all=Count("pk"), missing=Count("pk", filter=Q(subscriber__isnull=True)))
    most = settings.USAGE_MISSING_LINKS_PERCENT
    if found["missing"] * 100 > found["all"] * most:
        raise LinksAreMissing(
            f"{found['missing']} of {found['all']} open subscriptions have no line, more than {most} %: what was used on them "
            "would not be billed. Nothing was billed. Run python manage.py backfill_plan_subscription_subscriber_id, and link "
            "what it leaves by hand."
        )
