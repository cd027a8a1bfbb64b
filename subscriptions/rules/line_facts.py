"""What is known of a line and of a subscription, and what of it speaks for or against that they belong together."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from subscriptions.rules.days import overlap

NEAR_DAYS = 7  # a line is activated, or taken down, within a week of its subscription's first or last day

SAME_SPEED, OTHER_SPEED = 4, -4
NEAR, FAR = 2, -2

NOT_INTERNET = "not an internet line"
DELETED = "deleted"
BEGAN_LATER = "activated after the subscription had ended"
ENDED_BEFORE = "terminated before the subscription began"
TAKEN = "carries another subscription on the same days"


@dataclass(frozen=True, slots=True)
class Days:
    """From one day to another, both included; none is open. Days of a subscription that is not active keep nobody away."""

    first: date
    last: date | None
    count: bool = True

    def overlap(self, other: "Days") -> bool:
        """Whether they share a day.

        >>> Days(date(2026, 1, 1), date(2026, 1, 31)).overlap(Days(date(2026, 1, 31), None))
        True
        """
        return self.count and other.count and overlap((self.first, self.last), (other.first, other.last))


@dataclass(frozen=True, slots=True)
class Line:
    """A line as the rule sees it. `names` is the subscription that its metadata names; `taken` the days that others have it."""

    id: str
    username: str
    status: str
    service_type: str
    is_internet: bool
    download_kbps: int | None
    activated_on: date | None
    terminated_on: date | None
    created_at: datetime
    is_deleted: bool
    names: str
    taken: Sequence[Days] = ()

    @property
    def is_active(self) -> bool:
        """Whether it is in service."""
        return self.status == "ACTIVE"

    @property
    def is_over(self) -> bool:
        """Whether it is out of service for good."""
        return self.status in {"DISCONNECTED", "TERMINATED"} or self.terminated_on is not None

    @property
    def turn(self) -> tuple[bool, datetime, str]:
        """The order of the old procedure: the first active one, then the oldest, then by id."""
        return not self.is_active, self.created_at, self.id

    def is_taken_on(self, days: Days) -> bool:
        """Whether another subscription has it on one of these days."""
        return any(days.overlap(theirs) for theirs in self.taken)


@dataclass(frozen=True, slots=True)
class Subscription:
    """An unlinked subscription as the rule sees it."""

    id: str
    days: Days
    download_kbps: int
    created_at: datetime

    @property
    def turn(self) -> tuple[date, datetime, str]:
        """The one order in which the subscriptions of a customer are decided."""
        return self.days.first, self.created_at, self.id


def why_not(subscription: Subscription, line: Line) -> str:
    """Why the line cannot be the subscription's; empty when it can."""
    if line.is_deleted:
        return DELETED
    if not line.is_internet:
        return NOT_INTERNET
    days = subscription.days
    if line.activated_on and days.last and line.activated_on > days.last:
        return BEGAN_LATER
    if line.terminated_on and line.terminated_on < days.first:
        return ENDED_BEFORE
    return TAKEN if line.is_taken_on(days) else ""


def points(subscription: Subscription, line: Line) -> int:
    """How much speaks for the pair: speed, the day on which each began, the day on which each ended.

    What nobody wrote down speaks neither for nor against.
    """
    return sum(worth for worth, _ in _signs(subscription, line))


def signs(subscription: Subscription, line: Line) -> list[str]:
    """What speaks for and against the pair, in words."""
    return [words for _, words in _signs(subscription, line)]


def _signs(subscription: Subscription, line: Line) -> list[tuple[int, str]]:
    found = []
    if line.download_kbps:
        same = line.download_kbps == subscription.download_kbps
        found.append((SAME_SPEED, "the plan's speed") if same else (OTHER_SPEED, "another speed than the plan's"))
    days = subscription.days
    if line.activated_on:
        gap = (line.activated_on - days.first).days
        if abs(gap) <= NEAR_DAYS:
            found.append((NEAR, "activated when the subscription began"))
        elif gap > 0:
            found.append((FAR, "activated long after the subscription began"))
    if days.last is None and line.is_over:
        found.append((FAR, "out of service, but the subscription goes on"))
    if days.last and line.terminated_on and abs((line.terminated_on - days.last).days) <= NEAR_DAYS:
        found.append((NEAR, "terminated when the subscription ended"))
    return found


def as_evidence(line: Line, *, why: str = "", found: Sequence[str] = ()) -> dict[str, Any]:
    """A line's facts for a person: plain values, ready for JSON."""
    facts = {
        "subscriber_id": line.id,
        "username": line.username,
        "status": line.status,
        "service_type": line.service_type,
        "download_kbps": line.download_kbps,
        "activated_on": line.activated_on.isoformat() if line.activated_on else None,
        "terminated_on": line.terminated_on.isoformat() if line.terminated_on else None,
        "created_at": line.created_at.isoformat(),
    }
    return {**facts, "signs": list(found), "why_not": why}
