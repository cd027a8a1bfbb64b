"""Which line a subscription may have: one of its own customer, which carries no other subscription on the same days."""

from datetime import date
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Q
from django.db.models.functions import Coalesce

from accounts.errors import Conflict, NotFound
from accounts.locks import locked
from subscriptions.models import PlanSubscription, PlanSubscriptionTerms, Subscriber

Days = tuple[date, date | None]  # the first and the last day; None is open


class SubscriberNotFound(NotFound):
    """No such line of this customer: unknown, somebody else's, or deleted. It does not say which."""

    code = "subscriber_not_found"


class LineIsTaken(Conflict):
    """The line carries another subscription on some of these days."""

    code = "line_is_taken"


class LineCannotCarryIt(Conflict):
    """The line is terminated, or carries no internet."""

    code = "line_cannot_carry_it"


class LinkIsMissing(Conflict):
    """Nobody knows the line of the subscription."""

    code = "link_is_missing"


def lock_line(*, tenant_id: Any, customer_id: Any, subscriber_id: Any, also_deleted: bool = False) -> Subscriber:
    """Return a line of the customer, locked: whoever else wants it waits, and then sees this one. *Raises* SubscriberNotFound."""
    subscriber_id = str(subscriber_id).replace("\x00", "")  # no database stores it, nor the refusal that names it
    lines = Subscriber.objects.filter(tenant_id=tenant_id, customer_id=customer_id, pk=subscriber_id)
    line = locked(lines if also_deleted else lines.live()).first()
    if line is None:
        raise SubscriberNotFound(
            f"Subscriber {subscriber_id} not found for customer {customer_id}",
            fields={"subscriber_id": ["There is no such line of this customer."]},
        )
    return line


def check_can_carry(line: Subscriber, last_day: date | None) -> None:
    """Let pass a line that carries internet and, without a last day, is still in use. *Raises* LineCannotCarryIt."""
    if not line.is_internet:
        raise LineCannotCarryIt(
            f"Line {line.pk} carries {line.get_service_type_display().lower()}. Choose a line that carries internet.",
            fields={"subscriber_id": ["Carries no internet."]},
        )
    if last_day is None and line.status == Subscriber.Status.TERMINATED:
        raise LineCannotCarryIt(
            f"Line {line.pk} is terminated. Choose another line, or give the subscription the last day on which it was used.",
            fields={"subscriber_id": ["Terminated."]},
        )


def check_free(line: Subscriber, days: list[Days], *, besides: PlanSubscription | None = None) -> None:
    """Let pass days on which no other active subscription is on the (locked) line. *Raises* LineIsTaken."""
    for first, last in days:
        if other := _subscription_on(line, first, last, besides):
            raise _taken(line.pk, other)


def save_on_line(subscription: PlanSubscription, **options: Any) -> None:
    """Save it; if another open subscription got onto the line past the lock, say so. *Raises* LineIsTaken."""
    try:
        with transaction.atomic():
            subscription.save(**options)
    except IntegrityError as error:
        on_line = PlanSubscription.objects.open().filter(subscriber=subscription.subscriber_id)
        other = on_line.exclude(pk=subscription.pk).first()
        if other is None:
            raise
        raise _taken(str(subscription.subscriber_id), other) from error


def _subscription_on(
    line: Subscriber, first: date, last: date | None, besides: PlanSubscription | None
) -> PlanSubscription | None:
    """Whoever is on the line on one of these days: by what it has now, or by what it had then."""
    own: Any = besides.pk if besides else None
    now_on_it = PlanSubscription.objects.filter(subscriber=line, is_active=True).exclude(pk=own)
    now_on_it = now_on_it.annotate(since=Coalesce("terms_since", "start_date"))
    lasts = Q(end_date__isnull=True) | Q(end_date__gte=first)
    if other := now_on_it.filter(lasts, _begun_by(last, "since")).first():
        return other
    its_line = Q(subscriber=line) | Q(subscriber__isnull=True, subscription__subscriber=line)
    was_on_it = PlanSubscriptionTerms.objects.filter(its_line, subscription__is_active=True).exclude(subscription=own)
    terms = was_on_it.filter(_begun_by(last, "first_day"), last_day__gte=first).select_related("subscription").first()
    return terms.subscription if terms else None


def _begun_by(last: date | None, first_day: str) -> Q:
    return Q() if last is None else Q(**{f"{first_day}__lte": last})


def _taken(line_id: str, other: PlanSubscription) -> LineIsTaken:
    until = f"to {other.end_date}" if other.end_date else "on"
    return LineIsTaken(
        f"Line {line_id} carries subscription {other.pk} from {other.start_date} {until}. End that one first, or choose other "
        "days or another line.",
        fields={"subscriber_id": [f"Taken by subscription {other.pk}."]},
    )
