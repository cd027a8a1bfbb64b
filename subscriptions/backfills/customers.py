"""What deciding a window of unlinked subscriptions reads: their customers' subscriptions and lines, asked once for all of them.

A customer is decided as a whole, from the state *before* the run: what the run itself has linked counts as unlinked still. So the
decision is the same wherever a batch ends, in the dry run and after a kill. A guess (FIRST_ACTIVE) of an earlier run counts as
unlinked too, because a guess proves nothing about the other lines; its line stays taken.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from django.db.models import QuerySet
from django.db.models.fields.json import KT

from accounts.models import Tenant
from operations.backfill import Occasion
from operations.models import BackfillChange, BackfillFinding
from subscriptions.models import InternetPlan, PlanSubscription, PlanSubscriptionTerms, Subscriber
from subscriptions.rules.line_facts import Days, Line, Subscription
from subscriptions.rules.line_link import FIRST_ACTIVE, LINE_TAKEN, Decision, decide_customer

INTERNET = frozenset(Subscriber.INTERNET)
OF_THE_BACKFILL = frozenset({"METADATA", "ONLY_LINE", "MATCHED", FIRST_ACTIVE})


class Stored(NamedTuple):
    """A subscription of a customer, as it is stored."""

    id: Any
    tenant_id: Any
    customer_id: Any
    plan_id: Any
    subscriber_id: str | None
    link_source: str
    link_confirmed_at: datetime | None
    start_date: date
    end_date: date | None
    terms_since: date | None
    is_active: bool
    created_at: datetime

    @property
    def days(self) -> Days:
        """All its days."""
        return Days(self.start_date, self.end_date, self.is_active)


class StoredLine(NamedTuple):
    """A line of a customer, as it is stored."""

    id: str
    tenant_id: Any
    customer_id: Any
    username: str
    status: str
    service_type: str
    download_kbps: int | None
    activated_at: datetime | None
    terminated_at: datetime | None
    created_at: datetime
    deleted_at: datetime | None
    names: str | None


def subscriptions_of(customers: QuerySet) -> QuerySet:
    """All subscriptions of these customers, as `Stored`."""
    return PlanSubscription.objects.filter(customer__in=customers).values_list(*Stored._fields)


def lines_of(customers: QuerySet) -> QuerySet:
    """All lines of these customers, deleted ones too, as `StoredLine`."""
    lines = Subscriber.objects.filter(customer__in=customers).annotate(names=KT("metadata__subscription_id"))
    return lines.values_list(*StoredLine._fields)


@dataclass(slots=True)
class Customers:
    """The customers of a window, each with its subscriptions and lines."""

    occasion: Occasion
    using: str
    backfill: str
    subscriptions: Mapping[tuple[Any, Any], list[Stored]]
    lines: Mapping[tuple[Any, Any], list[StoredLine]]
    zones: Mapping[Any, ZoneInfo] = field(default_factory=dict)
    speeds: Mapping[Any, int] = field(default_factory=dict)
    undecided: frozenset[Any] = frozenset()  # linked, but by this run or by a guess
    kept: frozenset[str] = frozenset()  # a person decided that these stay unlinked
    past: Mapping[Any, list[tuple[str, Days]]] = field(default_factory=dict)  # days on a line before it changed

    @classmethod
    def of(
        cls, stored: Iterable[tuple], lines: Iterable[tuple], occasion: Occasion, *, using: str, backfill: str
    ) -> "Customers":
        """Lay what was read by customer, and read what else deciding needs: once for the window."""
        subscriptions = _by_customer(Stored._make(row) for row in stored)
        found = cls(occasion, using, backfill, subscriptions, _by_customer(StoredLine._make(row) for row in lines))
        rows = [row for of_one in subscriptions.values() for row in of_one]
        found.zones = {
            each.pk: each.zone for each in Tenant.objects.using(using).filter(pk__in={t for t, _ in subscriptions})
        }
        plans = InternetPlan.objects.using(using).filter(pk__any_of=list({row.plan_id for row in rows}))
        found.speeds = dict(plans.values_list("pk", "download_kbps"))
        found.undecided = found._undecided(rows)
        found.kept = found._kept(rows)
        found.past = found._past(rows)
        return found

    def decide(self, key: tuple[Any, Any]) -> Mapping[str, Decision]:
        """Decide one customer: (tenant, customer)."""
        stored, zone = self.subscriptions[key], self.zones[key[0]]
        waiting = [row for row in stored if self._waits(row)]
        taken = self._taken_by(row for row in stored if row.subscriber_id and row.id not in self.undecided)
        lines = [_line(row, zone, taken.get(row.id, ())) for row in self.lines.get(key, ())]
        guess = self.occasion.options.get("ambiguous") == "first-active"
        decisions = decide_customer([self._asked(row) for row in waiting], lines, guess=guess)
        return self._without_held(waiting, decisions)

    def _waits(self, row: Stored) -> bool:
        if row.subscriber_id is None:
            return not self.kept or str(row.id) not in self.kept
        return row.id in self.undecided

    def _asked(self, row: Stored) -> Subscription:
        return Subscription(str(row.id), row.days, self.speeds[row.plan_id], row.created_at)

    def _taken_by(self, rows: Iterable[Stored]) -> dict[str, list[Days]]:
        taken: dict[str, list[Days]] = defaultdict(list)
        for row in rows:
            if row.subscriber_id is not None:
                taken[row.subscriber_id].append(Days(row.terms_since or row.start_date, row.end_date, row.is_active))
            for line, days in self.past.get(row.id, ()):
                taken[line].append(days)
        return taken

    def _without_held(self, waiting: Sequence[Stored], decisions: Mapping[str, Decision]) -> Mapping[str, Decision]:
        """Leave those whose line another one really holds: somebody changed something while the run went on."""
        holders = [row for row in waiting if row.subscriber_id is not None]
        if not holders:
            return decisions
        checked = dict(decisions)
        for row in waiting:
            decision = decisions[str(row.id)]
            held = self._taken_by(other for other in holders if other.id != row.id)
            if decision.line and any(row.days.overlap(days) for days in held.get(decision.line.id, ())):
                checked[str(row.id)] = Decision(None, LINE_TAKEN, decision.lines, decision.subscription)
        return checked

    def _undecided(self, rows: Iterable[Stored]) -> frozenset[Any]:
        ours = [row for row in rows if row.link_source in OF_THE_BACKFILL and row.link_confirmed_at is None]
        guesses = {row.id for row in ours if row.link_source == FIRST_ACTIVE}
        if self.occasion.run_id is None or not ours:
            return frozenset(guesses)
        changes = BackfillChange.objects.using(self.using).filter(
            run_id=self.occasion.run_id,
            table=PlanSubscription._meta.db_table,
            row_id__any_of=[str(row.id) for row in ours],
        )
        written = {
            row_id: (after or {}).get("subscriber_id") for row_id, after in changes.values_list("row_id", "after")
        }
        return frozenset(guesses | {row.id for row in ours if written.get(str(row.id)) == row.subscriber_id})

    def _kept(self, rows: Iterable[Stored]) -> frozenset[str]:
        unlinked = [str(row.id) for row in rows if row.subscriber_id is None]
        kept = BackfillFinding.objects.using(self.using).of_backfill(self.backfill).filter(decision__isnull=False)
        return frozenset(kept.filter(row_id__any_of=unlinked).values_list("row_id", flat=True))

    def _past(self, rows: Iterable[Stored]) -> dict[Any, list[tuple[str, Days]]]:
        changed = {row.id: row for row in rows if row.terms_since is not None}
        past: dict[Any, list[tuple[str, Days]]] = defaultdict(list)
        if not changed:
            return past
        terms = PlanSubscriptionTerms.objects.using(self.using).filter(subscription__any_of=list(changed))
        for key, line, first, last in terms.values_list("subscription", "subscriber", "first_day", "last_day"):
            on_line = line or changed[key].subscriber_id  # terms without a line follow the subscription's own
            if on_line is not None:
                past[key].append((on_line, Days(first, last, changed[key].is_active)))
        return past


def _by_customer(rows: Iterable[Any]) -> dict[tuple[Any, Any], list[Any]]:
    """Rows by tenant and customer: a line of another tenant that names the same customer is not theirs."""
    found: dict[tuple[Any, Any], list[Any]] = defaultdict(list)
    for row in rows:
        found[row.tenant_id, row.customer_id].append(row)
    return found


def _line(row: StoredLine, zone: ZoneInfo, taken: Sequence[Days]) -> Line:
    return Line(
        id=row.id,
        username=row.username,
        status=row.status,
        service_type=row.service_type,
        is_internet=row.service_type in INTERNET,
        download_kbps=row.download_kbps,
        activated_on=_day(row.activated_at, zone),
        terminated_on=_day(row.terminated_at, zone),
        created_at=row.created_at,
        is_deleted=row.deleted_at is not None,
        names=(row.names or "").strip().lower(),
        taken=taken,
    )


def _day(moment: datetime | None, zone: ZoneInfo) -> date | None:
    return moment.astimezone(zone).date() if moment is not None else None
