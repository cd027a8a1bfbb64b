"""A subscription without a line beside the lines of its customer: what a person looks at who chooses one."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from django.db.models import Q

from operations.backfill import Candidate, Lineup
from subscriptions.models import PlanSubscription, Subscriber

MOST_LINES = 12
NOT_INTERNET = "It carries no internet."
TAKEN = "Another open subscription is on it."
DELETED = "It was deleted."
NOT_SAID = "not known"

Lines = dict[tuple[Any, Any], list[Subscriber]]


def lines_side_by_side(row_ids: Sequence[str], using: str) -> Mapping[str, Lineup]:
    """Each subscription with the lines of its customer and who else is on them, in three questions for all of them."""
    found = PlanSubscription.objects.using(using).filter(pk__in=row_ids).select_related("plan", "customer", "tenant")
    subscriptions = list(found)
    lines = _lines_of(subscriptions, using)
    claims = _claims_on([line.pk for of_one in lines.values() for line in of_one], using)
    return {str(row.pk): _lineup(row, lines.get((row.tenant_id, row.customer_id), []), claims) for row in subscriptions}


def _lines_of(subscriptions: Sequence[PlanSubscription], using: str) -> Lines:
    """The lines of these customers, those in service first, then the oldest."""
    customers = {row.customer_id for row in subscriptions}
    rows = Subscriber.objects.using(using).filter(customer__in=customers).order_by("created_at", "pk")
    found: Lines = {}
    for line in sorted(rows, key=lambda row: (row.deleted_at is not None, row.status != Subscriber.Status.ACTIVE)):
        found.setdefault((line.tenant_id, line.customer_id), []).append(line)
    return found


def _claims_on(line_ids: Sequence[str], using: str) -> dict[str, list[PlanSubscription]]:
    """The subscriptions that are linked to these lines."""
    found: dict[str, list[PlanSubscription]] = {}
    rows = PlanSubscription.objects.using(using).filter(Q(subscriber__in=line_ids)).select_related("plan")
    for row in rows.order_by("start_date", "pk"):
        found.setdefault(str(row.subscriber_id), []).append(row)
    return found


def _lineup(row: PlanSubscription, lines: Sequence[Subscriber], claims: Mapping[str, list[PlanSubscription]]) -> Lineup:
    facts = {
        "Customer": str(row.customer),
        "Plan": str(row.plan),
        "Speed": speed(row.plan.download_kbps),
        "From": day(row.start_date),
        "To": day(row.end_date) if row.end_date else "open",
    }
    candidates = [_candidate(row, line, claims.get(line.pk, [])) for line in lines[:MOST_LINES]]
    return Lineup("This subscription", facts, candidates)


def _candidate(row: PlanSubscription, line: Subscriber, claims: Sequence[PlanSubscription]) -> Candidate:
    zone = row.tenant.zone
    facts = {
        "Line": line.pk,
        "Service": line.get_service_type_display(),
        "Speed": speed(line.download_kbps),
        "Status": line.get_status_display(),
        "Activated": moment(line.activated_at, zone),
        "Terminated": moment(line.terminated_at, zone) if line.terminated_at else "no",
        "Other claims": "; ".join(claim(each) for each in claims) or "none",
    }
    return Candidate(line.pk, line.username, facts, against=against(line, claims), row=line)


def against(line: Subscriber, claims: Sequence[PlanSubscription]) -> str:
    """What speaks against a line at first sight; the service that links it has the last word."""
    if line.deleted_at is not None:
        return DELETED
    if not line.is_internet:
        return NOT_INTERNET
    return TAKEN if any(each.is_active and each.end_date is None for each in claims) else ""


def claim(row: PlanSubscription) -> str:
    """Another subscription on the line, with its days."""
    return f"{row.plan.name}, {day(row.start_date)} to {day(row.end_date) if row.end_date else 'open'}"


def speed(kbps: int | None) -> str:
    """A speed in Mbps.

    >>> speed(100_000), speed(1_500), speed(None)
    ('100 Mbps', '1.5 Mbps', 'not known')
    """
    return f"{kbps / 1000:g} Mbps" if kbps else NOT_SAID


def moment(at: datetime | None, zone: Any) -> str:
    """The day of a moment where the business is."""
    return day(at.astimezone(zone).date()) if at else NOT_SAID


def day(on: date) -> str:
    """A day as pages write it."""
    return f"{on:%-d %b %Y}"
